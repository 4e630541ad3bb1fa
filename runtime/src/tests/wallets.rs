//! What wallets and their libraries write by hand or have hard-coded, as text that a review can read.
//! A change here reaches everybody who claims with software that is not ours.

use std::fmt::Write as _;

use frame_metadata::{
	v14::{RuntimeMetadataV14, StorageEntryType},
	RuntimeMetadata,
};
use scale_info::{form::PortableForm, Field, PortableRegistry, Type, TypeDef};

use super::*;

const KNOWN: &str = include_str!("wallets.txt");
/// Pallets whose calls and events wallets show or make.
const SHOWN: [&str; 2] = ["Settlement", "Balances"];
/// Crates of ours that types come from.
const OURS: [&str; 7] = [
	"guerdon_",
	"pallet_attestors",
	"pallet_contributions",
	"pallet_datasets",
	"pallet_settlement",
	"pallet_training",
	"pallet_valuation",
];

fn metadata() -> RuntimeMetadataV14 {
	match Runtime::metadata().1 {
		RuntimeMetadata::V14(metadata) => metadata,
		other => panic!(
			"version {} is not the one that is read here",
			other.version()
		),
	}
}

fn resolve(types: &PortableRegistry, id: u32) -> &Type<PortableForm> {
	types.resolve(id).unwrap()
}

fn fields(types: &PortableRegistry, fields: &[Field<PortableForm>]) -> String {
	let shown: Vec<_> = fields
		.iter()
		.map(|field| {
			let shown = shape(types, field.ty.id);
			field
				.name
				.as_ref()
				.map_or(shown.clone(), |name| format!("{name}: {shown}"))
		})
		.collect();
	let named = fields.first().is_some_and(|field| field.name.is_some());
	let shown = shown.join(", ");
	match (fields.is_empty(), named) {
		(true, _) => String::new(),
		(_, true) => format!(" {{ {shown} }}"),
		(_, false) => format!("({shown})"),
	}
}

/// A type with everything in it. Names of newtypes are told, for libraries disagree on leaving them out.
fn shape(types: &PortableRegistry, id: u32) -> String {
	let shown = resolve(types, id);
	let name = shown.path.ident().unwrap_or_default();
	match &shown.type_def {
		TypeDef::Composite(composite) => format!("{name}{}", fields(types, &composite.fields)),
		// Errors have an enum for every pallet: their name does.
		TypeDef::Variant(_) if name == "DispatchError" => name,
		TypeDef::Variant(variant) => {
			let variants: Vec<_> = variant
				.variants
				.iter()
				.map(|variant| format!("{}{}", variant.name, fields(types, &variant.fields)))
				.collect();
			format!("{name}::[{}]", variants.join(" | "))
		}
		TypeDef::Sequence(of) => format!("[{}]", shape(types, of.type_param.id)),
		TypeDef::Array(of) => format!("[{}; {}]", shape(types, of.type_param.id), of.len),
		TypeDef::Tuple(of) => {
			let of: Vec<_> = of.fields.iter().map(|of| shape(types, of.id)).collect();
			format!("({})", of.join(", "))
		}
		TypeDef::Primitive(primitive) => format!("{primitive:?}").to_lowercase(),
		TypeDef::Compact(of) => format!("compact {}", shape(types, of.type_param.id)),
		TypeDef::BitSequence(_) => "bits".into(),
	}
}

fn variants(text: &mut String, types: &PortableRegistry, id: u32) {
	let TypeDef::Variant(variant) = &resolve(types, id).type_def else {
		panic!("calls and events are enums");
	};
	for variant in &variant.variants {
		let fields = fields(types, &variant.fields);
		writeln!(text, "  {} {}{fields}", variant.index, variant.name).unwrap();
	}
}

/// Types of ours with one field, which some libraries leave out and others do not.
fn newtypes(types: &PortableRegistry) -> Vec<String> {
	let mut found: Vec<_> = types
		.types
		.iter()
		.filter_map(|of| {
			let path = of.ty.path.segments.join("::");
			let TypeDef::Composite(composite) = &of.ty.type_def else {
				return None;
			};
			let ours = OURS.iter().any(|prefix| path.starts_with(prefix));
			(ours && composite.fields.len() == 1)
				.then(|| format!("  {path}{}", fields(types, &composite.fields)))
		})
		.collect();
	found.sort();
	found.dedup();
	found
}

fn told() -> String {
	let RuntimeMetadataV14 {
		types,
		pallets,
		extrinsic,
		..
	} = metadata();
	let mut text = format!("extrinsic, version {}\n", extrinsic.version);
	for parameter in &resolve(&types, extrinsic.ty.id).type_params {
		let Some(of) = parameter.ty.filter(|_| parameter.name != "Call") else {
			continue;
		};
		// Each extension is told below, with its name.
		if parameter.name != "Extra" {
			writeln!(text, "  {}: {}", parameter.name, shape(&types, of.id)).unwrap();
		}
	}
	writeln!(
		text,
		"\ntransaction extensions: what is sent, what is signed besides"
	)
	.unwrap();
	for extension in &extrinsic.signed_extensions {
		let sent = shape(&types, extension.ty.id);
		let besides = shape(&types, extension.additional_signed.id);
		writeln!(text, "  {}: {sent}, {besides}", extension.identifier).unwrap();
	}
	let system = pallets
		.iter()
		.find(|pallet| pallet.name == "System")
		.unwrap();
	let account = &system.storage.as_ref().unwrap().entries;
	let account = account
		.iter()
		.find(|entry| entry.name == "Account")
		.unwrap();
	let StorageEntryType::Map { value, .. } = &account.ty else {
		panic!("accounts are a map");
	};
	writeln!(text, "\nSystem.Account\n  {}", shape(&types, value.id)).unwrap();
	for name in SHOWN {
		let pallet = pallets.iter().find(|pallet| pallet.name == name).unwrap();
		writeln!(text, "\n{name}, pallet {}: calls", pallet.index).unwrap();
		variants(&mut text, &types, pallet.calls.as_ref().unwrap().ty.id);
		writeln!(text, "\n{name}: events").unwrap();
		variants(&mut text, &types, pallet.event.as_ref().unwrap().ty.id);
	}
	writeln!(text, "\ntypes of ours with one field").unwrap();
	for newtype in newtypes(&types) {
		writeln!(text, "{newtype}").unwrap();
	}
	text
}

#[test]
fn wallets_find_what_they_know() {
	let told = told();
	if let Some(path) = std::env::var_os("UPDATE_WALLETS") {
		std::fs::write(path, &told).unwrap();
	}
	let differs = told
		.lines()
		.zip(KNOWN.lines())
		.find(|(now, known)| now != known);
	assert!(
		told == KNOWN,
		"what wallets know has changed: {differs:?}. If that is meant, write it anew with \
		 UPDATE_WALLETS=$PWD/runtime/src/tests/wallets.txt, try it with `scripts/demo.sh --wallets`, and \
		 say in the changelog what their authors have to change."
	);
}
