//! The binary itself: exit codes, and what is on disk when nothing could be sent.

use guerdon_receipt::{
	export::{in_toto_envelope, in_toto_statement, KeyedSignature},
	sign::{public_key, sign_receipt, SigningKey},
	Receipt,
};
use serde_json::{json, Value};
use std::{
	fs,
	path::{Path, PathBuf},
	process::{Command, Output},
};

/// Nothing listens on port 1.
const NOWHERE: &str = "ws://127.0.0.1:1";

fn guerdon(home: &Path, args: &[&str]) -> Output {
	guerdon_in(Path::new("."), home, args)
}

fn guerdon_in(folder: &Path, home: &Path, args: &[&str]) -> Output {
	Command::new(env!("CARGO_BIN_EXE_guerdon"))
		.current_dir(folder)
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

/// The arguments that describe a folder.
fn describe(dir: &str) -> Vec<&str> {
	vec![
		"--output",
		"json",
		"dataset",
		"describe",
		dir,
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
	]
}

/// A folder with two records.
fn data(home: &Path) -> PathBuf {
	let data = home.join("data");
	fs::create_dir(&data).unwrap();
	fs::write(data.join("records.csv"), "x,label\n1,0\n2,1\n").unwrap();
	data
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
fn a_plans_files_are_read_before_a_node_is_asked() {
	let home = tempfile::tempdir().unwrap();
	let path = home.path();
	let plan = json!({
		"program": "softmax",
		"config": "config",
		"features": "features.json",
		"validation": "validation.txt",
		"tests": "tests.txt",
		"datasets": "all",
		"records_per_task": 50, "passes": 4, "rounds": 3,
		"budget": "1000", "bond": "100", "max_licence": "auto",
		"split": { "data_provider": 400_000, "trainer": 600_000 },
		"tip": "10", "tip_per_advance": "0.05",
		"committee": 3, "quorum": 2, "samples": 2, "max_enrolments": 16,
		"appraisers": 3, "appraiser_quorum": 2,
		"windows": {
			"grant": 10, "enrol": 30, "task": 60, "work": 400,
			"test_reveal": 40, "appraise_commit": 40, "appraise_reveal": 40, "challenge": 10
		},
		"endpoint": "http://127.0.0.1:9100"
	});
	let file = path.join("plan.json");
	fs::write(&file, plan.to_string()).unwrap();
	let args = [
		"--signer",
		"//Alice",
		"run",
		"propose",
		"--plan",
		file.to_str().unwrap(),
	];
	fails(path, &args, 2, "features.json: No such file");
	fs::write(
		path.join("features.json"),
		r#"{"text_trigrams": {"classes": 3}}"#,
	)
	.unwrap();
	fails(path, &args, 2, "config: No such file");
	fs::write(path.join("config"), "short").unwrap();
	fails(path, &args, 2, "\"config\": the run's config is malformed");
	fs::write(path.join("config"), [1, 0, 2, 0, 16, 0, 0, 0]).unwrap();
	fails(path, &args, 2, "\"config\" has 1 features and 2 classes");
}

#[test]
fn a_name_that_nobody_has_is_2() {
	let home = tempfile::tempdir().unwrap();
	let path = home.path();
	for (signer, says) in [
		("nobody", "no key is named"),
		("Not a key", "secret"),
		("//Alice//", "is not a development key"),
		("-x", "cannot name a key"),
	] {
		let signer = format!("--signer={signer}");
		fails(
			path,
			&[signer.as_str(), "dataset", "withdraw", "0"],
			2,
			says,
		);
	}
	for (account, says) in [
		("nobody", "no key is named"),
		("5Grw/x", "is not an account"),
		(
			"15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5",
			"address of another network",
		),
	] {
		fails(path, &["credits", "balance", "--account", account], 2, says);
	}
	let send = [
		"--signer", "//Alice", "credits", "send", "//Bob", "1", "nobody", "2",
	];
	fails(path, &send, 2, "no key is named nobody");
}

#[test]
fn a_key_that_does_not_open_is_3() {
	let home = tempfile::tempdir().unwrap();
	let passphrase = home.path().join("passphrase");
	let run = |passphrase: &Path, args: &[&str]| {
		Command::new(env!("CARGO_BIN_EXE_guerdon"))
			.args(["--home", home.path().to_str().unwrap(), "--url", NOWHERE])
			.args(args)
			.env("GUERDON_PASSPHRASE_FILE", passphrase)
			.output()
			.unwrap()
	};
	fs::write(&passphrase, "right").unwrap();
	assert!(run(&passphrase, &["key", "new", "main"]).status.success());
	let withdraw = ["--signer", "main", "dataset", "withdraw", "0"];
	fs::write(&passphrase, "wrong").unwrap();
	let output = run(&passphrase, &withdraw);
	assert_eq!(output.status.code(), Some(3), "{}", error(&output));
	let output = run(&home.path().join("nowhere"), &withdraw);
	assert_eq!(output.status.code(), Some(2), "{}", error(&output));
}

#[test]
fn a_missing_file_of_terms_is_2() {
	let home = tempfile::tempdir().unwrap();
	let args = [
		"--signer",
		"//Alice",
		"dataset",
		"licence",
		"0",
		"--spdx",
		"MIT",
		"--terms",
		"nowhere.txt",
	];
	fails(home.path(), &args, 2, "nowhere.txt: No such file");
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
	let data = data(home.path());
	let beside = home.path().join("data.croissant.json");
	let args = describe(data.to_str().unwrap());
	let first = guerdon(home.path(), &args);
	assert!(first.status.success(), "{}", error(&first));
	let document = fs::read(&beside).unwrap();
	let second = guerdon(home.path(), &args);
	assert_eq!(first.stdout, second.stdout);
	fs::remove_file(&beside).unwrap();
	// The same folder, by another name.
	let third = guerdon_in(&data, home.path(), &describe("."));
	assert_eq!(first.stdout, third.stdout, "{}", error(&third));
	assert_eq!(fs::read(&beside).unwrap(), document);
	let inside: Vec<_> = fs::read_dir(&data).unwrap().collect();
	assert_eq!(inside.len(), 1, "{inside:?}");
}

#[test]
fn a_document_is_not_written_into_the_folder_that_it_describes() {
	let home = tempfile::tempdir().unwrap();
	let data = data(home.path());
	let within = data.join("document.json");
	for (dir, out) in [
		(data.to_str().unwrap(), within.to_str().unwrap()),
		(".", "document.json"),
		("../data", "./document.json"),
	] {
		let mut args = describe(dir);
		args.extend(["--out", out]);
		let output = guerdon_in(&data, home.path(), &args);
		let error = error(&output);
		assert_eq!(output.status.code(), Some(2), "{out}: {error}");
		assert!(error.contains("lies in the folder"), "{error}");
		assert!(!within.exists());
	}
	let out = home.path().join("document.json");
	let mut args = describe(data.to_str().unwrap());
	args.extend(["--out", out.to_str().unwrap()]);
	let output = guerdon(home.path(), &args);
	assert!(output.status.success(), "{}", error(&output));
	assert!(out.is_file());
}

#[test]
fn a_folder_that_cannot_be_described_is_2() {
	let home = tempfile::tempdir().unwrap();
	let path = home.path();
	let nowhere = path.join("nowhere");
	fails(
		path,
		&describe(nowhere.to_str().unwrap()),
		2,
		"No such file",
	);
	let empty = path.join("empty");
	fs::create_dir(&empty).unwrap();
	fails(path, &describe(empty.to_str().unwrap()), 2, "has no files");

	let data = data(path);
	let mut late = describe(data.to_str().unwrap());
	*late.last_mut().unwrap() = "31.1.2026";
	fails(path, &late, 2, "YYYY-MM-DD");
	fails(
		path,
		&describe(data.join("records.csv").to_str().unwrap()),
		2,
		"records.csv: Not a directory",
	);
	fs::write(data.join("records.csv"), "x,x\n1,0\n").unwrap();
	fails(
		path,
		&describe(data.to_str().unwrap()),
		2,
		"two columns are named \"x\"",
	);
}

#[test]
fn a_subfolder_that_cannot_be_listed_is_named() {
	// A folder whose path is longer than the system takes: not even root can list it.
	let home = tempfile::tempdir().unwrap();
	let name = "d".repeat(200);
	let chain = |top: &str| {
		let path = [top].into_iter().chain([name.as_str(); 12]);
		home.path().join(path.collect::<PathBuf>())
	};
	fs::create_dir_all(chain("data")).unwrap();
	fs::create_dir_all(chain("more")).unwrap();
	fs::rename(home.path().join("more"), chain("data").join("more")).unwrap();
	let data = home.path().join("data");
	let named = format!("/more/{name}");
	fails(home.path(), &describe(data.to_str().unwrap()), 2, &named);
}

#[test]
fn an_undescribed_folder_is_neither_announced_nor_published() {
	let home = tempfile::tempdir().unwrap();
	let data = data(home.path());
	let dir = data.to_str().unwrap();
	let announce = ["--signer", "//Alice", "dataset", "announce", dir];
	let publish = [
		"--signer",
		"//Alice",
		"dataset",
		"publish",
		dir,
		"--endpoint",
		"http://127.0.0.1:8844",
	];
	for args in [&announce[..], &publish] {
		fails(home.path(), args, 2, "guerdon dataset describe");
	}
	// Described, and changed since: only then is there something to refuse.
	let described = guerdon(home.path(), &describe(dir));
	assert!(described.status.success(), "{}", error(&described));
	fs::write(data.join("records.csv"), "x,label\n1,0\n2,0\n").unwrap();
	for args in [&announce[..], &publish] {
		fails(home.path(), args, 3, "records.csv has sha256");
	}
	let kept = |folder: &str| home.path().join(folder).exists();
	assert!(!kept("blobs") && !kept("announcements"));
}

#[test]
fn nothing_is_kept_of_a_folder_that_is_not_known_to_be_announced() {
	let home = tempfile::tempdir().unwrap();
	let data = data(home.path());
	let dir = data.to_str().unwrap();
	let described = guerdon(home.path(), &describe(dir));
	assert!(described.status.success(), "{}", error(&described));
	let publish = [
		"--signer",
		"//Alice",
		"dataset",
		"publish",
		dir,
		"--endpoint",
		"http://127.0.0.1:8844",
	];
	fails(home.path(), &publish, 5, "not connected");
	assert!(!home.path().join("blobs").exists());
}

fn receipt() -> Receipt {
	Receipt {
		version: 1,
		genesis: [1; 32],
		run: 2,
		task: 3,
		contributor: [4; 32],
		base_model: [5; 32],
		result: [6; 32],
		steps: 7,
		evidence: [8; 32],
		metric_before: 100,
		metric_after: 900,
		valid_until: 9,
	}
}

#[test]
fn an_altered_statement_is_3_and_no_node_is_asked() {
	let home = tempfile::tempdir().unwrap();
	let path = home.path();
	let key = SigningKey::from_bytes(&[1; 32]);
	let by = KeyedSignature {
		key: public_key(&key),
		signature: sign_receipt(&key, &receipt()),
	};
	let statement = in_toto_statement(&receipt(), &by, &[]);
	let file = path.join("receipt.json");
	let verify = ["receipt", "verify", "--file", file.to_str().unwrap()];
	let write = |value: &Value| fs::write(&file, value.to_string()).unwrap();

	fails(path, &verify, 2, "receipt.json: No such file");
	write(&json!({ "_type": "something else" }));
	fails(path, &verify, 2, "neither a DSSE envelope nor a statement");
	for (place, value) in [
		("/subject/0/digest/blake3", json!("00".repeat(32))),
		("/predicate/metricAfterPpm", json!(1_000_000)),
		("/predicate/baseModel/digest/blake3", json!("00".repeat(32))),
	] {
		let mut altered = statement.clone();
		*altered.pointer_mut(place).unwrap() = value;
		write(&altered);
		fails(path, &verify, 3, "the statement was altered");
		write(&in_toto_envelope(&altered, &key));
		fails(path, &verify, 3, "the statement was altered");
	}
	for sound in [statement.clone(), in_toto_envelope(&statement, &key)] {
		write(&sound);
		fails(path, &verify, 5, "not connected");
	}
}

#[test]
fn an_export_is_not_signed_with_a_key_that_is_not_there() {
	let home = tempfile::tempdir().unwrap();
	let id = "00".repeat(32);
	let export = ["receipt", "export", &id, "--envelope"];
	fails(home.path(), &export, 3, "there is no receipt key");
	fails(
		home.path(),
		&["receipt", "export", &id, "--envelope", "--dsse"],
		2,
		"cannot be used with",
	);
}

/// Describes the two records as gated data, and gives the document.
fn gated(home: &Path, data: &Path) -> Value {
	let described = guerdon(
		home,
		&[&describe(data.to_str().unwrap())[..], &["--gated"]].concat(),
	);
	assert_eq!(described.status.code(), Some(0), "{}", error(&described));
	let document = fs::read(home.join("data.croissant.json")).unwrap();
	serde_json::from_slice(&document).unwrap()
}

#[test]
fn gated_data_is_described_the_same_each_time_and_shows_no_file() {
	let home = tempfile::tempdir().unwrap();
	let (path, data) = (home.path(), data(home.path()));
	let document = gated(path, &data);
	assert!(!document.to_string().contains("records.csv"));
	assert_eq!(gated(path, &data), document);
	let secrets = fs::read_dir(path.join("gated/secrets")).unwrap();
	assert_eq!(secrets.count(), 1);
	let verify = guerdon(
		path,
		&[
			"--output",
			"json",
			"dataset",
			"verify",
			data.to_str().unwrap(),
		],
	);
	assert_eq!(verify.status.code(), Some(0), "{}", error(&verify));
	let verified: Value = serde_json::from_slice(&verify.stdout).unwrap();
	assert_eq!(verified["access"], "gated");
	assert_eq!(verified["records"], 2);
	let root = document["distribution"][0]["guerdon:blake3"].as_str();
	assert_eq!(
		verified["root"].as_str().unwrap(),
		format!("0x{}", root.unwrap())
	);
}

#[test]
fn gated_data_that_changed_or_lost_its_secret_is_refused() {
	let home = tempfile::tempdir().unwrap();
	let (path, data) = (home.path(), data(home.path()));
	gated(path, &data);
	let dir = data.to_str().unwrap();
	let announce = ["--signer", "//Alice", "dataset", "announce", dir];
	fails(path, &announce, 5, "not connected");
	fs::write(data.join("records.csv"), "x,label\n1,0\n2,2\n").unwrap();
	for args in [&["dataset", "verify", dir][..], &announce] {
		fails(path, args, 3, "not the one that was described");
	}
	fs::write(data.join("records.csv"), "x,label\n1,0\n2,1\n").unwrap();
	fs::rename(path.join("gated/secrets"), path.join("lost")).unwrap();
	for args in [&["dataset", "verify", dir][..], &announce] {
		fails(path, args, 3, "restore that folder from a backup");
	}
}

#[test]
fn open_data_is_verified_too() {
	let home = tempfile::tempdir().unwrap();
	let (path, data) = (home.path(), data(home.path()));
	let dir = data.to_str().unwrap();
	assert_eq!(guerdon(path, &describe(dir)).status.code(), Some(0));
	let verify = guerdon(path, &["dataset", "verify", dir]);
	assert_eq!(verify.status.code(), Some(0), "{}", error(&verify));
	assert!(!path.join("gated").exists(), "open data has no secret");
	fs::write(data.join("records.csv"), "x,label\n1,0\n2,2\n").unwrap();
	fails(path, &["dataset", "verify", dir], 3, "has sha256");
}

#[test]
fn the_access_log_is_read_without_a_node() {
	let home = tempfile::tempdir().unwrap();
	let path = home.path();
	let log = |args: &[&str]| {
		let all = [&["--output", "json", "dataset", "access-log"], args].concat();
		let output = guerdon(path, &all);
		assert_eq!(output.status.code(), Some(0), "{}", error(&output));
		serde_json::from_slice::<Value>(&output.stdout).unwrap()
	};
	assert_eq!(log(&[]), json!([]));
	fs::create_dir_all(path.join("gated/access")).unwrap();
	let entry = |time: u64, dataset: u64, outcome: Value| {
		json!({
			"time": time, "block": 7, "account": "5F", "dataset": dataset, "run": 1, "task": null,
			"outcome": outcome,
		})
	};
	let answered = entry(2, 1, json!({ "segments": [0, 4] }));
	let refused = entry(1, 2, json!({ "refused": "no part" }));
	for (file, entry) in [("answered", &answered), ("refused", &refused)] {
		let file = path.join(format!("gated/access/{file}.jsonl"));
		fs::write(file, format!("{entry}\n")).unwrap();
	}
	assert_eq!(log(&[]), json!([refused, answered]));
	assert_eq!(log(&["--dataset", "1"]), json!([answered]));
	let table = guerdon(path, &["dataset", "access-log"]);
	let table = String::from_utf8(table.stdout).unwrap();
	for said in [
		"1970-01-01 00:00:02",
		"appraisal",
		"0 to 3",
		"refused: no part",
	] {
		assert!(table.contains(said), "{table}");
	}
}
