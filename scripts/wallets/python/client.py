"""What the clients share: their arguments, what they check, and their report."""

import json
import sys

#: What `run.py` asks of a client: `url`, `payee` and `signer`.
ASKED = json.loads(sys.argv[1])
URL, PAYEE, SIGNER = ASKED["url"], ASKED["payee"], ASKED["signer"]


def equal(what, found, expected):
    if found != expected:
        sys.exit(f"{what} is {found} instead of {expected}")


def unpaid(page):
    """The first leaf of a page of `guerdon_v1_claims` that is still to be paid, if any."""
    for leaf in page["items"]:
        if not leaf["claimed"] and int(leaf["entitlement"] or 0) > 0:
            return leaf
    if page["next"] is None:
        sys.exit(f"nothing is left to claim for {PAYEE}")
    return None


def arguments(due):
    """Of the call that claims a leaf."""
    siblings = [{"hash": node["hash"], "sum": int(node["sum"])} for node in due["proof"]]
    leaf = {"payee": {"Account": due["payee"]["account"]}, "weight": int(due["weight"])}
    # A bounded list is a tuple whose only part is the list.
    return {"pool": due["pool"], "index": due["index"], "leaf": leaf,
            "proof": {"siblings": [siblings]}, "opening": None}


def report(version, blocks, events, due):
    print(json.dumps({"version": version, "blocks": blocks, "events": events, "claimed": due}))
