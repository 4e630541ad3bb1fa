#!/usr/bin/env bash
# Audits a chain over JSON-RPC with an implementation of its own: see docs/audit.md. `--help` says what
# can be chosen, `--install` only installs the one library that it needs.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
audit="$guerdon_root/scripts/audit"

python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || apt_install python3 python3-venv
# Nothing is installed twice, and nothing into the clone: each locked version has a folder.
locked="$(cat "$audit/requirements.txt" <(python3 --version) | sha256sum)"
library="$guerdon_cache/audit/${locked:0:16}"
if [ ! -e "$library/complete" ]; then
	say "installing what scripts/audit/requirements.txt lists"
	rm -rf "$library"
	python3 -m venv "$library"
	"$library/bin/pip" install --quiet --no-deps --require-hashes -r "$audit/requirements.txt" >&2 ||
		die "pip could not install what scripts/audit/requirements.txt lists"
	touch "$library/complete"
fi
[ "${1:-}" != --install ] || exit 0
exec "$library/bin/python" -B "$audit/run.py" "$@"
