#!/usr/bin/env python3
"""Writes what the replay is given of a chain into `chain.json.xz` or `members.json.xz`, for the
tests.

    scripts/audit.sh --install
    ~/.cache/guerdon/audit/*/bin/python scripts/audit/tests/record.py ws://127.0.0.1:9944 chain

A good chain to record as `chain` is that of `scripts/demo.sh --keep`, as `members` what
`play_members.py` plays. To be done again when events, calls or storage change."""

import json
import lzma
import sys

from recorded import file
from chain import Chain
from replay import OTHERS

MAPS = [
    "System.Account", "Balances.Holds", "Datasets.Datasets", "Attestors.Registrations",
    "Training.Runs", "Training.RunDatasets", "Training.Enrolments", "Training.EnrolmentDeposits",
    "Training.Invitations", "Training.CommitteeDeposits", "Contributions.Tables",
    "Contributions.Entries", "Valuation.Results", "Settlement.Books", "Settlement.Escrows",
    "Settlement.Dues", "Settlement.Pools", "Settlement.ClaimedPages", "Settlement.Cohorts",
    "Settlement.Memberships", "Settlement.Drawn", "Settlement.LicenceDues", "Settlement.ListLeaves",
    "Settlement.Expiries", "Settlement.Total", "Settlement.AllowedAssets", "Settlement.RunAssets",
    "Settlement.Shares", "Settlement.SharePools", "Assets.Asset", "Assets.Account",
]
VALUES = ["Balances.TotalIssuance", "Settlement.FreeClaims"]
#: Of a call or an argument; nothing reads the rest.
KEPT = {"call_module", "call_function", "call_args", "name", "value"}


def trimmed(call):
    """A call without what can be told from the rest of it."""
    if isinstance(call, list):
        return [trimmed(each) for each in call]
    if not isinstance(call, dict):
        return call
    plain = "call_module" not in call and "type" not in call
    return {key: trimmed(value) for key, value in call.items() if plain or key in KEPT}


def blocks(chain, runtimes):
    for block in chain.blocks():
        runtimes[block["version"]] = {name: block.pop(name) for name in ("constants", "pallets")}
        block["events"] = [event for event in block["events"] if event["pallet"] not in OTHERS
                           or event["name"].startswith("Extrinsic")]
        for extrinsic in block["extrinsics"]:
            kept = extrinsic["signer"] or extrinsic["general"]
            extrinsic["call"] = trimmed(extrinsic["call"]) if kept else None
        yield block


def stored(state):
    """What there is of it: the runtime can be older."""
    def known(names):
        return [name for name in names if tuple(name.split(".")) in state.runtime.storage]
    found = {name: list(state.items(*name.split("."))) for name in known(MAPS)}
    return {**found, **{name: state.value(*name.split(".")) for name in known(VALUES)}}


def main():
    chain, runtimes = Chain(sys.argv[1]), {}
    written = json.dumps({
        "genesis": chain.genesis, "first": stored(chain.state(chain.genesis)),
        "blocks": list(blocks(chain, runtimes)), "runtimes": runtimes,
        "state": stored(chain.state(chain.head)),
    }, separators=(",", ":"))
    file(sys.argv[2]).write_bytes(lzma.compress(written.encode(), preset=9))


if __name__ == "__main__":
    main()
