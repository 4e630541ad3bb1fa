#!/usr/bin/env python3
"""Rehearses an upgrade of the runtime on a running network of four validators, through the council
and the whitelist. The running runtime itself is refused: its version is not higher."""

import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(SCRIPTS / "testnet"), str(SCRIPTS / "demo")]

from governance import (
    AUTHORIZED_UPGRADE,
    EVENTS,
    PATIENCE,
    Governance,
    apply_authorized_upgrade,
    authorize_upgrade,
    blake2_256,
    remark,
)
from network import VALIDATORS
from output import say, step
from rehearsal import options_of, ports, rehearse, start

#: Where the chain keeps its runtime: ":code".
CODE = "0x3a636f6465"
#: A refusal's error, in the event: of a module, System, SpecVersionNeedsToIncrease.
VERSION_NOT_HIGHER = bytes([3, 0, 1, 0, 0, 0])


def authorize(council, code):
    council.decide_as_root(authorize_upgrade(code))
    found = council.storage(AUTHORIZED_UPGRADE)
    council.require(found == blake2_256(code) + b"\x01",
                    "the hash of the code is authorized, with a check of its version")
    say(f"    authorized: 0x{blake2_256(code).hex()}")


def refused(council, code, since):
    """Whether a finalized block tells that the code was refused for its version."""
    told = blake2_256(code) + VERSION_NOT_HIGHER
    for number in range(since, council.node.finalized()[0] + 1):
        at = council.node.call("chain_getBlockHash", number)
        if told in (council.storage(EVENTS, at) or b""):
            return True
    return False


def story(network, options):
    guard, each = ports(len(VALIDATORS))
    council = Governance(network)
    step("Four validators")
    for name, of in zip(VALIDATORS, each):
        network.add(name, of)
    start(network)
    before, running = council.spec_version(), council.storage(CODE)
    say(f"    runtime {before}, {len(running):,} bytes")

    step("The running runtime is authorized, and refused when it is applied")
    authorize(council, running)
    begun = council.node.finalized()[0]
    council.settled(council.send("Dave", apply_authorized_upgrade(running)))
    council.require(refused(council, running, begun), "the chain says SpecVersionNeedsToIncrease")
    council.require(council.storage(AUTHORIZED_UPGRADE) is None, "the authorization is used up")
    council.require(council.spec_version() == before, "the version is what it was")
    say("    refused: SpecVersionNeedsToIncrease")

    if options.wasm is not None:
        step(f"The next runtime: {options.wasm}")
        code = options.wasm.read_bytes()
        authorize(council, code)
        council.send("Dave", apply_authorized_upgrade(code))
        network.until("the new runtime", lambda: council.spec_version() > before, PATIENCE)
        council.require(council.storage(CODE) == code, "the chain runs that code")
        upgraded = network.look()
        say(f"    runtime {council.spec_version()} is finalized at block {upgraded}")
        # Past the end of the session, in which the new runtime changes epochs for the first time.
        network.until_finalized(upgraded + 25, PATIENCE)
        council.settled(council.send("Dave", remark(b"after the upgrade")))
        say("    all four go on for more than a session, and take transactions")
    guard.close()


if __name__ == "__main__":
    parser = options_of(__doc__)
    parser.add_argument("wasm", nargs="?", type=Path,
                        help="a runtime of a higher spec_version (*.compact.compressed.wasm); "
                             "without it only the refusal is rehearsed")
    rehearse(parser.parse_args(), story)
