#!/usr/bin/env python3
"""Rehearses that a validator joins a running network, changes its keys, and leaves, by decision of
the council. Everything is asserted on finalized blocks."""

import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(SCRIPTS / "testnet"), str(SCRIPTS / "demo")]

from governance import Governance, add_validator, purge_keys, remove_validator, set_keys
from network import VALIDATORS
from output import say, step
from rehearsal import options_of, ports, rehearse, start

#: Blocks until a change of members or keys is in force: it is queued at the end of a session, and
#: in force one later. A session has 20 slots; there is room for what is not final yet.
TWO_SESSIONS = 60


def story(network, _):
    guard, each = ports(len(VALIDATORS) + 1)
    council = Governance(network)
    eve = council.accounts["Eve"]

    def wait_for(what, holds):
        begun = council.node.finalized()[0]
        network.until(what, holds, TWO_SESSIONS)
        say(f"    {what} after {council.node.finalized()[0] - begun} finalized blocks")

    step("Four validators")
    for name, of in zip(VALIDATORS, each):
        network.add(name, of)
    start(network)
    council.require(len(council.validators()) == 4, "four validate")

    step("A fifth node makes session keys and its account registers them")
    network.add("eve", each[-1])
    network.launch("eve")
    network.until_answering("eve")
    network.until_finalized(council.node.finalized()[0], 60)
    keys, proof = council.rotated_keys("eve", eve)
    council.settled(council.send("Eve", set_keys(keys, proof)))

    step("The council adds it")
    council.decide(add_validator(eve.id))
    wait_for("the fifth validates", lambda: eve.id in council.validators())
    joined = council.node.finalized()[0]
    wait_for("it authored a block", lambda: council.authored(eve.id, joined))

    step("It changes its keys")
    fresh, proof = council.rotated_keys("eve", eve)
    council.settled(council.send("Eve", set_keys(fresh, proof)))
    wait_for("the new key is in force", lambda: fresh[:32] in council.babe_keys())
    council.require(keys[:32] not in council.babe_keys(), "the old key is out of force")
    changed = council.node.finalized()[0]
    wait_for("it authored a block with it", lambda: council.authored(eve.id, changed))

    step("The council removes it")
    council.decide(remove_validator(eve.id))
    wait_for("four validate again", lambda: eve.id not in council.validators())
    council.settled(council.send("Eve", purge_keys()))
    left = network.look()
    network.until_finalized(left + 5, 60)
    say("    finality goes on without it")
    guard.close()


if __name__ == "__main__":
    rehearse(options_of(__doc__).parse_args(), story)
