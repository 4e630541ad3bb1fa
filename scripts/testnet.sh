#!/usr/bin/env bash
# Four validators on this machine, on a chain that is kept. `--help` says what can be chosen.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

guerdon_setup
cd "$guerdon_root"
cargo build --release "${node_packages[@]}"
exec python3 "$guerdon_root/scripts/testnet.py" --bin "$guerdon_target/release" "$@"
