#!/usr/bin/env bash
# Installs what a bare Debian machine lacks to build Guerdon, and nothing that is already there.
# Sourced by the other scripts; running it by itself prepares plain `cargo build` too.
#
#   GUERDON_TARGET_DIR   where builds go (default: ${XDG_CACHE_HOME:-~/.cache}/guerdon/target)
set -euo pipefail

guerdon_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
guerdon_cache="${XDG_CACHE_HOME:-$HOME/.cache}/guerdon"
guerdon_target="${GUERDON_TARGET_DIR:-$guerdon_cache/target}"
wasm_target="wasm32v1-none"

# Cargo unites the features of everything that one command builds. Two groups, always named in
# full, keep the node's dependencies from being built again when only the clients change.
node_packages=(-p guerdon-node -p guerdon-index -p guerdon-runtime -p guerdon-runtime-api
	-p guerdon-simulator -p pallet-datasets -p pallet-attestors -p pallet-training
	-p pallet-contributions -p pallet-valuation -p pallet-settlement
	-p guerdon-share-tree -p guerdon-content -p guerdon-receipt -p guerdon-valuation)
# The same without the node, which is no library.
library_packages=("${node_packages[@]:2}")
client_packages=(-p guerdon-client -p guerdon-cli -p guerdon-runner -p guerdon-program-softmax
	-p guerdon-benches)

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"
	elif command -v sudo >/dev/null; then sudo "$@"
	else die "'$*' needs root: run it yourself, or install sudo, and start again"; fi
}

apt_install() { # PACKAGE… : installs those that are missing
	local missing=() package
	for package in "$@"; do
		dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
	done
	[ ${#missing[@]} = 0 ] && return 0
	command -v apt-get >/dev/null || die "please install: ${missing[*]} (there is no apt-get here to do it)"
	say "installing ${missing[*]}"
	as_root apt-get update -qq
	DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

need_rustup() {
	[ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
	command -v rustup >/dev/null && command -v cargo >/dev/null && return 0
	die "Guerdon is built with rustup's Rust, and there is none here. Install it with

    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y

(or Debian's package: apt-get install rustup && rustup default stable), then start again."
}

# Only a compilation tells: lists of targets outlive the files, and files the compiler they fit.
has_core() { # RUSTC : it has a standard library for the wasm target that it can use
	local work found=0
	work="$(mktemp -d)"
	printf '#![no_std]\nextern crate alloc;\n' |
		"$1" - --crate-type lib --crate-name empty --emit metadata --target "$wasm_target" --out-dir "$work" 2>/dev/null || found=1
	rm -rf "$work"
	return $found
}

# rustup's own copy of the target, where rustup can download it.
wasm_by_rustup() {
	has_core rustc && return 0
	[ -e "$guerdon_cache/wasm-by-debian" ] && return 1
	say "adding the target $wasm_target"
	timeout 120 rustup target add "$wasm_target" >/dev/null 2>&1 && has_core rustc
}

# Debian's compiler brings the standard library's source: build core and alloc for the target from it.
wasm_by_debian() {
	apt_install rustc-web cargo-web rust-web-src lld-22
	local rustc=/usr/bin/rustc cargo=/usr/bin/cargo libdir work
	libdir="$("$rustc" --print target-libdir --target "$wasm_target")"
	if ! has_core "$rustc"; then
		say "building core and alloc for $wasm_target with $("$rustc" --version | cut -d' ' -f1,2)"
		work="$(mktemp -d)"
		mkdir "$work/src"
		printf '#![no_std]\n' >"$work/src/lib.rs"
		printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/Cargo.toml"
		# Without embed-bitcode the link-time optimisation of the runtime fails.
		(cd "$work" && env -u RUSTUP_TOOLCHAIN CARGO="$cargo" RUSTC="$rustc" RUSTC_BOOTSTRAP=1 \
			RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR="$work/target" \
			"$cargo" build -q --release --target "$wasm_target" -Zbuild-std=core,alloc) ||
			die "Debian's compiler could not build the standard library for $wasm_target"
		as_root mkdir -p "$libdir"
		as_root rm -f "$libdir"/lib{core,alloc,compiler_builtins}-*.rlib
		as_root cp "$work/target/$wasm_target"/release/deps/lib{core,alloc,compiler_builtins}-*.rlib "$libdir/"
		rm -rf "$work"
	fi
	rustup toolchain list | grep -q '^guerdon-wasm' || rustup toolchain link guerdon-wasm /usr
	touch "$guerdon_cache/wasm-by-debian"
	export WASM_BUILD_TOOLCHAIN=guerdon-wasm
}

# `.cargo/config.toml` is generated and ignored: it makes plain cargo calls agree with the scripts,
# so that nothing is built twice.
write_cargo_config() {
	local config
	config="$(printf '# Written by scripts/setup.sh\n[build]\ntarget-dir = "%s"\n\n[env]\nWASM_BUILD_WORKSPACE_HINT = "%s"\n' \
		"$guerdon_target" "$guerdon_root")"
	[ -z "${WASM_BUILD_TOOLCHAIN:-}" ] ||
		config="$(printf '%s\nWASM_BUILD_TOOLCHAIN = "%s"\n' "$config" "$WASM_BUILD_TOOLCHAIN")"
	mkdir -p "$guerdon_root/.cargo"
	[ "$config" = "$(cat "$guerdon_root/.cargo/config.toml" 2>/dev/null)" ] ||
		printf '%s\n' "$config" >"$guerdon_root/.cargo/config.toml"
}

# Cargo tells a member of the workspace by its place in the clone and by the age of its files, so of
# two clones that share a target folder the older one would be given what the other one built.
own_target() {
	local owner="$guerdon_target/.clone"
	[ "$guerdon_root" = "$(cat "$owner" 2>/dev/null)" ] && return 0
	find "$guerdon_root" \( -name .git -o -path "$guerdon_target" \) -prune -o -type f -exec touch {} +
	printf '%s\n' "$guerdon_root" >"$owner"
}

guerdon_setup() {
	need_rustup
	mkdir -p "$guerdon_cache" "$guerdon_target"
	apt_install build-essential pkg-config protobuf-compiler clang libclang-dev curl ca-certificates
	unset WASM_BUILD_TOOLCHAIN
	wasm_by_rustup || wasm_by_debian
	export CARGO_TARGET_DIR="$guerdon_target" WASM_BUILD_WORKSPACE_HINT="$guerdon_root"
	write_cargo_config
	own_target
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	guerdon_setup
	say "ready: cargo build --release, cargo test --release, cargo run --release -p guerdon-node -- --dev"
fi
