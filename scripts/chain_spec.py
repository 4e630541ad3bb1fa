#!/usr/bin/env python3
"""Writes the chain specification of a real network from a plan:

    {"name": "Example", "id": "example",
     "bootnodes": ["/dns/node1.example.org/tcp/30333/p2p/12D3Koo…"],
     "validators": [{"account": "5…", "babe": "5…", "grandpa": "5…"}, …],
     "council": ["5…", …],
     "balances": {"5…": "1000000.5", …}}

Addresses are SS58 with prefix 42, amounts are in GRD. Development keys, which everybody has, are
refused. `guerdon-node export-chain-spec --raw` makes of it what nodes are started with."""

import argparse
import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

UNITS = 10**12
LEAST_BALANCE = 10**6
ADDRESS = re.compile(r"[1-9A-HJ-NP-Za-km-z]{47,48}")


class Refused(Exception):
    """The plan makes no sense, or no safe network."""


def amount(text):
    units = Decimal(text) * UNITS
    if units != int(units) or units < LEAST_BALANCE:
        raise Refused(f"{text}: an amount is 0.000001 GRD at least, with 12 digits after the point")
    return int(units)


def addresses(found):
    """Every address in a piece of JSON."""
    return set(ADDRESS.findall(json.dumps(found)))


def patch(plan, development):
    """The genesis: what the development chain's says of consensus, and whom the plan names."""
    validators = plan["validators"]
    for what in ("account", "babe", "grandpa"):
        if len({validator[what] for validator in validators}) != len(validators):
            raise Refused(f"two validators have the same {what}")
    if len(validators) < 4:
        raise Refused("with fewer than four validators one that fails stops finality")
    if not plan["council"]:
        raise Refused("without a council nothing can ever be decided")
    known = addresses(plan) & addresses(development)
    if known:
        raise Refused(f"anybody can sign for the development keys {', '.join(sorted(known))}")
    for account in [v["account"] for v in validators] + plan["council"]:
        if account not in plan["balances"]:
            raise Refused(f"{account} has no balance: it could not send a transaction")
    accounts = sorted(validator["account"] for validator in validators)
    return {
        "babe": development["babe"],
        "balances": {"balances": [[who, amount(grd)] for who, grd in plan["balances"].items()]},
        "council": {"members": sorted(plan["council"])},
        "validatorSet": {"members": accounts},
        "session": {"keys": [
            [v["account"], v["account"], {"babe": v["babe"], "grandpa": v["grandpa"]}]
            for v in validators
        ]},
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--node", default="guerdon-node", help="the program")
    options = parser.parse_args()
    try:
        plan = json.loads(options.plan.read_text())
        exported = subprocess.run([options.node, "export-chain-spec", "--chain", "local"],
                                  check=True, capture_output=True).stdout
        specification = json.loads(exported)
        genesis = specification["genesis"]["runtimeGenesis"]
        genesis["patch"] = patch(plan, genesis["patch"])
        specification |= {"name": plan["name"], "id": plan["id"], "protocolId": plan["id"],
                          "chainType": "Live", "bootNodes": plan["bootnodes"]}
    except KeyError as error:
        sys.exit(f"error: the plan lacks {error}")
    except (OSError, ValueError, ArithmeticError, Refused,
            subprocess.CalledProcessError) as error:
        sys.exit(f"error: {error}")
    options.output.write_text(json.dumps(specification, indent=1))


if __name__ == "__main__":
    main()
