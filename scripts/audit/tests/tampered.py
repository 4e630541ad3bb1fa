"""What the tests change in a recorded chain, and whether that is found."""

import copy
import os
import unittest
from random import Random

from recorded import CHAIN, audit, recorded
from replay import OTHERS

#: Somebody who has no part in the recorded chains.
STRANGER = "5CiPPseXPECbkjWCa6MnjNokrgYjMqmKndv2rSnekmSK2DjL"
#: What a random change of the sweep is made with; AUDIT_SEED and AUDIT_CHANGES choose others.
SEED, CHANGES = int(os.environ.get("AUDIT_SEED", 1)), int(os.environ.get("AUDIT_CHANGES", 80))
#: Events and fields that decide nothing: what they tell is not compared.
TELLING = {
    "Balances.Endowed", "Treasury.SpendProcessed", "Treasury.UpdatedInactive",
    "Attestors.EndpointChanged", "Training.DrawPutOff", "Settlement.ClaimRefused",
}
FIELDS = {"valid_from", "expire_at"}


class Tampered(unittest.TestCase):
    #: Which chain is changed.
    chain = CHAIN

    def audit(self, change=None, **more):
        return audit(change, name=self.chain, **more)

    def blocks(self):
        return recorded(self.chain)["blocks"]

    def found(self, change, check=None, at=None, **more):
        """Whether a change of the blocks is reported: by this check, in this block."""
        differences = self.audit(change, **more).differences
        self.assertTrue(differences, "nothing was found")
        if check is not None:
            self.assertTrue(any(f": {check}: " in line for line in differences), differences)
        if at is not None:
            self.assertTrue(differences[0].startswith(f"block {at},"), differences[0])

    def told(self, text, change=None, **more):
        """Whether a difference says this, beside what else is wrong."""
        differences = self.audit(change, **more).differences
        self.assertTrue(any(text in line for line in differences), differences)

    def stored(self, change, check):
        differences = self.audit(change_state=change).differences
        self.assertTrue(any(line.startswith(f"state: {check}: ") for line in differences),
                        differences)

    def sweep(self):
        """Drops, repeats or changes events, chosen by the seed."""
        random = Random(SEED)
        places = [(number, place) for number, block in enumerate(self.blocks())
                  for place, event in enumerate(block["events"])
                  if event["pallet"] not in OTHERS
                  and f"{event['pallet']}.{event['name']}" not in TELLING]
        for _ in range(CHANGES):
            number, place = random.choice(places)
            event = self.blocks()[number]["events"][place]
            changed = self.changed(random, event)
            with self.subTest(block=number + 1, event=event, changed=changed):
                def change(blocks):
                    blocks[number]["events"][place:place + 1] = changed
                self.found(change)

    # How things are changed

    def changed(self, random, event):
        """What takes an event's place."""
        paths = [path for path in leaves_of(event["fields"]) if path[-1] not in FIELDS]
        way = random.choice(["drop", "repeat"] + ["change"] * 3 * bool(paths))
        if way == "drop":
            return []
        if way == "repeat":
            return [copy.deepcopy(event), copy.deepcopy(event)]
        event, path = copy.deepcopy(event), random.choice(paths)
        inside = event["fields"]
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]] = other(random, inside[path[-1]])
        return [event]

    def arguments(self, blocks, module, function):
        """Those of the first such call, to be changed."""
        for block in blocks:
            for extrinsic in block["extrinsics"]:
                for call in calls_in(extrinsic["call"]):
                    if (call["call_module"], call["call_function"]) == (module, function):
                        return Changed(call["call_args"])
        self.fail(f"nobody called {module}.{function}")


class Changed:
    """Arguments of a call by their names."""

    def __init__(self, listed):
        self.listed = listed

    def __getitem__(self, name):
        return next(each["value"] for each in self.listed if each["name"] == name)

    def __setitem__(self, name, value):
        next(each for each in self.listed if each["name"] == name)["value"] = value


def calls_in(call):
    """A call, or those of a batch."""
    if not call:
        return []
    if call["call_module"] == "Utility":
        return [each for inner in Changed(call["call_args"])["calls"] for each in calls_in(inner)]
    return [call]


def leaves_of(value, path=()):
    """Paths to everything in an event's fields that can be changed."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [found for key, each in items for found in leaves_of(each, (*path, key))]
    return [] if value is None else [path]


def other(random, value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + random.choice([1, -1])
    if value.startswith("0x"):
        return value[:-1] + ("1" if value[-1] == "0" else "0")
    if len(value) > 40:
        return STRANGER
    return "Trainer" if value == "Attestor" else "Attestor"
