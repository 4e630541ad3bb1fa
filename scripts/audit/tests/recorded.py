"""A chain that was recorded (`record.py`), as the replay gets it, for tests without a node."""

import copy
import json
import lzma
import sys
from functools import cache, lru_cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))

import signatures
from replay import Replay
from report import Report

#: What `record.py` writes.
FILE = HERE / "chain.json.xz"

# The same signatures are checked for every change that is tried.
signatures.verifies = lru_cache(maxsize=None)(signatures.verifies)


@cache
def recorded():
    return json.loads(lzma.decompress(FILE.read_bytes()))


class State:
    def __init__(self, stored):
        self.stored = stored

    def value(self, pallet, name):
        return self.stored[f"{pallet}.{name}"]

    def items(self, pallet, name):
        return ((tuple(key), value) for key, value in self.stored[f"{pallet}.{name}"])


def audit(change=None, change_state=None):
    """The differences that are found in the recorded chain when something of it is changed.

    `change` gets a copy of the blocks and may change it; `change_state` of what is stored."""
    chain = recorded()
    blocks, state = chain["blocks"], chain["state"]
    if change is not None:
        blocks = copy.deepcopy(blocks)
        change(blocks)
    if change_state is not None:
        state = copy.deepcopy(state)
        change_state(state)
    report = Report(say=lambda line: None)
    genesis = State(chain["first"])
    runtimes = chain["runtimes"]
    replay = Replay(report, chain["genesis"], runtimes[str(blocks[0]["version"])]["constants"],
                    list(genesis.items("System", "Account")),
                    genesis.value("Balances", "TotalIssuance"))
    for block in blocks:
        replay.block({**block, **runtimes[str(block["version"])]})
    replay.finish(State(state))
    return report


def events(blocks, name):
    """(block, place, event) of every event with a name, such as "Settlement.Claimed"."""
    return [(block, place, event) for block in blocks
            for place, event in enumerate(block["events"])
            if f"{event['pallet']}.{event['name']}" == name]
