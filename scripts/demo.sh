#!/usr/bin/env bash
# From a dataset to a paid credit, on a live development chain. `--help` says what can be chosen.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

for argument in "$@"; do
	case "$argument" in
		-h | --help) exec python3 "$guerdon_root/scripts/demo.py" --help ;;
	esac
done

guerdon_setup
apt_install python3
cd "$guerdon_root"
say "build (the first one takes about half an hour on two cores, later ones seconds)"
cargo build --release "${node_packages[@]}"
cargo build --release "${client_packages[@]}"
exec python3 scripts/demo.py --bin "$guerdon_target/release" "$@"
