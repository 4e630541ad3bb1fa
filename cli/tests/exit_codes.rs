//! The binary itself: exit codes, and what is on disk when nothing could be sent.

use std::{
	fs,
	path::Path,
	process::{Command, Output},
};

/// Nothing listens on port 1.
const NOWHERE: &str = "ws://127.0.0.1:1";

fn guerdon(home: &Path, args: &[&str]) -> Output {
	Command::new(env!("CARGO_BIN_EXE_guerdon"))
		.args(["--home", home.to_str().unwrap(), "--url", NOWHERE])
		.args(args)
		.env_remove("GUERDON_SIGNER")
		.env_remove("GUERDON_PASSPHRASE_FILE")
		.stdin(std::process::Stdio::null())
		.output()
		.unwrap()
}

fn error(output: &Output) -> String {
	String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn fails(home: &Path, args: &[&str], code: i32, says: &str) {
	let output = guerdon(home, args);
	let error = error(&output);
	assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
	assert!(error.contains(says), "{args:?}: {error}");
	assert!(output.stdout.is_empty(), "{args:?}");
}

#[test]
fn bad_usage_is_2_and_says_what_is_wrong() {
	let home = tempfile::tempdir().unwrap();
	let path = home.path();
	fails(path, &["dataset", "sell"], 2, "unrecognized subcommand");
	fails(path, &["run", "show", "one"], 2, "invalid value 'one'");
	fails(
		path,
		&["run", "list", "--at", "yesterday"],
		2,
		"expected finalized, best",
	);
	fails(path, &["credits", "balance"], 2, "who signs?");
	fails(
		path,
		&["receipt", "show", "0x12"],
		2,
		"expected 64 hex digits",
	);
	fails(path, &["receipt", "verify"], 2, "required");
	fails(
		path,
		&[
			"--signer",
			"//Alice",
			"run",
			"join",
			"0",
			"--role",
			"trainer",
			"--endpoint",
			"here",
		],
		2,
		"write it as http://HOST:PORT",
	);
	fails(
		path,
		&[
			"dataset",
			"licence",
			"0",
			"--spdx",
			"MIT",
			"--price-per-record",
			"1e-3",
		],
		2,
		"only digits and one point",
	);
}

#[test]
fn a_plan_that_makes_no_sense_is_2_and_names_file_and_field() {
	let home = tempfile::tempdir().unwrap();
	let plan = home.path().join("plan.json");
	let args = [
		"--signer",
		"//Alice",
		"run",
		"propose",
		"--plan",
		plan.to_str().unwrap(),
	];
	fails(home.path(), &args, 2, "plan.json: No such file");
	fs::write(&plan, "{").unwrap();
	fails(home.path(), &args, 2, "plan.json is no JSON");
	fs::write(&plan, "{\"program\": \"gpt\"}").unwrap();
	fails(
		home.path(),
		&args,
		2,
		"plan.json: \"program\": expected \"softmax\"",
	);
}

#[test]
fn an_unknown_key_is_3() {
	let home = tempfile::tempdir().unwrap();
	fails(
		home.path(),
		&["--signer", "nobody", "dataset", "withdraw", "0"],
		3,
		"no key is named",
	);
	fails(
		home.path(),
		&["--signer", "Not a key", "dataset", "withdraw", "0"],
		3,
		"secret",
	);
}

#[test]
fn no_node_is_5_and_says_what_to_do() {
	let home = tempfile::tempdir().unwrap();
	for args in [
		&["chain", "info"][..],
		&["run", "list", "--output", "json"],
		&["credits", "balance", "--account", "//Alice"],
		&["--signer", "//Alice", "--yes", "dataset", "withdraw", "0"],
	] {
		fails(home.path(), args, 5, "not connected to ws://127.0.0.1:1");
	}
}

#[test]
fn keys_need_no_node_and_print_json() {
	let home = tempfile::tempdir().unwrap();
	let passphrase = home.path().join("passphrase");
	fs::write(&passphrase, "only a test\n").unwrap();
	let output = Command::new(env!("CARGO_BIN_EXE_guerdon"))
		.args([
			"--home",
			home.path().to_str().unwrap(),
			"--output",
			"json",
			"key",
			"new",
			"main",
		])
		.env("GUERDON_PASSPHRASE_FILE", &passphrase)
		.output()
		.unwrap();
	assert!(output.status.success(), "{}", error(&output));
	let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
	let listed = guerdon(home.path(), &["--output", "json", "key", "list"]);
	let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
	assert_eq!(listed["keys"][0]["name"], "main");
	assert_eq!(listed["keys"][0]["address"], made["address"]);
	assert_eq!(made["mnemonic"].as_str().unwrap().split(' ').count(), 12);
}

#[test]
fn a_folder_is_described_beside_itself_the_same_way_each_time() {
	let home = tempfile::tempdir().unwrap();
	let data = home.path().join("data");
	fs::create_dir(&data).unwrap();
	fs::write(data.join("records.csv"), "x,label\n1,0\n2,1\n").unwrap();
	let args = [
		"--output",
		"json",
		"dataset",
		"describe",
		data.to_str().unwrap(),
		"--name",
		"Two records",
		"--description",
		"Numbers",
		"--licence",
		"CC0-1.0",
		"--creator",
		"Ada",
		"--date",
		"2026-01-01",
	];
	let first = guerdon(home.path(), &args);
	assert!(first.status.success(), "{}", error(&first));
	let second = guerdon(home.path(), &args);
	assert_eq!(first.stdout, second.stdout);
	assert!(home.path().join("data.croissant.json").is_file());
}

#[test]
fn an_undescribed_folder_is_not_published() {
	let home = tempfile::tempdir().unwrap();
	let data = home.path().join("data");
	fs::create_dir(&data).unwrap();
	let args = [
		"--signer",
		"//Alice",
		"dataset",
		"announce",
		data.to_str().unwrap(),
	];
	fails(home.path(), &args, 2, "guerdon dataset describe");
}
