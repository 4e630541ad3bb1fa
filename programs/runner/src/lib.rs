#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

use wasmparser::{BinaryReaderError, Parser, Payload, Validator, WasmFeatures};
use wasmtime::{
	Config, Engine, ExternType, FuncType, Instance, Memory, Module, Store, StoreLimits,
	StoreLimitsBuilder, ValType,
};

/// Largest step program in bytes: compiling is not metered, so what is compiled is bounded.
pub const MAX_PROGRAM_BYTES: usize = 1 << 20;

/// Most elements of a program's table of functions.
const MAX_TABLE_ELEMENTS: usize = 10_000;

/// Most local variables of all functions together: a few bytes declare fifty thousand of them, and
/// the compiler looks at each.
const MAX_LOCALS: u64 = 1 << 20;

/// The functions of a step program and how many (pointer, length) pairs each takes.
const CALLS: [(&str, usize); 4] = [("init", 1), ("step", 3), ("aggregate", 2), ("evaluate", 3)];

/// The reference step program: softmax regression.
pub const SOFTMAX: &[u8] = include_bytes!(env!("GUERDON_SOFTMAX_WASM"));

/// Why a program was refused or a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// Not a wasm module, or one that uses what step programs may not.
	#[error("this is not a valid step program: {0}")]
	Invalid(String),
	/// Longer than [`MAX_PROGRAM_BYTES`].
	#[error("the program has {0} bytes: a step program may have {MAX_PROGRAM_BYTES}")]
	TooLarge(usize),
	/// A step program imports nothing.
	#[error("the program imports '{0}': a step program may import nothing")]
	Imports(String),
	/// An export is missing or has another type.
	#[error("the program does not export '{0}' as a step program must")]
	Export(&'static str),
	/// The program stopped by itself: an argument it cannot use, or a bug in it.
	#[error("'{call}' failed: {why}")]
	Trap {
		/// The exported function.
		call: &'static str,
		/// What wasmtime says of it.
		why: String,
	},
	/// The instructions of one call ran out.
	#[error("'{0}' used up its fuel: the program needs more instructions than a call may take")]
	Fuel(&'static str),
	/// The result lies outside the program's memory.
	#[error("'{0}' gave a result outside its own memory")]
	Result(&'static str),
	/// An argument is longer than 4 GiB or does not fit in the memory limit.
	#[error("an argument of '{0}' does not fit in the program's memory limit")]
	Argument(&'static str),
}

/// What one call may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
	/// Wasm instructions, as wasmtime counts fuel.
	pub fuel: u64,
	/// Bytes of linear memory.
	pub memory: usize,
}

impl Default for Limits {
	fn default() -> Self {
		Limits {
			fuel: 20_000_000_000,
			memory: 1 << 30,
		}
	}
}

/// How a state labels a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
	/// Records labelled as given.
	pub right: u32,
	/// Records in the set.
	pub total: u32,
	/// For each record the label chosen and the margin to the next likely one, in 65,535ths.
	pub verdicts: Vec<(u16, u16)>,
}

impl Evaluation {
	/// Correct answers per million.
	pub fn per_million(&self) -> u32 {
		(u64::from(self.right) * 1_000_000)
			.checked_div(u64::from(self.total))
			.unwrap_or(0) as u32
	}
}

/// A loaded step program.
#[derive(Clone)]
pub struct Program {
	engine: Engine,
	module: Module,
	digest: [u8; 32],
	limits: Limits,
}

impl Program {
	/// Compiles `wasm`: a module of WebAssembly 1.0 with mutable globals, which is what Rust's target
	/// `wasm32v1-none` makes. Later features are refused, above all those whose instructions do an
	/// unbounded amount of work for one unit of fuel.
	///
	/// # Errors
	/// [`Error::TooLarge`], [`Error::Invalid`], [`Error::Imports`], [`Error::Export`].
	pub fn load(wasm: &[u8], limits: Limits) -> Result<Self, Error> {
		if wasm.len() > MAX_PROGRAM_BYTES {
			return Err(Error::TooLarge(wasm.len()));
		}
		let invalid = |error: BinaryReaderError| Error::Invalid(error.to_string());
		Validator::new_with_features(WasmFeatures::WASM1)
			.validate_all(wasm)
			.map_err(invalid)?;
		let locals = locals(wasm).map_err(invalid)?;
		if locals > MAX_LOCALS {
			return Err(Error::Invalid(format!(
				"its functions have {locals} local variables, {MAX_LOCALS} are allowed"
			)));
		}
		let mut config = Config::new();
		config.consume_fuel(true);
		config.cranelift_nan_canonicalization(true);
		config.wasm_relaxed_simd(false);
		config.wasm_simd(false);
		config.wasm_threads(false);
		config.max_wasm_stack(1 << 20);
		let engine = Engine::new(&config).map_err(|error| Error::Invalid(error.to_string()))?;
		let module =
			Module::new(&engine, wasm).map_err(|error| Error::Invalid(format!("{error:#}")))?;
		if let Some(import) = module.imports().next() {
			return Err(Error::Imports(format!(
				"{}.{}",
				import.module(),
				import.name()
			)));
		}
		if !matches!(module.get_export("memory"), Some(ExternType::Memory(_))) {
			return Err(Error::Export("memory"));
		}
		exports(&module, "alloc", 1, ValType::I32)?;
		for (name, pairs) in CALLS {
			exports(&module, name, pairs * 2, ValType::I64)?;
		}
		Ok(Program {
			engine,
			module,
			digest: *blake3::hash(wasm).as_bytes(),
			limits,
		})
	}

	/// BLAKE3 of the module: what a run commits to.
	pub fn digest(&self) -> [u8; 32] {
		self.digest
	}

	/// The state before any training.
	///
	/// # Errors
	/// See [`Error`].
	pub fn init(&self, config: &[u8]) -> Result<Vec<u8>, Error> {
		self.call("init", [config])
	}

	/// The state after one more batch.
	///
	/// # Errors
	/// See [`Error`].
	pub fn step(&self, config: &[u8], state: &[u8], batch: &[u8]) -> Result<Vec<u8>, Error> {
		self.call("step", [config, state, batch])
	}

	/// The weighted mean of states; `states` are (weight, state).
	///
	/// # Errors
	/// See [`Error`].
	pub fn aggregate<'a>(
		&self,
		config: &[u8],
		states: impl IntoIterator<Item = (u64, &'a [u8])>,
	) -> Result<Vec<u8>, Error> {
		let mut list = Vec::new();
		for (weight, state) in states {
			let length = u32::try_from(state.len()).map_err(|_| Error::Argument("aggregate"))?;
			list.extend(weight.to_le_bytes());
			list.extend(length.to_le_bytes());
			list.extend(state);
		}
		self.call("aggregate", [config, &list])
	}

	/// How `state` labels `set`.
	///
	/// # Errors
	/// See [`Error`].
	pub fn evaluate(&self, config: &[u8], state: &[u8], set: &[u8]) -> Result<Evaluation, Error> {
		let bytes = self.call("evaluate", [config, state, set])?;
		let wrong = || Error::Result("evaluate");
		let (head, verdicts) = bytes.split_at_checked(8).ok_or_else(wrong)?;
		let four =
			|at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
		let (right, total) = (four(0), four(4));
		if verdicts.len() as u64 != u64::from(total) * 4 || right > total {
			return Err(wrong());
		}
		let verdicts = verdicts
			.chunks_exact(4)
			.map(|v| {
				(
					u16::from_le_bytes([v[0], v[1]]),
					u16::from_le_bytes([v[2], v[3]]),
				)
			})
			.collect();
		Ok(Evaluation {
			right,
			total,
			verdicts,
		})
	}

	/// Every call gets a fresh instance: nothing can be carried from one to the next.
	fn call<const N: usize>(
		&self,
		name: &'static str,
		arguments: [&[u8]; N],
	) -> Result<Vec<u8>, Error> {
		let limits = StoreLimitsBuilder::new()
			.memory_size(self.limits.memory)
			.memories(1)
			.tables(1)
			.table_elements(MAX_TABLE_ELEMENTS)
			.instances(1)
			.build();
		let mut store: Store<StoreLimits> = Store::new(&self.engine, limits);
		store.limiter(|limits| limits);
		store
			.set_fuel(self.limits.fuel)
			.map_err(|error| stopped(name, &error))?;
		let instance =
			Instance::new(&mut store, &self.module, &[]).map_err(|error| stopped(name, &error))?;
		let memory = instance
			.get_memory(&mut store, "memory")
			.ok_or(Error::Export("memory"))?;
		let mut pairs = Vec::with_capacity(N * 2);
		for argument in arguments {
			let (pointer, length) = place(&mut store, &instance, memory, name, argument)?;
			pairs.push(wasmtime::Val::I32(pointer as i32));
			pairs.push(wasmtime::Val::I32(length as i32));
		}
		let function = instance
			.get_func(&mut store, name)
			.ok_or(Error::Export(name))?;
		let mut result = [wasmtime::Val::I64(0)];
		function
			.call(&mut store, &pairs, &mut result)
			.map_err(|error| stopped(name, &error))?;
		let packed = result[0].i64().ok_or(Error::Export(name))? as u64;
		let (pointer, length) = ((packed >> 32) as usize, (packed & 0xffff_ffff) as usize);
		pointer
			.checked_add(length)
			.and_then(|end| memory.data(&store).get(pointer..end))
			.map(<[u8]>::to_vec)
			.ok_or(Error::Result(name))
	}
}

fn locals(wasm: &[u8]) -> Result<u64, BinaryReaderError> {
	let mut sum = 0u64;
	for payload in Parser::new(0).parse_all(wasm) {
		if let Payload::CodeSectionEntry(body) = payload? {
			for local in body.get_locals_reader()? {
				sum += u64::from(local?.0);
			}
		}
	}
	Ok(sum)
}

/// Whether a module exports a function of so many 32-bit numbers under this name.
fn exports(
	module: &Module,
	name: &'static str,
	parameters: usize,
	result: ValType,
) -> Result<(), Error> {
	let parameters = std::iter::repeat_n(ValType::I32, parameters);
	let wanted = FuncType::new(module.engine(), parameters, [result]);
	match module.get_export(name) {
		Some(ExternType::Func(found)) if FuncType::eq(&found, &wanted) => Ok(()),
		_ => Err(Error::Export(name)),
	}
}

fn stopped(call: &'static str, error: &wasmtime::Error) -> Error {
	match error.downcast_ref::<wasmtime::Trap>() {
		Some(wasmtime::Trap::OutOfFuel) => Error::Fuel(call),
		_ => Error::Trap {
			call,
			why: error.root_cause().to_string(),
		},
	}
}

/// Has the program make room for an argument of `call`, and puts it there.
fn place(
	store: &mut Store<StoreLimits>,
	instance: &Instance,
	memory: Memory,
	call: &'static str,
	argument: &[u8],
) -> Result<(u32, u32), Error> {
	let length = u32::try_from(argument.len()).map_err(|_| Error::Argument(call))?;
	let alloc = instance
		.get_typed_func::<u32, u32>(&mut *store, "alloc")
		.map_err(|_| Error::Export("alloc"))?;
	let pointer = alloc
		.call(&mut *store, length)
		.map_err(|error| stopped("alloc", &error))?;
	memory
		.write(&mut *store, pointer as usize, argument)
		.map_err(|_| Error::Argument(call))?;
	Ok((pointer, length))
}
