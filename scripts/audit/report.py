"""What was compared, and every difference."""

from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "demo"))

from output import say, table

#: Differences that are printed one by one.
SHOWN = 100


class Report:
    def __init__(self, say=say):
        self.say = say
        #: How often each check was made, and how often it found a difference, by name.
        self.compared, self.failed = {}, {}
        self.differences = []
        #: What is worth to be known and is no difference.
        self.told = []
        #: Where the replay is.
        self.block, self.extrinsic = 0, None

    def at(self):
        if self.block is None:
            return "state"
        if self.extrinsic is None:
            return f"block {self.block}"
        return f"block {self.block}, extrinsic {self.extrinsic}"

    def equal(self, check, what, found, expected):
        """Compares what the chain says with what the rules say; what differs is a difference."""
        self.compared[check] = self.compared.get(check, 0) + 1
        if found == expected:
            return True
        self.differ(check, f"{what}: expected {shown(expected)}, found {shown(found)}")
        return False

    def holds(self, check, what, truth):
        self.compared[check] = self.compared.get(check, 0) + 1
        if not truth:
            self.differ(check, what)
        return bool(truth)

    def differ(self, check, what):
        self.compared.setdefault(check, 0)
        self.failed[check] = self.failed.get(check, 0) + 1
        line = f"{self.at()}: {check}: {what}"
        self.differences.append(line)
        if len(self.differences) <= SHOWN:
            self.say(f"  DIFFERENCE  {line}")

    def tell(self, what, more):
        """Tells of what others did, which no rule of the chain forbids."""
        line = f"{self.at()}: {what}: {more}"
        self.told.append(line)
        if len(self.told) <= SHOWN:
            self.say(f"  NOTE  {line}")

    def show(self):
        rows = [[check, count, self.failed.get(check, 0)]
                for check, count in self.compared.items()]
        table(["check", "compared", "differences"], rows)
        if len(self.differences) > SHOWN:
            self.say(f"  … and {len(self.differences) - SHOWN} differences more")
        if len(self.told) > SHOWN:
            self.say(f"  … and {len(self.told) - SHOWN} notes more")


def shown(value):
    text = str(value)
    return text if len(text) <= 400 else text[:400] + "…"
