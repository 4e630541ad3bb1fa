//! Keyrings in temporary folders.

use super::*;
use crate::keys::{
	file::{canonical, Secret},
	fixtures::{ALICE, ALICE_HEX, PHRASE, PHRASE_ADDRESS},
};
use guerdon_receipt::sign::public_key;
use serde_json::{json, Value};
use tempfile::TempDir;

fn keyring() -> (TempDir, Keyring) {
	let home = TempDir::new().unwrap();
	let cost = Cost {
		memory_kib: 8,
		iterations: 1,
		parallelism: 1,
	};
	let keyring = Keyring {
		cost,
		..Keyring::open(home.path()).unwrap()
	};
	(home, keyring)
}

fn given(text: &str) -> Passphrase {
	Passphrase::Given(text.into())
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
	let mut value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
	change(&mut value);
	fs::write(path, value.to_string()).unwrap();
}

/// As a forger would: with a checksum that fits.
fn forge(path: &Path, change: impl FnOnce(&mut Value)) {
	edit(path, |value| {
		change(value);
		value.as_object_mut().unwrap().remove("checksum");
		value["checksum"] = json!(hex::encode(blake3::hash(&canonical(value)).as_bytes()));
	});
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
	std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
}

#[test]
fn development_keys_need_both_slashes() {
	let (_home, keyring) = keyring();
	let key = keyring.signer("//Alice", &given("")).unwrap();
	assert_eq!(ss58(&key.public_key().0), ALICE);
	assert!(keyring.signer("//Alice//stash", &given("")).is_ok());
	assert!(matches!(
		keyring.signer("Alice", &given("")),
		Err(Error::Unknown { .. })
	));
	for spec in [
		"//",
		"//Alice///password",
		"///password",
		"//Alice/",
		"//Al ice",
	] {
		assert!(
			matches!(
				keyring.signer(spec, &given("")),
				Err(Error::DevelopmentUri(_))
			),
			"{spec}"
		);
	}
	assert!(matches!(
		keyring.signer("/Alice", &given("")),
		Err(Error::Name(_))
	));
}

#[test]
fn secrets_are_no_names() {
	let (_home, keyring) = keyring();
	let hex = ALICE_HEX.trim_start_matches("0x");
	for spec in [PHRASE, ALICE_HEX, hex, &format!("{PHRASE}//Alice")] {
		let error = keyring.signer(spec, &given("")).unwrap_err();
		assert!(matches!(error, Error::Seed));
		assert!(!error.to_string().contains("bottom"));
	}
}

#[test]
fn names_stay_in_the_folder() {
	let (_home, keyring) = keyring();
	for name in [
		"",
		"..",
		"../key",
		"a/b",
		".hidden",
		"-flag",
		"receipt",
		&"x".repeat(65),
	] {
		assert!(
			matches!(keyring.create(name, &given("p")), Err(Error::Name(_))),
			"{name}"
		);
	}
}

#[test]
fn a_created_key_signs_and_its_mnemonic_restores_it() {
	let (_home, keyring) = keyring();
	let mnemonic = keyring.create("main", &given("secret")).unwrap();
	assert_eq!(mnemonic.expose_secret().split(' ').count(), 12);
	let key = keyring
		.signer("main", &given("secret"))
		.unwrap()
		.public_key()
		.0;
	assert_eq!(keyring.account("main").unwrap(), key);
	assert_eq!(
		keyring.import("again", &mnemonic, &given("other")).unwrap(),
		key
	);
	let file = fs::read_to_string(keyring.path("main")).unwrap();
	assert!(file.contains(&ss58(&key)));
	assert!(mnemonic
		.expose_secret()
		.split(' ')
		.all(|word| !file.contains(&format!(" {word}"))));
}

#[test]
fn an_imported_mnemonic_gives_the_same_account_as_in_wallets() {
	let (_home, keyring) = keyring();
	let untidy = format!("  {}\n", PHRASE.replace(' ', "  "));
	let account = keyring.import("dev", &untidy.into(), &given("p")).unwrap();
	assert_eq!(ss58(&account), PHRASE_ADDRESS);
	let wrong = PHRASE.replace("walk", "lake").into();
	assert!(matches!(
		keyring.import("bad", &wrong, &given("p")),
		Err(Error::Mnemonic(_))
	));
}

#[test]
fn a_wrong_passphrase_is_called_that() {
	let (_home, keyring) = keyring();
	keyring.create("main", &given("right")).unwrap();
	let error = keyring.signer("main", &given("wrong")).unwrap_err();
	assert!(matches!(&error, Error::WrongPassphrase(name) if name == "main"));
	assert!(matches!(
		keyring.create("other", &given("")),
		Err(Error::EmptyPassphrase)
	));
}

#[test]
fn an_unknown_name_lists_the_known_ones() {
	let (_home, keyring) = keyring();
	keyring.create("b", &given("p")).unwrap();
	keyring.create("a", &given("p")).unwrap();
	keyring.receipt_key_or_new(None).unwrap();
	for error in [
		keyring.signer("c", &given("p")).unwrap_err(),
		keyring.account("c").unwrap_err(),
	] {
		assert!(
			error
				.to_string()
				.starts_with("no key is named c (known: a, b):"),
			"{error}"
		);
	}
}

#[test]
fn every_damaged_byte_is_noticed_as_damage() {
	let (_home, keyring) = keyring();
	keyring.create("main", &given("p")).unwrap();
	let path = keyring.path("main");
	let sound = fs::read(&path).unwrap();
	for at in 0..sound.len() {
		let mut bytes = sound.clone();
		bytes[at] ^= 1;
		fs::write(&path, &bytes).unwrap();
		match keyring.signer("main", &given("p")) {
			Err(Error::Corrupted { path: found, .. }) => assert_eq!(found, path),
			other => panic!("byte {at}: {other:?}"),
		}
	}
	fs::write(&path, b"").unwrap();
	assert!(matches!(
		keyring.signer("main", &given("p")),
		Err(Error::Corrupted { .. })
	));
	fs::write(&path, &sound).unwrap();
	assert!(keyring.signer("main", &given("p")).is_ok());
}

#[test]
fn a_forged_address_or_derivation_does_not_open() {
	let (_home, keyring) = keyring();
	keyring.create("main", &given("p")).unwrap();
	let path = keyring.path("main");
	let sound = fs::read(&path).unwrap();
	forge(&path, |file| file["public"] = json!(ALICE));
	assert!(matches!(
		keyring.signer("main", &given("p")),
		Err(Error::WrongPassphrase(_))
	));
	fs::write(&path, &sound).unwrap();
	forge(&path, |file| {
		file["secret"]["kdf"]["memory_kib"] = json!(u32::MAX)
	});
	assert!(matches!(
		keyring.signer("main", &given("p")),
		Err(Error::Corrupted { .. })
	));
	fs::write(&path, &sound).unwrap();
	forge(&path, |file| file["version"] = json!(2));
	assert!(matches!(
		keyring.signer("main", &given("p")),
		Err(Error::NewerFormat { .. })
	));
}

#[test]
fn one_damaged_file_does_not_hide_the_others() {
	let (_home, keyring) = keyring();
	keyring.create("a", &given("p")).unwrap();
	keyring.create("b", &given("p")).unwrap();
	edit(&keyring.path("a"), |file| file["public"] = json!(ALICE));
	let listed = keyring.list().unwrap();
	assert_eq!(
		listed
			.iter()
			.map(|key| key.name.as_str())
			.collect::<Vec<_>>(),
		["a", "b"]
	);
	assert!(matches!(listed[0].account, Err(Error::Corrupted { .. })));
	assert_eq!(
		*listed[1].account.as_ref().unwrap(),
		keyring.account("b").unwrap()
	);
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_keys() {
	let (_home, keyring) = keyring();
	keyring.create("main", &given("p")).unwrap();
	keyring.receipt_key_or_new(None).unwrap();
	assert_eq!(mode(&keyring.path("main")), 0o600);
	assert_eq!(mode(&keyring.path("receipt")), 0o600);
	assert_eq!(mode(&keyring.folder), 0o700);
}

#[test]
fn a_key_is_never_overwritten() {
	let (_home, keyring) = keyring();
	keyring.create("main", &given("p")).unwrap();
	let before = fs::read(keyring.path("main")).unwrap();
	assert!(matches!(
		keyring.create("main", &given("p")),
		Err(Error::Exists(_))
	));
	let file = KeyFile::new(
		Kind::Receipt,
		String::new(),
		Secret::NoneDevelopmentOnly {
			seed: String::new(),
		},
	);
	assert!(matches!(
		keyring.write("main", &file),
		Err(Error::Exists(_))
	));
	assert_eq!(fs::read(keyring.path("main")).unwrap(), before);
	let left = fs::read_dir(&keyring.folder).unwrap().count();
	assert_eq!(left, 1, "no temporary file stays");
}

#[test]
fn a_passphrase_file_may_end_with_a_line_break() {
	let (home, keyring) = keyring();
	keyring.create("main", &given("a passphrase")).unwrap();
	let file = home.path().join("passphrase");
	for text in ["a passphrase", "a passphrase\n", "a passphrase\r\n"] {
		fs::write(&file, text).unwrap();
		assert!(keyring
			.signer("main", &Passphrase::File(file.clone()))
			.is_ok());
	}
	let missing = Passphrase::File(home.path().join("missing"));
	let error = keyring.signer("main", &missing).unwrap_err();
	assert!(
		error
			.to_string()
			.starts_with("GUERDON_PASSPHRASE_FILE names"),
		"{error}"
	);
}

#[test]
fn a_home_has_one_receipt_key() {
	let (_home, keyring) = keyring();
	assert_eq!(keyring.receipt_public_key().unwrap(), None);
	for passphrase in [None, Some(&given("p"))] {
		let none = keyring.receipt_key(passphrase);
		assert!(matches!(none, Err(Error::NoReceiptKey(_))));
	}
	assert_eq!(
		fs::read_dir(&keyring.folder).unwrap().count(),
		0,
		"asking makes none"
	);
	let key = keyring.receipt_key_or_new(None).unwrap();
	assert_eq!(
		keyring.receipt_key(None).unwrap().to_bytes(),
		key.to_bytes()
	);
	assert_eq!(
		keyring.receipt_public_key().unwrap(),
		Some(public_key(&key))
	);
	let file = fs::read_to_string(keyring.path("receipt")).unwrap();
	assert!(file.contains("none-development-only"));
	assert!(matches!(
		keyring.receipt_key_or_new(Some(&given("p"))),
		Err(Error::InTheClear(_))
	));
}

#[test]
fn a_sealed_receipt_key_stays_sealed() {
	let (_home, keyring) = keyring();
	let key = keyring.receipt_key_or_new(Some(&given("p"))).unwrap();
	assert_eq!(
		keyring.receipt_key(Some(&given("p"))).unwrap().to_bytes(),
		key.to_bytes()
	);
	for opened in [keyring.receipt_key(None), keyring.receipt_key_or_new(None)] {
		assert!(matches!(opened, Err(Error::Sealed(_))));
	}
	let wrong = keyring.receipt_key(Some(&given("q")));
	assert!(matches!(wrong, Err(Error::WrongPassphrase(name)) if name == "receipt"));
	let file = fs::read_to_string(keyring.path("receipt")).unwrap();
	assert!(!file.contains(&hex::encode(key.to_bytes())));
}

#[test]
fn the_standing_cost_opens_what_it_sealed() {
	let (home, _) = keyring();
	let keyring = Keyring::open(home.path()).unwrap();
	keyring.create("main", &given("p")).unwrap();
	assert!(keyring.signer("main", &given("p")).is_ok());
	let file = fs::read_to_string(keyring.path("main")).unwrap();
	assert!(file.contains("\"memory_kib\": 65536"), "{file}");
}
