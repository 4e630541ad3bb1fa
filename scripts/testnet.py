#!/usr/bin/env python3
"""Four validators on this machine: Alice, Bob, Charlie and Dave, with development keys.

The chain is kept: a second start goes on with it. Ctrl-C stops all four."""

import argparse
import os
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
# Nothing is left behind in the clone.
sys.dont_write_bytecode = True
sys.path[:0] = [str(SCRIPTS / "testnet"), str(SCRIPTS / "demo")]

from network import VALIDATORS, Network
from output import say, step
from processes import SIGNALS, Failed, ignore_signals

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "guerdon"


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=CACHE / "testnet",
                        help="where chains, keys and logs are kept (default: %(default)s)")
    parser.add_argument("--fresh", action="store_true", help="begin a new chain")
    parser.add_argument("--rpc-port", type=int, default=9944, help="of Alice; the others follow")
    parser.add_argument("--p2p-port", type=int, default=30333, help="of Alice; the others follow")
    parser.add_argument("--metrics-port", type=int, default=9615,
                        help="of Alice; the others follow")
    parser.add_argument("--bin", type=Path, default=Path("target/release"),
                        help="where guerdon-node is")
    return parser.parse_args()


def check(options):
    """What would keep the nodes from starting, told before any of them does."""
    node = options.bin / "guerdon-node"
    if not os.access(node, os.X_OK):
        raise Failed(f"there is no {node}: build it with ./scripts/testnet.sh, or with\n"
                     "    ./scripts/setup.sh && cargo build --release -p guerdon-node\n"
                     "and say where it is with --bin")
    for option in ("rpc_port", "p2p_port", "metrics_port"):
        first = getattr(options, option)
        for port in range(first, first + len(VALIDATORS)):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    raise Failed(f"port {port} cannot be used ({error.strerror}): does another"
                                 f" node run? Choose others with --{option.replace('_', '-')}"
                                 ) from None


def clear(home):
    """Removes the chain of an earlier start, and nothing from a folder that is none."""
    for name in VALIDATORS:
        folder = home / name
        if folder.exists():
            if not (folder / "node-key").exists():
                raise Failed(f"{folder} is not of a testnet: it is left alone")
            shutil.rmtree(folder)
        (home / f"{name}.log").unlink(missing_ok=True)


def run(network, options):
    step(f"Four validators, kept in {options.home}")
    for i, name in enumerate(VALIDATORS):
        network.add(name, (options.rpc_port + i, options.p2p_port + i, options.metrics_port + i))
    for name in VALIDATORS:
        network.launch(name)
    for name in VALIDATORS:
        network.until_answering(name)
    network.until("that all have their peers", lambda: all(
        v.peers() == len(VALIDATORS) - 1 for v in network.running()), 60)
    begun = network.look()
    network.until_finalized(begun + 2, 60)
    say(f"    all have {len(VALIDATORS) - 1} peers, finality goes on at block {network.look()}")
    for validator in network.validators.values():
        say(f"    {validator.name:8} {validator.websocket}  metrics"
            f" http://127.0.0.1:{validator.metrics_port}/metrics  log {validator.name}.log")
    say("\nStop with Ctrl-C. The next start goes on with this chain; --fresh begins another.")
    before, clock = network.measure(), time.time()
    try:
        while not network.ended():
            time.sleep(1)
    except SystemExit:
        report(network, before, time.time() - clock)
        raise
    raise Failed("\n".join(network.ended()))


def report(network, before, passed):
    """What the nodes took while they ran, and how far they are."""
    for name, (seconds, megabytes) in network.measure().items():
        share = 100 * (seconds - before[name][0]) / max(1, passed)
        validator = network.validators[name]
        say(f"    {name:8} {share:3.0f} % of a core, {megabytes} MB, finalized"
            f" {validator.finalized()[0]} of {validator.height()}")


def main():
    options = parse()
    try:
        check(options)
        options.home.mkdir(parents=True, exist_ok=True)
        if options.fresh:
            clear(options.home)
    except (Failed, OSError) as error:
        sys.exit(f"error: {error}")
    network = Network(options.bin, options.home, "local")

    def interrupted(number, _):
        ignore_signals()
        network.abandon()
        sys.exit(0 if number == signal.SIGINT else 128 + number)

    for number in SIGNALS:
        signal.signal(number, interrupted)
    try:
        run(network, options)
    except (Failed, OSError) as error:
        sys.exit(f"error: {error}\nThe logs are in {options.home}.")
    finally:
        ignore_signals()
        network.stop()


if __name__ == "__main__":
    main()
