#!/usr/bin/env bash
# Fuzzes what reads strangers' bytes. See docs/fuzzing.md.
#
#   ./scripts/fuzz.sh [TARGET] [SECONDS]     every target, or one; an hour each unless said
#   ./scripts/fuzz.sh TARGET FILE            runs one input again, for example one that crashed
#
# Needs no nightly compiler: coverage comes from options that the stable one takes, the fuzzer is
# libFuzzer, out of the crate libfuzzer-sys. The corpus is kept between runs.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

# Target and the feature that it is built with; none for those of the primitives.
targets=(receipt content shares valuation programs:programs croissant:client keys:client requests:requests
	parameters:runtime extrinsics:runtime calls:runtime)

usage() { sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

fuzz_target_dir="${GUERDON_FUZZ_TARGET_DIR:-$guerdon_cache/fuzz/target}"
fuzz_home="${GUERDON_FUZZ_HOME:-$guerdon_cache/fuzz}"

build() { # TARGET FEATURE
	# What is fuzzed is what the chain is built from, to the version.
	[ "$guerdon_root/fuzz/Cargo.lock" -nt "$guerdon_root/Cargo.lock" ] ||
		cp "$guerdon_root/Cargo.lock" "$guerdon_root/fuzz/Cargo.lock"
	# With --target the flags are not for what runs while building.
	local flags=(--cfg fuzzing -Cpasses=sancov-module
		-Cllvm-args=-sanitizer-coverage-level=4
		-Cllvm-args=-sanitizer-coverage-inline-8bit-counters
		-Cllvm-args=-sanitizer-coverage-pc-table
		-Cllvm-args=-sanitizer-coverage-trace-compares)
	(cd "$guerdon_root/fuzz" && CARGO_TARGET_DIR="$fuzz_target_dir" RUSTFLAGS="${flags[*]}" SKIP_WASM_BUILD=1 \
		cargo build --quiet --target "$triple" --bin "$1" ${2:+--features "$2"})
}

# Calls within calls, as deep as a transaction may have them, take a deep stack.
run() { # COMMAND…
	(ulimit -s unlimited 2>/dev/null || ulimit -s "$(ulimit -Hs)"
	exec "$@")
}

fuzz() { # TARGET FEATURE SECONDS
	local target="$1" seconds="$3" binary="$fuzz_target_dir/$triple/debug/$1"
	local corpus="$fuzz_home/corpus/$target" found="$fuzz_home/found/$target" log="$fuzz_home/$target.log"
	say "$target: build"
	build "$target" "$2" || return 1
	mkdir -p "$corpus" "$found"
	rm -rf "$fuzz_home/seeds/$target"
	GUERDON_SEEDS="$fuzz_home/seeds/$target" run "$binary" >"$log" 2>&1 || die "$target makes no seeds: see $log"
	say "$target: $(find "$fuzz_home/seeds/$target" -type f | wc -l) seeds, $(find "$corpus" -type f | wc -l) inputs from before, $seconds seconds"
	local outcome=0
	run nice -n 19 "$binary" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 -malloc_limit_mb=1024 \
		-max_len=32768 -len_control=50 -print_final_stats=1 \
		-artifact_prefix="$found/" "$corpus" "$fuzz_home/seeds/$target" >"$log" 2>&1 || outcome=$?
	grep -aE '^stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)' "$log" >&2 || true
	grep -aoE 'cov: [0-9]+ ft: [0-9]+ corp: [^ ]+' "$log" | tail -1 >&2 || true
	[ "$outcome" = 0 ] && return 0
	local input
	input="$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)"
	{ grep -am1 -A2 'panicked at' "$log" || tail -5 "$log"; } | cut -c1-400 >&2
	printf 'error: %s failed. The whole output: %s. To run it again:\n    ./scripts/fuzz.sh %s %s\n' \
		"$target" "$log" "$target" "${input:-INPUT}" >&2
	return 1
}

feature_of() { # TARGET : its feature; fails when there is no such target
	local entry
	for entry in "${targets[@]}"; do
		[ "${entry%%:*}" = "$1" ] || continue
		[ "$entry" = "$1" ] || printf '%s' "${entry#*:}"
		return 0
	done
	return 1
}

[ $# -le 2 ] || usage
chosen=()
while [ $# -gt 0 ] && ! [[ "$1" =~ ^[0-9]+$ ]] && [ ! -f "$1" ]; do
	feature_of "$1" >/dev/null || usage
	chosen+=("$1")
	shift
done
need_rustup
mkdir -p "$guerdon_cache"
apt_install build-essential pkg-config protobuf-compiler clang libclang-dev
wasm_by_rustup || wasm_by_debian
triple="$(rustc -vV | sed -n 's/^host: //p')"
if [ $# = 1 ] && [ -f "$1" ]; then
	[ ${#chosen[@]} = 1 ] || usage
	build "${chosen[0]}" "$(feature_of "${chosen[0]}")"
	run "$fuzz_target_dir/$triple/debug/${chosen[0]}" "$1"
	exit
fi
[ ${#chosen[@]} -gt 0 ] || chosen=("${targets[@]%%:*}")
failed=0
for target in "${chosen[@]}"; do
	fuzz "$target" "$(feature_of "$target")" "${1:-3600}" || failed=1
done
exit "$failed"
