#!/usr/bin/env bash
# Every check of the project: format, lints, every test.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
guerdon_setup
cd "$guerdon_root"

rustup component list --installed 2>/dev/null | grep -q '^rustfmt' || rustup component add rustfmt
rustup component list --installed 2>/dev/null | grep -q '^clippy' || rustup component add clippy
command -v cargo-nextest >/dev/null || { say "installing cargo-nextest"; cargo install --quiet --locked cargo-nextest; }

say "format"
cargo fmt --all -- --check

say "build (the first one takes about half an hour on two cores)"
cargo build --release --workspace --bins

say "tests"
cargo nextest run --release --workspace --no-fail-fast
cargo test --release --workspace --doc --quiet

say "lints (this is also the check that benchmarks and try-runtime build)"
cargo clippy --release --workspace --all-targets \
	--features guerdon-runtime/runtime-benchmarks,guerdon-runtime/try-runtime -- -D warnings

say "all checks passed"
