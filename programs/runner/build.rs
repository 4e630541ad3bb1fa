//! Builds the reference step program to wasm, so that [`SOFTMAX`] can be embedded.

use std::{env, path::PathBuf, process::Command};

fn main() {
	let softmax =
		PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../softmax");
	let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
	// The lock file names the mathematics library, the workspace's manifest the profile.
	for input in [".", "../../Cargo.lock", "../../Cargo.toml"] {
		println!("cargo:rerun-if-changed={}", softmax.join(input).display());
	}
	println!("cargo:rerun-if-env-changed=WASM_BUILD_TOOLCHAIN");
	let mut cargo = match env::var("WASM_BUILD_TOOLCHAIN") {
		Ok(toolchain) => {
			let mut rustup = Command::new("rustup");
			rustup.args(["run", &toolchain, "cargo"]);
			rustup
		}
		Err(_) => Command::new("cargo"),
	};
	// The native build's flags and compiler must not leak into this one.
	for name in [
		"CARGO",
		"RUSTC",
		"RUSTC_WRAPPER",
		"RUSTC_WORKSPACE_WRAPPER",
		"RUSTUP_TOOLCHAIN",
	] {
		cargo.env_remove(name);
	}
	cargo
		.env("CARGO_ENCODED_RUSTFLAGS", "-Clink-arg=--strip-all")
		.env("CARGO_TARGET_DIR", out.join("wasm"));
	let done = cargo
		.args([
			"rustc",
			"--quiet",
			"--locked",
			"--release",
			"--target",
			"wasm32v1-none",
			"--lib",
		])
		.args(["--crate-type", "cdylib", "--manifest-path"])
		.arg(softmax.join("Cargo.toml"))
		.status();
	assert!(
		done.as_ref().is_ok_and(|status| status.success()),
		"could not build the step program to wasm ({done:?}): run scripts/setup.sh, which installs the target"
	);
	let module = out.join("wasm/wasm32v1-none/release/guerdon_program_softmax.wasm");
	println!("cargo:rustc-env=GUERDON_SOFTMAX_WASM={}", module.display());
}
