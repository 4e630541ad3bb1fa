#!/usr/bin/env bash
# Measures what the calls of our pallets weigh, on this machine, and writes pallets/*/src/weights.rs.
#
#   ./scripts/weights.sh [PALLET…]     all of them unless named, e.g. settlement training
#
# The runtime is built with other features than everywhere else, so it has a target folder of its
# own; with the bencher that takes about an hour the first time. Run it with nothing beside it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
guerdon_setup
cd "$guerdon_root"
[ $# -gt 0 ] || set -- datasets attestors training valuation settlement

bencher=frame-omni-bencher
bencher_version=0.28.0
if [ "$($bencher --version 2>/dev/null)" != "$bencher $bencher_version" ]; then
	say "installing $bencher $bencher_version"
	# One of its dependencies builds a runtime that only another of its commands needs, and cannot
	# build it from the registry.
	SKIP_WASM_BUILD=1 CARGO_TARGET_DIR="$guerdon_cache/bencher" cargo install --quiet --locked "$bencher" --version "$bencher_version"
fi

say "build the runtime with its benchmarks"
export CARGO_TARGET_DIR="$guerdon_cache/weights"
cargo build --release -p guerdon-runtime --features runtime-benchmarks
for pallet in "$@"; do
	say "measure pallet_$pallet"
	"$bencher" v1 benchmark pallet --quiet \
		--runtime "$CARGO_TARGET_DIR/release/wbuild/guerdon-runtime/guerdon_runtime.compact.compressed.wasm" \
		--pallet "pallet_$pallet" --extrinsic '*' --steps "${GUERDON_BENCH_STEPS:-20}" --repeat "${GUERDON_BENCH_REPEAT:-10}" \
		--template scripts/weights.hbs --output "pallets/$pallet/src/weights.rs"
done
cargo fmt --all
