//! The form of a document that is hashed, and its hash.

use blake2::{digest::consts::U32, Blake2b, Digest as _};
use guerdon_receipt::Digest;
use serde_json::Value;

/// The canonical form of a document, RFC 8785.
pub fn canonical(document: &Value) -> Vec<u8> {
	serde_json_canonicalizer::to_vec(document)
		.expect("a JSON value has strings for keys and finite numbers; qed")
}

/// The hash that the chain keeps of a document: BLAKE2b-256 of its canonical form.
pub fn metadata_hash(document: &Value) -> Digest {
	Blake2b::<U32>::digest(canonical(document)).into()
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	/// Section 3.2.2 to 3.2.4 of the RFC: its whole example.
	#[test]
	fn canonical_form_is_that_of_rfc_8785() {
		let value: Value = serde_json::from_str(
			r#"{
				"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
				"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
				"literals": [null, true, false]
			}"#,
		)
		.unwrap();
		let expected =
			"7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273\
			223a5b3333333333333333332e333333333333332c31652b33302c342e352c302e3030322c31652d32375d2c\
			22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d";
		let expected: String = expected.split_whitespace().collect();
		assert_eq!(hex::encode(canonical(&value)), expected);
	}

	/// Section 3.2.3: by UTF-16 code units, not by code points or bytes.
	#[test]
	fn canonical_keys_are_ordered_as_rfc_8785_says() {
		let value: Value = serde_json::from_str(
			r#"{
				"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
				"1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
				"\u00f6": "Latin Small Letter O With Diaeresis"
			}"#,
		)
		.unwrap();
		let text = String::from_utf8(canonical(&value)).unwrap();
		let places: Vec<usize> = [
			"Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew",
		]
		.iter()
		.map(|name| text.find(name).unwrap())
		.collect();
		assert!(places.is_sorted(), "{text}");
	}

	/// Appendix B, where a double comes near its limits.
	#[test]
	fn canonical_numbers_are_those_of_rfc_8785() {
		for (bits, expected) in [
			(0x0000000000000000u64, "0"),
			(0x8000000000000000, "0"),
			(0x0000000000000001, "5e-324"),
			(0x8000000000000001, "-5e-324"),
			(0x7fefffffffffffff, "1.7976931348623157e+308"),
			(0x4340000000000000, "9007199254740992"),
			(0x4430000000000000, "295147905179352830000"),
			(0x44b52d02c7e14af5, "9.999999999999997e+22"),
			(0x44b52d02c7e14af6, "1e+23"),
			(0x444b1ae4d6e2ef4e, "999999999999999700000"),
			(0x444b1ae4d6e2ef50, "1e+21"),
			(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"),
			(0x3eb0c6f7a0b5ed8d, "0.000001"),
			(0x41b3de4355555553, "333333333.3333332"),
			(0x41b3de4355555557, "333333333.33333343"),
			(0xbecbf647612f3696, "-0.0000033333333333333333"),
			(0x43143ff3c1cb0959, "1424953923781206.2"),
		] {
			let text = canonical(&json!(f64::from_bits(bits)));
			assert_eq!(String::from_utf8(text).unwrap(), expected, "{bits:016x}");
		}
	}

	#[test]
	fn the_metadata_hash_is_blake2b_256_of_the_canonical_form() {
		// From Python's hashlib.blake2b with a digest of 32 bytes.
		for (document, expected) in [
			(
				"{}",
				"c09da522dac261c3d2566230bed10d2f3ef13f8e7654576c12e857e07f786098",
			),
			(
				r#"{"b": 1.0, "a": 2}"#,
				"264a84ee9c449ee90c05c62a542cde93a8ea646394268de1a5be06433ce369f4",
			),
		] {
			let document = serde_json::from_str(document).unwrap();
			assert_eq!(hex::encode(metadata_hash(&document)), expected);
		}
	}
}
