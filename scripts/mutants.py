#!/usr/bin/env python3
"""Whether the tests see what is wrong: changes the code in a copy, and runs the tests on it.

    scripts/mutants.py bugs [NAME…]        the seeded bugs of scripts/mutants/bugs.toml, or some of them
    scripts/mutants.py check               whether all of these can be put in, without building anything
    scripts/mutants.py changes [FILE…]     leaves out each statement, and swaps each checked operation, of the
                                           files that move money, or of some
    scripts/mutants.py all PACKAGE [OPTION…]
                                           every mutant that cargo-mutants makes of one of our packages

Each fails when no test finds a change that is not known to be equivalent. See docs/mutation.md.

    GUERDON_MUTANTS_HOME   the copy, and what is built (default: ${XDG_CACHE_HOME:-~/.cache}/guerdon/mutants)"""

import fcntl
import json
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
    "claims", "settle", "members", "impls", "accounts", "assets", "free", "expiry", "types", "views", "try_state"))
#: What may be changed, and where it is.
PACKAGES = {
    "pallet-settlement": "pallets/settlement",
    "guerdon-share-tree": "primitives/share-tree",
    "guerdon-valuation": "primitives/valuation",
}
#: Seeds that a property is tried with until one finds the bug.
SEEDS = range(1, 9)
#: A bug may make tests run for ever, or take all memory: how many seconds of a processor each process may
#: have, which others on the machine do not change, and how many bytes of address space.
SECONDS = 60
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


def run_limited(command, place, environment):
    """Runs a command, and ends with it whatever it started, also when this is interrupted."""
    run = subprocess.Popen(command, cwd=place, env=environment, text=True, start_new_session=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limit)
    try:
        out, errors = run.communicate()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    return subprocess.CompletedProcess(command, run.returncode, out, errors)


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

    def environment(self, seed=SEEDS[0], **more):
        return {**os.environ, "CARGO_TARGET_DIR": str(self.target), "CARGO_TERM_COLOR": "never",
                "RUST_BACKTRACE": "0", "PROPTEST_RNG_SEED": str(seed), "PROPTEST_MAX_SHRINK_ITERS": "0", **more}

    def build(self, package):
        """The programs that hold the tests of `package`. Before anything is changed, they must pass."""
        flags = [flag for setting in PROFILE for flag in ("--config", setting)]
        command = ["cargo", "test", *flags, "--package", package, "--tests", "--no-run", "--message-format", "json"]
        if package in self.tested:
            run = run_limited(command, self.root, self.environment())
            if run.returncode:
                raise NotBuilt(run.stderr[-2_000:])
            built = run.stdout
        else:
            # Everything that it needs is built as well, which takes a while; what cargo says of it is shown.
            run = subprocess.run(command, cwd=self.root, env=self.environment(), text=True, stdout=subprocess.PIPE)
            if run.returncode:
                raise SystemExit(f"error: nothing was changed yet, and {package} does not build")
            built = run.stdout
        programs = [told["executable"] for told in map(json.loads, built.splitlines())
                    if told["reason"] == "compiler-artifact" and told["profile"]["test"] and told["executable"]]
        if package not in self.tested:
            self.tested.add(package)
            failed = self.run(package, programs)
            if failed:
                raise SystemExit(f"error: nothing was changed yet, and {package} fails: {listed(failed)}")
        return programs

    def run(self, package, programs, *options, **environment):
        """The tests that fail."""
        failed = set()
        for program in programs:
            run = run_limited([program, *options], self.root / PACKAGES[package], self.environment(**environment))
            found = re.findall(r"^test (\S+).* \.\.\. FAILED$", run.stdout, re.M)
            if run.returncode and not found:
                ended = -run.returncode == signal.SIGXCPU
                found = ["(the tests do not end)" if ended else "(the tests end at once)"]
            failed |= set(found)
        return sorted(failed)

    def seen(self, package, programs, **environment):
        """The tests that fail. Properties take most of the time: they are asked when nothing else fails."""
        return (self.run(package, programs, "--skip", "property", **environment)
                or self.run(package, programs, **environment))


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


def listed(failed):
    names = ", ".join(name.removeprefix("tests::") for name in failed[:3])
    return names + (f" and {len(failed) - 3} more" if len(failed) > 3 else "")


def try_bug(copy, bug):
    """A line of the table for one seeded bug."""
    edits = [replacement(bug["name"], edit) for edit in bug["edit"]]
    packages = {**bug["tests"], **bug.get("properties", {})}
    for package in packages:
        copy.build(package)
    found, seeds = [], []
    with Changed(copy, edits):
        for package in packages:
            programs = copy.build(package)
            tests = bug["tests"].get(package, [])
            failed = copy.run(package, programs, "--exact", *tests) if tests else []
            missing = [test for test in tests if test not in failed]
            if missing:
                raise Wrong(f"{bug['name']}: {', '.join(missing)} of {package} should find it and does not")
            found += [test.removeprefix("tests::") for test in tests]
            for name in bug.get("properties", {}).get(package, []):
                for seed in SEEDS:
                    if name in copy.run(package, programs, name, "--exact", seed=seed):
                        break
                else:
                    raise Wrong(f"{bug['name']}: {name} of {package} should find it, and does not with seeds up to"
                                f" {SEEDS[-1]}")
                seeds.append(f"{name.removeprefix('tests::')} (seed {seed})")
    return f"| {bug['name']} | {', '.join(found) or '–'} | {', '.join(seeds) or '–'} |"


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
            failures.append(f"{bug['name']}: it does not build, so describe it anew in {BUGS.relative_to(ROOT)}:\n"
                            f"{refused}")
    return len(chosen), failures


def check(_):
    """What can be said without building: every bug can be put in, and every test that it names exists."""
    described, failures = tomllib.loads(BUGS.read_text(encoding="utf-8"))["bug"], []
    for bug in described:
        try:
            for name, change in (replacement(bug["name"], edit) for edit in bug["edit"]):
                change((ROOT / name).read_text(encoding="utf-8"))
        except Wrong as wrong:
            failures.append(str(wrong))
        for package, tests in [*bug["tests"].items(), *bug.get("properties", {}).items()]:
            sources = [path.read_text(encoding="utf-8") for path in (ROOT / PACKAGES[package]).rglob("*.rs")]
            for test in tests:
                if not any(f"fn {test.split('::')[-1]}(" in source for source in sources):
                    failures.append(f"{bug['name']}: {package} has no test {test}")
    return len(described), failures


#: What is no statement that can be left out, or is none at all.
KEYWORDS = frozenset("let return use const static pub fn impl for while if match loop struct enum mod type extern"
                     " break continue trait unsafe else where".split())
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


def left_out(text, code):
    for start, end in statements(code):
        yield start, end, f"without `{' '.join(text[start:end].split())}`"


def swapped(text, code):
    for found in SWAPPED.finditer(code):
        line = code[code.rindex("\n", 0, found.start()) + 1:].split("\n", 1)[0].strip()
        instead = SWAPS[found[0]]
        yield *found.span(), instead, f"{instead} for {found[0]} in `{line}`"


#: Every statement of a file gets a switch, so that the file is built once for all of them.
SWITCH = """
pub(crate) fn is_left_out(number: usize) -> bool {
	extern crate std;
	static CHOSEN: std::sync::OnceLock<Option<usize>> = std::sync::OnceLock::new();
	let read = || std::env::var("GUERDON_LEFT_OUT").ok()?.parse().ok();
	*CHOSEN.get_or_init(read) == Some(number)
}
"""


def with_switches(text, spans):
    for number, (start, end) in reversed(list(enumerate(spans))):
        text = f"{text[:start]}if !crate::is_left_out({number}) {{ {text[start:end]} }}{text[end:]}"
    return text


def equivalent():
    """Changes after which the code does the same, or nothing that anybody could see: file, what is told, and the
    line where that does not say it."""
    mutants = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutant"]
    return {(mutant["file"], mutant["change"], mutant.get("line", "")) for mutant in mutants}


class Changes:
    """The changes of one file, each with what finds it."""

    def __init__(self, copy, name):
        self.copy, self.name, self.text = copy, name, copy.read(name)
        code = NO_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), self.text.split("#[cfg(test)]")[0])
        self.package = next(package for package, place in PACKAGES.items() if name.startswith(f"{place}/"))
        self.left_out = list(left_out(self.text, code))
        self.swapped = list(swapped(self.text, code))

    def tried(self):
        self.copy.build(self.package)
        root = f"{PACKAGES[self.package]}/src/lib.rs"
        spans = [(start, end) for start, end, _ in self.left_out]
        switches = [(self.name, lambda text: with_switches(text, spans)), (root, lambda text: text + SWITCH)]
        with Changed(self.copy, switches if spans else []):
            programs = self.copy.build(self.package)
            for number, (start, _, said) in enumerate(self.left_out):
                yield start, said, self.copy.seen(self.package, programs, GUERDON_LEFT_OUT=str(number))
        for start, end, instead, said in self.swapped:
            change = self.text[:start] + instead + self.text[end:]
            with Changed(self.copy, [(self.name, lambda _: change)]):
                try:
                    yield start, said, self.copy.seen(self.package, self.copy.build(self.package))
                except NotBuilt:
                    yield start, said, None

    def told(self):
        for start, said, failed in self.tried():
            line = self.text.count("\n", 0, start) + 1
            yield f"{self.name}:{line}: {said}", (self.name, said, ""), failed


def changes(names):
    """What cargo-mutants does not make: it leaves out no statements, and looks into no macros."""
    places = tuple(PACKAGES.values())
    missing = [name for name in names if not (ROOT / name).is_file() or not name.startswith(places)]
    if missing:
        raise Wrong(f"{', '.join(missing)}: give files of {', '.join(places)}")
    copy, known, failures = Copy(), equivalent(), []
    counts = {"found": 0, "not built": 0, "equivalent": 0, "not found": 0}
    for name in names or MONEY:
        for told, key, failed in Changes(copy, name).told():
            missed = "equivalent" if key in known else "not found"
            outcome = "not built" if failed is None else "found" if failed else missed
            counts[outcome] += 1
            print(f"{told}\n    {listed(failed or []) or outcome.upper()}", flush=True)
            if outcome == "not found":
                failures.append(f"no test sees {told}")
    print(", ".join(f"{count} {what}" for what, count in counts.items()), flush=True)
    return sum(counts.values()) - counts["not built"], failures


def every(arguments):
    if not arguments:
        raise Wrong("name a package: scripts/mutants.py all guerdon-share-tree")
    if not shutil.which("cargo-mutants"):
        raise Wrong("there is no cargo-mutants: cargo install --locked cargo-mutants")
    package, *options = arguments
    if package not in PACKAGES:
        raise Wrong(f"{package}: name one of {', '.join(PACKAGES)}")
    copy, out = Copy(), home() / package
    copy.build(package)
    flags = [flag for setting in PROFILE for flag in ("--cargo-arg=--config", f"--cargo-arg={setting}")]
    command = ["cargo", "mutants", "--package", package, "--in-place", "--no-shuffle", "--baseline", "skip", *flags,
               "--cargo-test-arg=--tests", "--timeout", str(30 * SECONDS), "--output", str(out), *options]
    subprocess.run(command, cwd=copy.root, env=copy.environment(), preexec_fn=limit)
    told = {name: (out / f"mutants.out/{name}.txt").read_text(encoding="utf-8").splitlines()
            for name in ("caught", "timeout", "unviable", "missed")}
    known, failures = equivalent(), []
    for mutant in told["missed"]:
        name, line, _, said = mutant.split(":", 3)
        if (name, said.strip(), copy.read(name).splitlines()[int(line) - 1].strip()) not in known:
            failures.append(f"no test sees {mutant}")
    print(", ".join(f"{len(mutants)} {name}" for name, mutants in told.items()), flush=True)
    return sum(map(len, told.values())) - len(told["unviable"]), failures


def main(arguments):
    commands = {"bugs": bugs, "check": check, "changes": changes, "all": every}
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
    print(f"{len(failures)} of {count} need attention" if failures else f"all {count} are as they should be")
    return bool(failures)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: terminated; the copy is as it was"))
    try:
        sys.exit(main(sys.argv[1:]))
    except Wrong as wrong:
        sys.exit(f"error: {wrong}")
    except KeyboardInterrupt:
        sys.exit("error: interrupted; the copy is as it was")
