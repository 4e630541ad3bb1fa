#!/usr/bin/env bash
# Builds the simulator and runs it: see docs/simulator.md. `--help` says what can be chosen.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
guerdon_setup
cd "$guerdon_root"
cargo build --release --quiet "${node_packages[@]}" --bin simulate
exec "$guerdon_target/release/simulate" "$@"
