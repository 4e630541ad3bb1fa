#!/usr/bin/env python3
"""Faults of a network of four validators: one is killed, the network falls into halves, a disk is
full. After each, all four must agree on everything that any of them ever finalized.

Assertions are about finalized blocks, and waits are counted in blocks."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(SCRIPTS / "testnet"), str(SCRIPTS / "demo")]

from gates import Gate
from network import VALIDATORS, chain_specification
from output import say, step
from processes import Failed
from rehearsal import options_of, ports, rehearse, start

HALVES = (VALIDATORS[:2], VALIDATORS[2:])
#: For how many blocks a fault lasts.
LASTING = 12
#: Within how many blocks a network is whole again.
RECOVERY = 60
#: The disk that gets full: the database of a short chain fits four times.
DISK_MEGABYTES = 64


def kill(network):
    step("One validator is killed and started again")
    dave = network.validators["dave"]
    height = dave.finalized()[0]
    network.kill("dave")
    target = height + LASTING
    # Three of four are more than two thirds.
    network.until_finalized(target, RECOVERY, VALIDATORS[:3])
    say(f"    the other three finalized {LASTING} blocks without it")
    network.launch("dave")
    network.until_answering("dave")
    after = dave.finalized()[0]
    say(f"    it was killed at finalized block {height} and came back at {after}")
    begun = network.best()
    network.until_finalized(network.validators["alice"].finalized()[0], RECOVERY)
    say(f"    it caught up within {network.best() - begun} blocks")


def partition(network, gates):
    step("Two and two, and back")
    for half in HALVES:
        for name in half:
            gates[name].admit(network.validators[one].p2p_port for one in half)
    # What was being voted on when the links went may still be finalized.
    settling = network.best()
    network.until("the last votes", lambda: network.best() > settling + 3, RECOVERY)
    network.look()
    stopped = dict(network.heights)
    bests = [network.best(half) for half in HALVES]
    network.until("blocks of both halves", lambda: all(
        network.best(half) >= best + LASTING for half, best in zip(HALVES, bests)), RECOVERY)
    network.look()
    if network.heights != stopped:
        raise Failed(f"finality went on in a half: from {stopped} to {network.heights}")
    grown = [network.best(half) for half in HALVES]
    say(f"    blocks went on to {grown[0]} and {grown[1]}, finality stood at"
        f" {min(stopped.values())} to {max(stopped.values())}")
    open_all(network, gates)
    begun, clock = network.best(), time.time()
    network.until_finalized(max(grown), RECOVERY)
    say(f"    healed: all four finalized block {max(grown)} within {network.best() - begun}"
        f" blocks, {time.time() - clock:.0f} s")
    network.agree()


def open_all(network, gates):
    for gate in gates.values():
        gate.admit(validator.p2p_port for validator in network.validators.values())


def full_disk(network):
    step("The disk of one validator is full")
    dave = network.validators["dave"]
    height = dave.finalized()[0]
    ballast = dave.folder / "ballast"
    with open(ballast, "wb") as file, suppress(OSError):
        while True:
            file.write(bytes(65_536))
            file.flush()
    target = network.validators["alice"].finalized()[0] + 2 * LASTING
    network.until_finalized(target, RECOVERY, VALIDATORS[:3])
    process = network.processes["dave"]
    ended = process.poll()
    told = [line for line in network.log("dave").splitlines()
            if "No space" in line or "panicked" in line or "rror" in line]
    state = f"it ended with {ended}" if ended is not None else "it still runs"
    say(f"    the other three finalized {2 * LASTING} blocks; {state}")
    for line in told[:3]:
        say(f"    its log: {line.strip()[:200]}")
    if ended is None:
        network.kill("dave")
    ballast.unlink()
    # It may have told of a finalized block that it could not write. What the others finalized is
    # what it is compared with from now on.
    network.heights.pop("dave", None)
    network.launch("dave")
    network.until_answering("dave")
    after = dave.finalized()[0]
    say(f"    finalized {height} before, {after} when it was started with space again")
    begun = network.best()
    network.until_finalized(network.validators["alice"].finalized()[0], RECOVERY)
    say(f"    it caught up within {network.best() - begun} blocks")


FAULTS = ("kill", "partition", "disk")


def story(network, options):
    guard, each = ports(len(VALIDATORS))
    step("Four validators, each reached through a gate")
    network.chain = network.home / "chain.json"
    chain_specification(network.bin, network.chain, lambda genesis: None)
    if "disk" in options.faults:
        mount(network)
    for name, of in zip(VALIDATORS, each):
        network.add(name, of)
    gates = {name: Gate(network.validators[name].p2p_port) for name in VALIDATORS}
    open_all(network, gates)
    network.routes = {
        name: [network.validators[other].address(gate.port) for other, gate in gates.items()
               if other != name]
        for name in VALIDATORS
    }
    start(network)
    say(f"    finalized block {network.look()} on all")
    if "kill" in options.faults:
        kill(network)
    if "partition" in options.faults:
        partition(network, gates)
    if "disk" in options.faults:
        full_disk(network)
    network.agree()
    guard.close()


def mount(network):
    """The folder of the last validator is a disk of its own, a small one."""
    if os.geteuid() != 0:
        raise Failed("a full disk needs root, to mount a small one: leave `disk` out, as in"
                     " faults.py kill partition")
    disk = network.home / "dave"
    disk.mkdir()
    # Otherwise a node would not start on so small a disk, and stop in order before that is full.
    network.options = ["--db-storage-threshold", "0"]
    network.command("mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", disk)


def unmount(network):
    disk = network.home / "dave"
    if disk.is_mount():
        subprocess.run(["umount", disk], check=True)


def main():
    parser = options_of(__doc__)
    parser.add_argument("faults", nargs="*", default=FAULTS, metavar="FAULT",
                        help=f"which faults: {', '.join(FAULTS)} (default: all)")
    options = parser.parse_args()
    unknown = set(options.faults) - set(FAULTS)
    if unknown:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    rehearse(options, story, unmount)


if __name__ == "__main__":
    main()
