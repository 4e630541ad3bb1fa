//! The module's exports: pointers and lengths in, `pointer << 32 | length` out.

use alloc::vec::Vec;

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
	core::arch::wasm32::unreachable()
}

/// Memory for the host to write an argument into; it lives as long as the instance.
#[no_mangle]
extern "C" fn alloc(length: u32) -> *mut u8 {
	Vec::<u8>::with_capacity(length as usize)
		.leak()
		.as_mut_ptr()
}

/// # Safety
/// The host wrote `length` bytes at `pointer`, which [`alloc`] gave it.
unsafe fn argument<'a>(pointer: *const u8, length: u32) -> &'a [u8] {
	core::slice::from_raw_parts(pointer, length as usize)
}

fn give(result: Result<Vec<u8>, crate::Error>) -> u64 {
	match result {
		Ok(bytes) => {
			let bytes = bytes.leak();
			((bytes.as_ptr() as u64) << 32) | bytes.len() as u64
		}
		Err(_) => core::arch::wasm32::unreachable(),
	}
}

/// See [`crate::init`].
#[no_mangle]
unsafe extern "C" fn init(config: *const u8, config_length: u32) -> u64 {
	give(crate::init(argument(config, config_length)))
}

/// See [`crate::step`].
#[no_mangle]
unsafe extern "C" fn step(
	config: *const u8,
	config_length: u32,
	state: *const u8,
	state_length: u32,
	batch: *const u8,
	batch_length: u32,
) -> u64 {
	give(crate::step(
		argument(config, config_length),
		argument(state, state_length),
		argument(batch, batch_length),
	))
}

/// See [`crate::aggregate`].
#[no_mangle]
unsafe extern "C" fn aggregate(
	config: *const u8,
	config_length: u32,
	states: *const u8,
	states_length: u32,
) -> u64 {
	give(crate::aggregate(
		argument(config, config_length),
		argument(states, states_length),
	))
}

/// See [`crate::evaluate`].
#[no_mangle]
unsafe extern "C" fn evaluate(
	config: *const u8,
	config_length: u32,
	state: *const u8,
	state_length: u32,
	set: *const u8,
	set_length: u32,
) -> u64 {
	give(crate::evaluate(
		argument(config, config_length),
		argument(state, state_length),
		argument(set, set_length),
	))
}
