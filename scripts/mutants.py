#!/usr/bin/env python3
"""Whether the tests see what is wrong: changes the code in a copy, and runs the tests on it.

    scripts/mutants.py bugs [NAME…]        the seeded bugs of scripts/mutants/bugs.toml, or some of them
    scripts/mutants.py changes [FILE…]     leaves out each statement, and swaps each checked operation, of the
                                           files that move money, or of some
    scripts/mutants.py all PACKAGE [OPTION…]
                                           every mutant that cargo-mutants makes of one of our packages

The first two fail when no test finds a change, and name what finds it. See docs/mutation.md.

    GUERDON_MUTANTS_HOME   the copy, and what is built (default: ${XDG_CACHE_HOME:-~/.cache}/guerdon/mutants)"""

import fcntl
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tomllib
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUGS = ROOT / "scripts/mutants/bugs.toml"
EQUIVALENT = ROOT / "scripts/mutants/equivalent.toml"
MONEY = tuple(f"pallets/settlement/src/{name}.rs" for name in (
    "claims", "settle", "members", "impls", "free", "expiry", "types", "views", "try_state"))
#: Seeds that a property is tried with until one finds the bug.
SEEDS = range(1, 9)
#: A bug may make tests run for ever, or take all memory: how many seconds of a processor each process may
#: have, which others on the machine do not change, and how many bytes of address space.
SECONDS = 120
MEMORY = 12 << 30

#: Dependencies are built once and then only run; what is changed is built each time.
PROFILE = ('profile.dev.debug=0', 'profile.dev.package."*".opt-level=1', 'profile.dev.build-override.opt-level=0')


class Wrong(Exception):
    """What the caller has to look at, in one sentence."""


class NotBuilt(Exception):
    """The compiler refuses the change."""


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def home():
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("GUERDON_MUTANTS_HOME") or cache / "guerdon/mutants").resolve()


class Copy:
    """The working tree as it is, in a place where it may be changed."""

    def __init__(self):
        self.root = home() / "source"
        self.target = home() / "target"
        self.tested = set()
        listed = self.git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        files = {name for name in listed if name and (ROOT / name).is_file()}
        # Whatever a run that was killed left behind is put right here; what is the same is not built again.
        for found in [path for path in self.root.rglob("*") if path.is_file()]:
            if str(found.relative_to(self.root)) not in files:
                found.unlink()
        for name in sorted(files):
            source, copied = ROOT / name, self.root / name
            if not copied.is_file() or copied.read_bytes() != source.read_bytes():
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copied)
            if name.endswith("Cargo.toml"):
                # Where a folder of this name cannot be made, a property that fails is not tried first from
                # then on, with what found another bug.
                (copied.parent / "proptest-regressions").touch()

    @staticmethod
    def git(*arguments):
        run = subprocess.run(["git", "-C", ROOT, *arguments], check=True, capture_output=True, text=True)
        return run.stdout

    def read(self, name):
        return (self.root / name).read_text(encoding="utf-8")

    def cargo(self, *arguments):
        flags = [flag for setting in PROFILE for flag in ("--config", setting)]
        return ["cargo", *arguments[:1], *flags, *arguments[1:]]

    def environment(self, seed):
        return {**os.environ, "CARGO_TARGET_DIR": str(self.target), "CARGO_TERM_COLOR": "never",
                "RUST_BACKTRACE": "0", "PROPTEST_RNG_SEED": str(seed), "PROPTEST_MAX_SHRINK_ITERS": "0"}

    def test(self, package, seed, *options):
        """The tests of `package` that fail. Before anything is changed, none may."""
        if package not in self.tested:
            self.tested.add(package)
            build = self.cargo("test", "--quiet", "--package", package, "--tests", "--no-run")
            if subprocess.run(build, cwd=self.root, env=self.environment(seed)).returncode:
                raise SystemExit(f"error: nothing was changed yet, and {package} does not build")
            failed = self.test(package, seed)
            if failed:
                raise SystemExit(f"error: nothing was changed yet, and {package} fails: {told(failed)}")
        command = self.cargo("test", "--package", package, "--tests", "--no-fail-fast", "--", *options)
        run = subprocess.Popen(command, cwd=self.root, env=self.environment(seed), text=True, start_new_session=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limit)
        try:
            out, errors = run.communicate()
        finally:
            # With all that it started: when this is interrupted, what runs for ever is not.
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
            run.wait()
        failed = sorted(set(re.findall(r"^test (\S+).* \.\.\. FAILED$", out, re.M)))
        if run.returncode and not failed:
            if not re.search(r"^running \d+ tests?$", out, re.M):
                raise NotBuilt(errors[-2_000:])
            failed = ["(the tests do not end)" if "SIGXCPU" in errors else "(the tests end at once)"]
        return failed


class Changed:
    """A change that lasts as long as the block: however that ends, the file is as it was before."""

    def __init__(self, copy, edits):
        self.copy, self.before = copy, {}
        self.after = {}
        for name, change in edits:
            text = self.after.get(name) or copy.read(name)
            self.before.setdefault(name, text)
            self.after[name] = change(text)

    def __enter__(self):
        self.write(self.after)

    def __exit__(self, *_):
        self.write(self.before)

    def write(self, texts):
        for name, text in texts.items():
            (self.copy.root / name).write_text(text, encoding="utf-8")


def pattern_of(text):
    """What finds `text` however rustfmt breaks its lines."""
    tokens = re.findall(r"\w+|[^\w\s]", text)
    found = ""
    for before, token in zip([""] + tokens, tokens):
        if before:
            found += r"\s+" if re.match(r"\w", before) and re.match(r"\w", token) else r"\s*"
        if token in ")]}" and before not in (",", "(", "[", "{", ";"):
            found += r",?\s*"
        found += re.escape(token)
    return re.compile(rf"(?<!\w){found}(?!\w)" if re.match(r"\w", tokens[-1]) else found)


def replacement(bug, edit):
    """The change that an edit describes."""
    def change(text):
        places = list(pattern_of(edit["text"]).finditer(text))
        if len(places) != 1:
            raise Wrong(f"{bug}: the text to replace in {edit['file']} is there {len(places)} times, not once:"
                        f" describe it anew in {BUGS.relative_to(ROOT)}:\n{edit['text'].strip()}")
        start, end = places[0].span()
        return text[:start] + edit["replacement"].strip() + text[end:]
    return edit["file"], change


def told(failed):
    names = ", ".join(name.removeprefix("tests::") for name in failed[:3])
    return names + (f" and {len(failed) - 3} more" if len(failed) > 3 else "")


def try_bug(copy, bug):
    """A line of the table for one seeded bug."""
    edits = [replacement(bug["name"], edit) for edit in bug["edit"]]
    for package in bug["tests"]:
        copy.test(package, SEEDS[0])
    with Changed(copy, edits):
        found = []
        for package, tests in bug["tests"].items():
            failed = copy.test(package, SEEDS[0])
            missing = [test for test in tests if test not in failed]
            if missing:
                raise Wrong(f"{bug['name']}: {', '.join(missing)} of {package} should find it and does not")
            found.append(f"{package}: {told(tests + [test for test in failed if test not in tests])}")
        seeds = []
        for package, properties in bug.get("properties", {}).items():
            for name in properties:
                seed = next((seed for seed in SEEDS if name in copy.test(package, seed, name, "--exact")), None)
                if seed is None:
                    raise Wrong(f"{bug['name']}: {name} of {package} should find it, and does not with seeds up to"
                                f" {SEEDS[-1]}")
                seeds.append(f"{name.removeprefix('tests::')} (seed {seed})")
    return f"| `{bug['name']}` | {'; '.join(found)} | {', '.join(seeds) or '–'} |"


def bugs(names):
    described = tomllib.loads(BUGS.read_text(encoding="utf-8"))["bug"]
    unknown = set(names) - {bug["name"] for bug in described}
    if unknown:
        raise Wrong(f"there is no bug {', '.join(sorted(unknown))}: see {BUGS.relative_to(ROOT)}")
    copy, failures = Copy(), []
    chosen = [bug for bug in described if not names or bug["name"] in names]
    for bug in chosen:
        try:
            print(try_bug(copy, bug), flush=True)
        except Wrong as wrong:
            failures.append(str(wrong))
        except NotBuilt as refused:
            failures.append(f"{bug['name']}: it does not build, so describe it anew in {BUGS.relative_to(ROOT)}:\n{refused}")
    return len(chosen), failures


#: What is no statement that can be left out, or is none at all.
KEYWORDS = frozenset("let return use const static pub fn impl for while if match loop struct enum mod type extern break"
                     " continue trait unsafe else where".split())
#: Operations, and what stands in for each.
SWAPS = {
    "checked_add": "checked_sub", "checked_sub": "checked_add", "checked_mul": "checked_add",
    "checked_div": "checked_mul", "checked_div_euclid": "checked_div", "saturating_add": "saturating_sub",
    "saturating_sub": "saturating_add", "wrapping_add": "wrapping_sub", "wrapping_sub": "wrapping_add",
    "wrapping_mul": "wrapping_add", "min": "max", "max": "min", "any": "all", "all": "any", "is_some": "is_none",
    "is_none": "is_some", "is_some_and": "is_none_or", "is_none_or": "is_some_and", "div_ceil": "wrapping_div",
    "Down": "Up", "Preserve": "Expendable",
}
SWAPPED = re.compile(r"(?<=[.:])(" + "|".join(SWAPS) + r")\b(?=\(|\)|,)")
#: What is not code: comments, characters, strings.
NO_CODE = re.compile(r"""//[^\n]*|b?'(?:\\.|[^'\\])'|b?"(?:\\.|[^"\\])*\"""")


def statements(code):
    """Where statements are that may be left out."""
    for found in re.finditer(r"(?<=[;{}])\s*([A-Za-z_*]\w*)", code):
        start = at = found.start(1)
        if found[1] in KEYWORDS:
            continue
        depth = 0
        while at < len(code) and depth >= 0 and (depth or code[at] not in ";,"):
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(code[at], 0)
            # A block needs no semicolon: this one begins with a name, as `Leaf { … }` or `loop { … }` do.
            at += 1
        if at < len(code) and not depth and code[at] == ";":
            yield start, at + 1


def made(text):
    """Every change of a file: where, what is put there, and how that is told."""
    code = NO_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text.split("#[cfg(test)]")[0])
    for start, end in statements(code):
        yield start, end, "{}", f"without `{' '.join(text[start:end].split())}`"
    for found in SWAPPED.finditer(code):
        line = code[code.rindex("\n", 0, found.start()) + 1:].split("\n", 1)[0].strip()
        yield *found.span(), SWAPS[found[0]], f"{SWAPS[found[0]]} for {found[0]} in `{line}`"


def package_of(name):
    manifest = next((parent / "Cargo.toml" for parent in (ROOT / name).parents if (parent / "Cargo.toml").is_file()))
    return tomllib.loads(manifest.read_text(encoding="utf-8"))["package"]["name"]


def equivalent():
    """Changes after which the code does the same, or nothing that anybody could see: file and what is told."""
    listed = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutant"]
    return {(mutant["file"], mutant["change"]) for mutant in listed}


def changes(names):
    """What cargo-mutants does not make: it leaves out no statements, and looks into no macros."""
    missing = [name for name in names if not (ROOT / name).is_file()]
    if missing:
        raise Wrong(f"there is no {', '.join(missing)}: give paths in the repository")
    copy, counts, failures = Copy(), {"found": 0, "not built": 0, "equivalent": 0, "not found": 0}, []
    known = equivalent()
    for name in names or MONEY:
        package, text = package_of(name), copy.read(name)
        copy.test(package, SEEDS[0])
        for start, end, instead, said in sorted(made(text)):
            line = text.count("\n", 0, start) + 1
            changed = text[:start] + instead + text[end:]
            with Changed(copy, [(name, lambda _: changed)]):
                try:
                    # Properties take most of the time, and are asked only when nothing else sees it.
                    failed = copy.test(package, SEEDS[0], "--skip", "property") or copy.test(package, SEEDS[0])
                except NotBuilt:
                    counts["not built"] += 1
                    continue
            is_known = (name, said) in known
            counts["found" if failed else "equivalent" if is_known else "not found"] += 1
            print(f"{name}:{line}: {said}\n    {told(failed) or ('equivalent' if is_known else 'NOT FOUND')}", flush=True)
            if not failed and not is_known:
                failures.append(f"{name}:{line}: no test sees {said}")
    print(", ".join(f"{count} {what}" for what, count in counts.items()), flush=True)
    return sum(counts.values()) - counts["not built"], failures


def every(arguments):
    if not arguments:
        raise Wrong("name a package: scripts/mutants.py all guerdon-share-tree")
    if not shutil.which("cargo-mutants"):
        raise Wrong("there is no cargo-mutants: cargo install --locked cargo-mutants")
    package, *options = arguments
    copy, out = Copy(), home() / package
    copy.test(package, SEEDS[0])
    flags = [flag for setting in PROFILE for flag in ("--cargo-arg=--config", f"--cargo-arg={setting}")]
    command = ["cargo", "mutants", "--package", package, "--in-place", "--no-shuffle", "--baseline", "skip", *flags,
               "--cargo-test-arg=--tests", "--timeout", str(30 * SECONDS), "--output", str(out), *options]
    subprocess.run(command, cwd=copy.root, env=copy.environment(SEEDS[0]), preexec_fn=limit)
    told = {name: (out / f"mutants.out/{name}.txt").read_text(encoding="utf-8").splitlines()
            for name in ("caught", "timeout", "unviable", "missed")}
    known, failures = equivalent(), []
    for mutant in told["missed"]:
        name, _, _, said = mutant.split(":", 3)
        if (name, said.strip()) not in known:
            failures.append(f"no test sees {mutant}")
    print(", ".join(f"{len(mutants)} {name}" for name, mutants in told.items()), flush=True)
    return sum(map(len, told.values())) - len(told["unviable"]), failures


def main(arguments):
    commands = {"bugs": bugs, "changes": changes, "all": every}
    if not arguments or arguments[0] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    home().mkdir(parents=True, exist_ok=True)
    with open(home() / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Wrong(f"another run is at work in {home()}: wait for it, or set GUERDON_MUTANTS_HOME") from None
        count, failures = commands[arguments[0]](arguments[1:])
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    print(f"{count - len(failures)} of {count} are found or known to be equivalent")
    return bool(failures)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: terminated; the copy is as it was"))
    try:
        sys.exit(main(sys.argv[1:]))
    except Wrong as wrong:
        sys.exit(f"error: {wrong}")
    except KeyboardInterrupt:
        sys.exit("error: interrupted; the copy is as it was")
