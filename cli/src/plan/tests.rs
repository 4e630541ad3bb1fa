use super::{features::parse as parse_features, *};
use serde_json::json;

fn example() -> Value {
	json!({
		"program": "softmax",
		"config": { "batch": 16, "learning_rate": 0.5, "decay": 0.0 },
		"features": "features.json",
		"validation": "validation.csv",
		"tests": "tests.csv",
		"datasets": "all",
		"records_per_task": 50,
		"passes": 4,
		"rounds": 3,
		"feedback": { "items": "items.csv", "batches": 4, "items_per_batch": 12, "gold_per_batch": 4 },
		"budget": "1000000.000000000007",
		"split": {
			"data_provider": 400000, "trainer": 300000, "user": 100000,
			"attestor": 150000, "appraiser": 50000
		},
		"max_licence": "auto",
		"bond": "100000.000000000001",
		"tip": "10",
		"tip_per_advance": "0.05",
		"committee": 3,
		"quorum": 2,
		"samples": 2,
		"max_enrolments": 16,
		"appraisers": 3,
		"appraiser_quorum": 2,
		"windows": {
			"grant": 10, "enrol": 30, "task": 60, "work": 400, "test_reveal": 40,
			"appraise_commit": 40, "appraise_reveal": 40, "challenge": 10
		},
		"endpoint": "http://127.0.0.1:9100"
	})
}

fn parse(value: &Value) -> Result<Plan, String> {
	Plan::parse(value, Path::new("/plans")).map_err(|error| error.to_string())
}

#[test]
fn a_whole_plan_is_read_exactly() {
	let plan = parse(&example()).unwrap();
	let money = plan.money(&Unit::grd()).unwrap();
	assert_eq!(money.budget, 1_000_000_000_000_000_007);
	assert_eq!((&plan.asset, money.bond), (&None, 100_000_000_000_000_001));
	assert_eq!(plan.split_ppm, [400_000, 300_000, 100_000, 150_000, 50_000]);
	assert_eq!(plan.features, Path::new("/plans/features.json"));
	assert_eq!(
		(plan.datasets, plan.max_licence, plan.valued),
		(None, None, true)
	);
	assert_eq!(plan.windows, [10, 30, 60, 400, 40, 40, 40, 10]);
	assert_eq!(plan.feedback.unwrap().gold_per_batch, 4);
}

#[test]
fn every_missing_field_is_named() {
	let whole = example();
	let optional = ["feedback"];
	for field in whole.as_object().unwrap().keys() {
		let mut value = whole.clone();
		value.as_object_mut().unwrap().remove(field);
		match parse(&value) {
			Ok(_) => assert!(optional.contains(&field.as_str()), "{field}"),
			Err(error) => assert_eq!(error, format!("{field:?}: is missing")),
		}
	}
}

#[test]
fn every_wrong_field_is_named() {
	for (pointer, value, error) in [
		(
			"/program",
			json!("gpt"),
			"\"program\": expected \"softmax\" or a .wasm file",
		),
		(
			"/config/batch",
			json!(0),
			"\"config.batch\": expected a number from 1 to",
		),
		(
			"/config/decay",
			json!("no"),
			"\"config.decay\": expected a number from 0 on",
		),
		("/datasets", json!([]), "\"datasets\": expected \"all\""),
		(
			"/datasets",
			json!([-1]),
			"\"datasets\": expected dataset numbers",
		),
		(
			"/passes",
			json!(65_536),
			"\"passes\": expected a number from 1 to 65535, found 65536",
		),
		(
			"/rounds",
			json!("3"),
			"\"rounds\": expected a number from 1 to 65535, found \"3\"",
		),
		(
			"/feedback/gold_per_batch",
			json!(13),
			"\"feedback.gold_per_batch\": expected",
		),
		(
			"/budget",
			json!(5),
			"\"budget\": expected an amount of GRD in quotes, found 5",
		),
		(
			"/budget",
			json!("1e6"),
			"\"budget\": \"1e6\" is not an amount of GRD",
		),
		(
			"/asset",
			json!(-1),
			"\"asset\": expected an asset's symbol or number, found -1",
		),
		(
			"/asset",
			json!(""),
			"\"asset\": expected an asset's symbol or number, found \"\"",
		),
		(
			"/split/user",
			json!(1),
			"\"split\": the parts sum to 900001",
		),
		(
			"/bond",
			json!("100000"),
			"\"bond\": must be at least a tenth",
		),
		(
			"/quorum",
			json!(1),
			"\"quorum\": expected a number from 2 to 3, found 1",
		),
		("/windows/task", json!(null), "\"windows.task\": is missing"),
		(
			"/windows",
			json!(7),
			"\"windows\": expected an object, found 7",
		),
		(
			"/endpoint",
			json!(["x"]),
			"\"endpoint\": expected text, found a list",
		),
	] {
		let mut plan = example();
		let field = pointer.trim_start_matches('/');
		match plan.pointer_mut(pointer) {
			Some(place) => *place = value,
			None => plan[field] = value,
		}
		let found = parse(&plan).unwrap_err();
		assert!(found.starts_with(error), "{pointer}: {found}");
	}
}

#[test]
fn budget_and_bond_are_in_the_asset_that_is_named() {
	let unit = Unit {
		asset: Some(1),
		symbol: "TUSD".into(),
		decimals: 6,
	};
	for (asset, name) in [(json!("TUSD"), "TUSD"), (json!(1), "1")] {
		let mut plan = example();
		plan["asset"] = asset;
		(plan["budget"], plan["bond"]) = (json!("12.5"), json!("1.25"));
		let plan = parse(&plan).unwrap();
		assert_eq!(plan.asset.as_deref(), Some(name));
		let (budget, bond) = (12_500_000, 1_250_000);
		assert_eq!(plan.money(&unit).unwrap(), Money { budget, bond });
		assert_eq!(plan.tip, 10_000_000_000_000, "tips are in GRD");
	}
	for (budget, bond, why) in [
		(
			"0.0000001",
			"1",
			"\"budget\": \"0.0000001\" is not an amount of TUSD: a TUSD has 6 decimals",
		),
		(
			"1",
			"x",
			"\"bond\": \"x\" is not an amount of TUSD: only digits",
		),
		(
			"1",
			"0.09",
			"\"bond\": must be at least a tenth of the budget",
		),
	] {
		let mut plan = example();
		plan["asset"] = json!("TUSD");
		(plan["budget"], plan["bond"]) = (json!(budget), json!(bond));
		let error = parse(&plan).unwrap().money(&unit).unwrap_err().to_string();
		assert!(error.starts_with(why), "{error}");
	}
}

#[test]
fn a_misspelt_field_is_not_ignored() {
	let mut plan = example();
	plan["split"]["trainers"] = json!(0);
	let error = parse(&plan).unwrap_err();
	assert!(
		error.starts_with("\"split.trainers\": is not known here; known: appraiser"),
		"{error}"
	);
	let mut plan = example();
	plan["sample"] = json!(2);
	assert!(parse(&plan)
		.unwrap_err()
		.starts_with("\"sample\": is not known here"));
}

#[test]
fn features_are_read_and_checked() {
	let column = |index: u16| json!({ "index": index, "decimals": 0, "min": 0, "max": 16 });
	let csv = |columns: Vec<Value>| json!({ "csv": { "label": 2, "classes": 10, "header": true, "columns": columns } });
	let spec = parse_features(&csv(vec![column(0), column(1)])).unwrap();
	assert_eq!((spec.features(), spec.classes()), (2, 10));
	let text = parse_features(&json!({ "text_trigrams": { "classes": 3 } })).unwrap();
	assert_eq!(text.classes(), 3);
	for (value, error) in [
		(
			csv(vec![column(1), column(0)]),
			"the features cannot be meant: NotAscending",
		),
		(
			csv(vec![column(2)]),
			"the features cannot be meant: InvalidSpec",
		),
		(
			csv(vec![json!({ "index": 0 })]),
			"\"csv.columns[0].decimals\": is missing",
		),
		(
			csv((0..257).map(column).collect()),
			"\"csv.columns\": at most 256 columns",
		),
		(json!({}), "\"csv\": is missing"),
	] {
		let found = parse_features(&value).unwrap_err().to_string();
		assert!(found.starts_with(error), "{found}");
	}
}
