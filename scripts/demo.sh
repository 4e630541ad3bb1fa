#!/usr/bin/env bash
# From a dataset to a paid credit, on a live development chain. `--help` says what can be chosen.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
demo="$guerdon_root/scripts/demo.py"

python3 --version >/dev/null 2>&1 || apt_install python3
# Options are looked at before the long build. Only help is printed by that.
help="$(python3 "$demo" --check "$@")"
[ -z "$help" ] || { printf '%s\n' "$help"; exit; }

guerdon_setup
cd "$guerdon_root"
say "build (the first one takes about half an hour on two cores, later ones seconds)"
cargo build --release "${node_packages[@]}"
cargo build --release "${client_packages[@]}"
exec python3 "$demo" --bin "$guerdon_target/release" "$@"
