#!/usr/bin/env python3
"""Whether what documents and comments say of the code is still there.

- Every test that docs/pitfalls.md and the invariants in ARCHITECTURE.md name exists in the file that
  they name, and every line of both names one, or says why not.
- Every fuzz target is in docs/fuzzing.md and in scripts/fuzz.sh.
- Every measured weight is about what the comment above it says.
- No answer of the JSON-RPC holds bytes, which would become arrays of numbers.

Needs nothing but Python."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTED = ["docs/pitfalls.md", "ARCHITECTURE.md"]

#: Names of tests have at least so many words; what is shorter may be a type, a lint or a call.
WORDS = 3
#: A weight is a straight line through its measurements, and so may lie below the least of them.
LEAST = 2 / 3

PATH = r"([A-Z]?)`([\w./-]+\.rs)`"
NAMES = r"`\w+`(?: \([^()]*\))?(?:, `\w+`(?: \([^()]*\))?)*"
CITED = re.compile(rf"({PATH}(?:(?: and |, ){PATH})*): ({NAMES})")
#: Lints and the like that stand in the tables and are no tests.
NO_TESTS = {"arithmetic_side_effects"}


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def abbreviations(text):
    """What single letters stand for, as the document itself says."""
    found = re.findall(r"`([A-Z])`\s+(?:stands\s+)?for\s+`([^`]+/)`", text)
    return dict(found)


def functions(path, cache={}):
    if path not in cache:
        found = ROOT / path
        source = found.read_text(encoding="utf-8") if found.is_file() else None
        cache[path] = source and set(re.findall(r"\bfn (\w+)", source))
    return cache[path]


def rows(document, text):
    """The lines of the tables that name tests: all of pitfalls, the invariants of the architecture."""
    if document == "ARCHITECTURE.md":
        text = text.split("## Invariants", 1)[1].split("\n## ", 1)[0]
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and not line.startswith("| |") and cells[-1] != "held by":
            yield cells[0], line


def check_tests(document):
    text = read(document)
    letters = abbreviations(text)
    lines = list(rows(document, text))
    if len(lines) < 10:
        yield f"{document}: only {len(lines)} lines of tables were understood"
    for about, line in lines:
        cited = set()
        for match in CITED.finditer(line):
            names = re.findall(r"`(\w+)`", match.group(match.lastindex))
            for letter, file in re.findall(PATH, match.group(1)):
                if letter and letter not in letters:
                    yield f"{document}: what {letter} stands for is not said"
                    continue
                path = letters.get(letter, "") + file
                known = functions(path)
                if known is None:
                    yield f"{document}: there is no file {path}"
                for name in names:
                    cited.add(name)
                    if known is not None and name not in known:
                        yield f"{document}: there is no test {name} in {path}: it holds \"{about}\""
        if not cited and "does not apply" not in line and "check_docs.py" not in line:
            if "**Not held" not in line and "`Cargo.toml`" not in line:
                yield f"{document}: nothing holds \"{about}\""
        for name in set(re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+)+)`", line)) - cited - NO_TESTS:
            if name.count("_") >= WORDS - 1:
                yield f"{document}: {name} is named without the file it is in"


def check_targets():
    targets = re.findall(r'\[\[bin\]\]\nname = "(\w+)"', read("fuzz/Cargo.toml"))
    if not targets:
        yield "fuzz/Cargo.toml: no targets were found"
    for document in ["docs/fuzzing.md", "scripts/fuzz.sh"]:
        for target in targets:
            if not re.search(rf"\b{target}\b", read(document)):
                yield f"{document}: the fuzz target {target} is missing"


def number(text):
    return int(text.replace("_", ""))


def check_weights(path):
    text = read(path)
    ranges = {}
    for doc, name in re.findall(r"((?:\t/// [^\n]*\n)+)\tfn (\w+)\(", text):
        bounds = re.findall(r"`(\w+)` in `([\d_]+)\.\.=([\d_]+)`", doc)
        ranges[name] = {letter: (number(low), number(high)) for letter, low, high in bounds}
    measured = 0
    for name, body in re.findall(r"\tfn (\w+)\([^)]*\) -> Weight \{\n(.*?)\n\t\}", text, re.S):
        least = re.search(r"At least ([\d_]+) ps", body)
        if not least:
            continue
        measured += 1
        slopes = dict.fromkeys(ranges.get(name, {}), 0)
        for slope, letter in re.findall(r"from_parts\(([\d_]+), \d[\d_]*\)\.saturating_mul\((\w+)", body):
            slopes[letter] = slopes.get(letter, 0) + number(slope)
        base = number(re.search(r"from_parts\(([\d_]+)", body).group(1))
        # Measured with one parameter at its least, the others at their most.
        bounds = ranges.get(name, {})
        most = sum(slope * bounds.get(letter, (0, 0))[1] for letter, slope in slopes.items())
        low = 0
        for letter, slope in slopes.items():
            first, last = bounds.get(letter, (0, 0))
            low = max(low, slope * (last - first))
        said, constant = number(least.group(1)), base + most - low
        if constant < LEAST * said:
            yield f"{path}: {name} weighs {constant} ps where the comment says at least {said} ps"
    if not measured:
        yield f"{path}: no measured weights were found"


def check_answers():
    files = sorted(ROOT.glob("node/src/rpc/types/*.rs"))
    if not files:
        yield "node/src/rpc/types: no types were found"
    for file in files:
        for name, kind in re.findall(r"^\t+(?:pub )?(\w+): ([^\n]+),$", file.read_text("utf-8"), re.M):
            if re.search(r"\[u8\b|Vec<u8>|\b(?:Digest|H256|Hash|Bytes|BoundedVec)\b", kind):
                yield f"{file.relative_to(ROOT)}: {name} is bytes: write it as hex"


def main():
    wrong = [line for document in TESTED for line in check_tests(document)]
    wrong += check_targets()
    wrong += check_answers()
    for path in sorted(ROOT.glob("pallets/*/src/weights.rs")):
        wrong += check_weights(path.relative_to(ROOT).as_posix())
    for line in wrong:
        print(f"error: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
