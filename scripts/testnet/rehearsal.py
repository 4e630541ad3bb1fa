"""What every rehearsal begins and ends with: a network in a temporary folder, and nothing left."""

import argparse
import signal
import sys
from contextlib import suppress
from pathlib import Path

from network import VALIDATORS, Network
from output import say
from processes import SIGNALS, Failed, free_ports, ignore_signals

#: Ports of a node: RPC, peers, metrics.
PORTS = 3


def options_of(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--bin", type=Path, default=Path("target/release"),
                        help="where guerdon-node is")
    return parser


def ports(count):
    """Ports for so many nodes, and what keeps others from taking them."""
    guard, found = free_ports(PORTS * count)
    return guard, [found[i:i + PORTS] for i in range(0, len(found), PORTS)]


def start(network):
    """Starts the four validators and waits until finality goes on."""
    for name in VALIDATORS:
        network.launch(name)
    for name in VALIDATORS:
        network.until_answering(name)
    network.until_finalized(2, 60)


def rehearse(options, story, after=lambda network: None):
    """Tells the story on a network of its own. Exits with 1 when something does not hold.
    `after` is done when all nodes have ended."""
    network = Network(options.bin, None, "local")

    def interrupted(number, _):
        ignore_signals()
        network.abandon()
        sys.exit(128 + number)

    for number in SIGNALS:
        signal.signal(number, interrupted)
    failed = None
    try:
        story(network, options)
        network.agree()
        if network.ended():
            raise Failed("\n".join(network.ended()))
        say("\nEverything held.")
    except (Failed, OSError) as error:
        failed = error
    finally:
        ignore_signals()
        network.stop()
        after(network)
        logs = network.keep_logs() if failed else None
        with suppress(OSError):
            network.clean(logs)
    if failed:
        sys.exit(f"The rehearsal failed: {failed}\nThe logs are in {logs}.")
