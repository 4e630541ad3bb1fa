//! Step programs of strangers: any bytes, and modules that are valid by construction. Loading and
//! running them ends, within its memory, and always the same way.
#![no_main]

use guerdon_fuzz::seeds;
use guerdon_runner::{Error, Limits, Program, MAX_PROGRAM_BYTES, SOFTMAX};
use libfuzzer_sys::{arbitrary::Unstructured, fuzz_target};
use std::{fmt::Debug, sync::LazyLock};
use wasm_smith::{Config, Module};

const LIMITS: Limits = Limits {
	fuel: 100_000,
	memory: 1 << 20,
};

/// What a step program must export.
const EXPORTS: &str = r#"
	(memory (export "memory") 1)
	(func (export "alloc") (param i32) (result i32) i32.const 1024)
	(func (export "step") (param i32 i32 i32 i32 i32 i32) (result i64) i64.const 0)
	(func (export "aggregate") (param i32 i32 i32 i32) (result i64) i64.const 0)
	(func (export "evaluate") (param i32 i32 i32 i32 i32 i32) (result i64) i64.const 0)"#;

const BODIES: [&str; 4] = [
	r#"(func (export "init") (param i32 i32) (result i64) i64.const 34359738376)"#,
	r#"(func (export "init") (param i32 i32) (result i64) (loop (br 0)) i64.const 0)"#,
	r#"(func $f (param f64) (result f64) local.get 0 f64.sqrt)
		(func (export "init") (param i32 i32) (result i64) f64.const -1 call $f i64.reinterpret_f64)"#,
	r#"(table 2 funcref) (elem (i32.const 0) 0) (global (mut i32) i32.const 3)
		(data (i32.const 8) "data") (func (export "init") (param i32 i32) (result i64)
		(if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable)) i64.const 8)"#,
];

fn module(body: &str) -> Vec<u8> {
	wat::parse_str(format!("(module {EXPORTS} {body})")).expect("it is a module")
}

/// WebAssembly 1.0 with these exports and no imports.
static SHAPE: LazyLock<Config> = LazyLock::new(|| Config {
	exports: Some(module(BODIES[0])),
	max_imports: 0,
	max_memory32_bytes: 4 << 20,
	max_table_elements: 20_000,
	max_memories: 1,
	max_tables: 1,
	allow_start_export: true,
	bulk_memory_enabled: false,
	exceptions_enabled: false,
	extended_const_enabled: false,
	gc_enabled: false,
	memory64_enabled: false,
	multi_value_enabled: false,
	reference_types_enabled: false,
	relaxed_simd_enabled: false,
	saturating_float_to_int_enabled: false,
	sign_extension_ops_enabled: false,
	simd_enabled: false,
	tail_call_enabled: false,
	threads_enabled: false,
	..Config::default()
});

fn made() -> Vec<Vec<u8>> {
	let modules = BODIES.map(|body| [&[0], &module(body)[..]].concat());
	let grown = (1..8u8).map(|seed| {
		let noise = (0..600u16).map(|at| (at as u8).wrapping_mul(seed | 1).rotate_left(3));
		[1].into_iter().chain(noise).collect()
	});
	modules
		.into_iter()
		.chain([[&[0], SOFTMAX].concat()])
		.chain(grown)
		.collect()
}

fn outcome<T: Debug>(result: Result<T, Error>) -> String {
	match result {
		Ok(value) => format!("{value:?}"),
		Err(error) => error.to_string(),
	}
}

fn run(program: &Program) {
	let calls: [fn(&Program) -> String; 4] = [
		|program| outcome(program.init(b"a config")),
		|program| outcome(program.step(b"a config", b"a state", b"a batch")),
		|program| outcome(program.aggregate(b"a config", [(1, &b"one"[..]), (2, b"other")])),
		|program| outcome(program.evaluate(b"a config", b"a state", b"a set")),
	];
	for call in calls {
		let first = call(program);
		// Nothing is carried from one call to the next.
		assert_eq!(call(program), first);
	}
	if let Ok(state) = program.init(b"") {
		assert!(state.len() <= LIMITS.memory);
	}
}

fuzz_target!(init: seeds(made), |data: &[u8]| {
	let Some((kind, bytes)) = data.split_first() else {
		return;
	};
	let wasm = if *kind == 0 {
		bytes.to_vec()
	} else {
		match Module::new(SHAPE.clone(), &mut Unstructured::new(bytes)) {
			Ok(module) => module.to_bytes(),
			Err(_) => return,
		}
	};
	let loaded = Program::load(&wasm, LIMITS);
	if wasm.len() > MAX_PROGRAM_BYTES {
		assert!(matches!(loaded, Err(Error::TooLarge(_))));
		return;
	}
	match loaded {
		Ok(program) => {
			assert_eq!(program.digest(), *blake3::hash(&wasm).as_bytes());
			run(&program);
		}
		Err(why) => {
			let again = Program::load(&wasm, LIMITS).err().map(|why| why.to_string());
			assert_eq!(again, Some(why.to_string()));
		}
	}
});
