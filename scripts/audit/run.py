#!/usr/bin/env python3
"""Audits a chain: replays every block from the first to the latest finalized one by rules of its
own, and compares every balance, pool and claim with what the chain says.

Exit code: 0 all is equal, 1 there are differences, 2 wrong usage, 5 no node, or one that cannot be
audited."""

import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Nothing is left behind in the clone.
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

from chain import Chain, Misused, Unreachable, Unusable
from replay import Replay
from report import Report, say

EQUAL, DIFFERENT, NO_NODE = 0, 1, 5
#: Seconds between two lines of progress.
PROGRESS = 5


def audit(chain, report):
    begun = shown = time.time()
    first = chain.state(chain.genesis)
    replay = Replay(report, chain.genesis, first.runtime.constants, first)
    events = extrinsics = 0
    for block in chain.blocks():
        replay.block(block)
        events += len(block["events"])
        extrinsics += len(block["extrinsics"])
        if time.time() - shown > PROGRESS:
            shown = time.time()
            say(f"  block {replay.now} of {chain.height}, {events} events,"
                f" {len(report.differences)} differences")
    replay.finish(chain.state(chain.head))
    say(f"\n{chain.height} blocks, {extrinsics} extrinsics, {events} events,"
        f" {len(replay.balances.free)} accounts, {len(replay.settlement.paid_in)} runs,"
        f" {len(replay.settlement.pools)} pools; {time.time() - begun:.1f} s\n")


def main():
    parser = argparse.ArgumentParser(prog="audit.sh", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="ws://127.0.0.1:9944",
                        help="JSON-RPC of a node that keeps all blocks and states")
    options = parser.parse_args()
    try:
        report, chain = Report(), Chain(options.url)
        say(f"Auditing {options.url} up to block {chain.height}, {chain.head}")
        audit(chain, report)
    except Misused as error:
        parser.error(str(error))
    except (Unreachable, Unusable) as error:
        say(f"error: {error}")
        sys.exit(NO_NODE)
    report.show()
    compared = sum(report.compared.values())
    if report.differences:
        say(f"\n{len(report.differences)} DIFFERENCES in {compared:,} comparisons.")
        sys.exit(DIFFERENT)
    say(f"\nAll is equal: {compared:,} comparisons.")
    sys.exit(EQUAL)


if __name__ == "__main__":
    main()
