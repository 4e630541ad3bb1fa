"""Chains that were recorded (`record.py`), as the replay gets them, for tests without a node."""

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

#: What `record.py` writes: the chain of the demo, and one of datasets with members.
CHAIN, MEMBERS = "chain", "members"

# The same signatures are checked for every change that is tried.
signatures.verifies = lru_cache(maxsize=None)(signatures.verifies)


def file(name):
    return HERE / f"{name}.json.xz"


@cache
def recorded(name=CHAIN):
    return json.loads(lzma.decompress(file(name).read_bytes()))


class State:
    def __init__(self, stored):
        self.stored = stored

    def value(self, pallet, name):
        return self.stored.get(f"{pallet}.{name}")

    def items(self, pallet, name):
        # A recorded chain can be older than a map.
        found = self.stored.get(f"{pallet}.{name}", [])
        return ((hashable(key), value) for key, value in found)


def hashable(key):
    return tuple(hashable(each) if isinstance(each, list) else each for each in key)


def audit(change=None, change_state=None, change_constants=None, name=CHAIN):
    """The differences that are found in a recorded chain when something of it is changed.

    `change` gets a copy of the blocks and may change it; `change_state` of what is stored;
    `change_constants` of the constants, by name."""
    chain = recorded(name)
    blocks, state = chain["blocks"], chain["state"]
    if change is not None:
        blocks = copy.deepcopy(blocks)
        change(blocks)
    if change_state is not None:
        state = copy.deepcopy(state)
        change_state(state)
    report = Report(say=lambda line: None)
    runtimes = chain["runtimes"]
    if change_constants is not None:
        runtimes = copy.deepcopy(runtimes)
        for runtime in runtimes.values():
            change_constants(runtime["constants"])
    replay = Replay(report, chain["genesis"], runtimes[str(blocks[0]["version"])]["constants"],
                    State(chain["first"]))
    for block in blocks:
        replay.block({**block, **runtimes[str(block["version"])]})
    replay.finish(State(state))
    return report


def events(blocks, name):
    """(block, place, event) of every event with a name, such as "Settlement.Claimed"."""
    return [(block, place, event) for block in blocks
            for place, event in enumerate(block["events"])
            if f"{event['pallet']}.{event['name']}" == name]
