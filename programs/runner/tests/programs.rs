//! The reference program agrees with native code, and hostile programs are contained.

use guerdon_program_softmax as softmax;
use guerdon_runner::{Error, Limits, Program, SOFTMAX};

fn config() -> [u8; softmax::CONFIG_BYTES] {
	softmax::Config {
		features: 8,
		classes: 3,
		batch: 16,
		learning_rate: 0.5,
		decay: 0.001,
	}
	.encode()
}

fn records(count: u32, seed: u32) -> Vec<u8> {
	let mut word = seed;
	let mut next = || {
		word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
		(word >> 24) as u8
	};
	(0..count)
		.flat_map(|_| {
			let mut record: Vec<u8> = (0..8).map(|_| next()).collect();
			let label = u16::from(record[0] > 85) + u16::from(record[0] > 170);
			record.extend(label.to_le_bytes());
			record
		})
		.collect()
}

#[test]
fn wasm_and_native_agree_to_the_bit() {
	let program = Program::load(SOFTMAX, Limits::default()).unwrap();
	let mut state = program.init(&config()).unwrap();
	assert_eq!(state, softmax::init(&config()).unwrap());
	let mut states = Vec::new();
	for seed in 0..40 {
		let batch = records(16, seed);
		let next = program.step(&config(), &state, &batch).unwrap();
		assert_eq!(next, softmax::step(&config(), &state, &batch).unwrap());
		states.push(next.clone());
		state = next;
	}
	let weighted = || (1u64..).zip(states.iter().map(Vec::as_slice));
	let mut list = Vec::new();
	for (weight, state) in weighted() {
		list.extend(weight.to_le_bytes());
		list.extend((state.len() as u32).to_le_bytes());
		list.extend(state);
	}
	let mean = program.aggregate(&config(), weighted()).unwrap();
	assert_eq!(mean, softmax::aggregate(&config(), &list).unwrap());

	let set = records(200, 99);
	let verdict = program.evaluate(&config(), &state, &set).unwrap();
	let mut bytes = [verdict.right.to_le_bytes(), verdict.total.to_le_bytes()].concat();
	for (label, margin) in &verdict.verdicts {
		bytes.extend(label.to_le_bytes());
		bytes.extend(margin.to_le_bytes());
	}
	assert_eq!(bytes, softmax::evaluate(&config(), &state, &set).unwrap());
	assert_eq!((verdict.total, verdict.verdicts.len()), (200, 200));
	assert!(verdict.right > 120, "it learns: {} of 200", verdict.right);
	// What every machine must come to, whatever compiled it.
	assert_eq!(
		blake3::hash(&state).to_hex().as_str(),
		"58c400a74e81edf56034814b2e7fffeb14eed08d5cae5884bab6fafc3c1a715b"
	);
	assert_eq!(
		blake3::hash(&mean).to_hex().as_str(),
		"59f8c8fd24b12df90b98eaadaec27af034b2f8898c1b359c6e24de1a31adffec"
	);
}

#[test]
fn a_nan_has_the_same_bits_everywhere() {
	let wasm = module(
		r#"(func (export "init") (param i32 i32) (result i64)
			(f32.store (i32.const 0) (f32.div (f32.const 0) (f32.const -0)))
			(f32.store (i32.const 4) (f32.sqrt (f32.const -1)))
			i64.const 8)"#,
	);
	let program = Program::load(&wasm, Limits::default()).unwrap();
	let canonical = 0x7fc0_0000u32.to_le_bytes();
	assert_eq!(program.init(&[1]).unwrap(), [canonical, canonical].concat());
}

#[test]
fn a_malformed_argument_is_an_error_not_a_state() {
	let program = Program::load(SOFTMAX, Limits::default()).unwrap();
	assert!(matches!(
		program.init(&[]),
		Err(Error::Trap { call: "init", .. })
	));
	let state = program.init(&config()).unwrap();
	assert!(matches!(
		program.step(&config(), &state, &[]),
		Err(Error::Trap { .. })
	));
}

fn module(body: &str) -> Vec<u8> {
	wat::parse_str(format!(
		r#"(module (memory (export "memory") 1)
			(func (export "alloc") (param i32) (result i32) i32.const 1024)
			(func (export "step") (param i32 i32 i32 i32 i32 i32) (result i64) i64.const 0)
			(func (export "aggregate") (param i32 i32 i32 i32) (result i64) i64.const 0)
			(func (export "evaluate") (param i32 i32 i32 i32 i32 i32) (result i64) i64.const 0)
			{body})"#
	))
	.unwrap()
}

#[test]
fn a_program_that_never_ends_runs_out_of_fuel() {
	let wasm =
		module(r#"(func (export "init") (param i32 i32) (result i64) (loop (br 0)) i64.const 0)"#);
	let program = Program::load(
		&wasm,
		Limits {
			fuel: 1_000_000,
			memory: 1 << 20,
		},
	)
	.unwrap();
	assert!(matches!(program.init(&[1]), Err(Error::Fuel("init"))));
}

#[test]
fn a_result_outside_its_memory_is_refused() {
	let wasm = module(r#"(func (export "init") (param i32 i32) (result i64) i64.const -1)"#);
	let program = Program::load(&wasm, Limits::default()).unwrap();
	assert!(matches!(program.init(&[1]), Err(Error::Result("init"))));
}

#[test]
fn memory_is_limited() {
	let wasm = module(
		r#"(func (export "init") (param i32 i32) (result i64)
			(if (i32.eq (memory.grow (i32.const 4096)) (i32.const -1)) (then unreachable)) i64.const 0)"#,
	);
	let program = Program::load(
		&wasm,
		Limits {
			fuel: 1_000_000,
			memory: 1 << 20,
		},
	)
	.unwrap();
	assert!(matches!(
		program.init(&[1]),
		Err(Error::Trap { call: "init", .. })
	));
	assert!(matches!(
		program.init(&vec![0; 2 << 20]),
		Err(Error::Argument("init"))
	));
}

#[test]
fn instructions_that_work_without_end_are_refused() {
	for body in [
		r#"(func (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)))"#,
		r#"(func (memory.copy (i32.const 0) (i32.const 8) (i32.const 65528)))"#,
		r#"(table $t 1 funcref) (func (drop (table.grow $t (ref.null func) (i32.const 1))))"#,
	] {
		let wasm = module(&format!(
			r#"{body} (func (export "init") (param i32 i32) (result i64) i64.const 0)"#
		));
		assert!(matches!(
			Program::load(&wasm, Limits::default()),
			Err(Error::Invalid(_))
		));
	}
}

#[test]
fn a_few_bytes_do_not_make_much_to_compile() {
	let many = format!("(func (local {}))", "i64 ".repeat(50_000));
	let wasm = |functions: usize| {
		module(&format!(
			r#"{} (func (export "init") (param i32 i32) (result i64) i64.const 0)"#,
			many.repeat(functions)
		))
	};
	assert!(wasm(21).len() < 1_000);
	assert!(matches!(
		Program::load(&wasm(21), Limits::default()),
		Err(Error::Invalid(why)) if why.contains("local variables")
	));
}

#[test]
fn tables_are_limited() {
	let wasm = |elements: u32| {
		module(&format!(
			r#"(table {elements} funcref)
			(func (export "init") (param i32 i32) (result i64) i64.const 0)"#
		))
	};
	let program = Program::load(&wasm(10_000), Limits::default()).unwrap();
	assert_eq!(program.init(&[1]).unwrap(), []);
	let program = Program::load(&wasm(10_001), Limits::default()).unwrap();
	assert!(matches!(program.init(&[1]), Err(Error::Trap { .. })));
}

#[test]
fn a_program_that_recurses_without_end_fails() {
	let wasm = module(
		r#"(func $deeper (result i64) (call $deeper))
		(func (export "init") (param i32 i32) (result i64) (call $deeper))"#,
	);
	let program = Program::load(&wasm, Limits::default()).unwrap();
	assert!(matches!(program.init(&[1]), Err(Error::Trap { .. })));
}

#[test]
fn an_allocator_that_never_ends_is_named() {
	let wasm = wat::parse_str(
		r#"(module (memory (export "memory") 1)
			(func (export "alloc") (param i32) (result i32) (loop (br 0)) i32.const 0)
			(func (export "init") (param i32 i32) (result i64) i64.const 0)
			(func (export "step") (param i32 i32 i32 i32 i32 i32) (result i64) i64.const 0)
			(func (export "aggregate") (param i32 i32 i32 i32) (result i64) i64.const 0)
			(func (export "evaluate") (param i32 i32 i32 i32 i32 i32) (result i64) i64.const 0))"#,
	)
	.unwrap();
	let limits = Limits {
		fuel: 1_000_000,
		memory: 1 << 20,
	};
	let program = Program::load(&wasm, limits).unwrap();
	assert!(matches!(program.init(&[1]), Err(Error::Fuel("alloc"))));
}

#[test]
fn imports_and_missing_exports_are_named() {
	let imports = wat::parse_str(r#"(module (import "env" "clock" (func)))"#).unwrap();
	let error = Program::load(&imports, Limits::default()).err().unwrap();
	assert!(error.to_string().contains("env.clock"), "{error}");
	let empty = wat::parse_str("(module)").unwrap();
	assert!(matches!(
		Program::load(&empty, Limits::default()),
		Err(Error::Export("memory"))
	));
	assert!(matches!(
		Program::load(b"not wasm", Limits::default()),
		Err(Error::Invalid(_))
	));
	let another_type = module(r#"(global (export "init") i32 (i32.const 0))"#);
	assert!(matches!(
		Program::load(&another_type, Limits::default()),
		Err(Error::Export("init"))
	));
	assert!(matches!(
		Program::load(&vec![0; (1 << 20) + 1], Limits::default()),
		Err(Error::TooLarge(1_048_577))
	));
}
