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
cargo fmt --manifest-path fuzz/Cargo.toml -- --check

say "what documents say of tests, targets and weights"
python3 scripts/check_docs.py

say "the bugs that tests must find can still be put in"
python3 -B scripts/mutants.py check

say "the auditor"
python3 -B -m unittest discover --quiet --start-directory scripts/audit/tests

say "the share tree of the benches"
python3 -B -m unittest discover --quiet --start-directory benches

say "build and test the chain (the first build takes about half an hour on two cores)"
cargo nextest run --release "${node_packages[@]}" --no-fail-fast

say "build and test the clients"
cargo nextest run --release "${client_packages[@]}" --no-fail-fast

say "examples in the documentation"
cargo test --release --doc --quiet "${library_packages[@]}"

say "lints (this is also the check that benchmarks and try-runtime build)"
# With these features the runtime is another unit than the one that was built and tested: its wasm
# would only be built again.
SKIP_WASM_BUILD=1 cargo clippy --release --all-targets "${node_packages[@]}" \
	--features guerdon-runtime/runtime-benchmarks,guerdon-runtime/try-runtime -- -D warnings
cargo clippy --release --all-targets "${client_packages[@]}" -- -D warnings

say "all checks passed"
