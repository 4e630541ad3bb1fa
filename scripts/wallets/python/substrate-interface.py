"""substrate-interface: every type is from the chain's metadata."""

import sys
from importlib.metadata import version

from substrateinterface import Keypair, SubstrateInterface

from client import PAYEE, SIGNER, URL, arguments, equal, report, unpaid

chain = SubstrateInterface(url=URL)


def call(method, *params):
    return chain.rpc_request(method, list(params))["result"]


def free(at, asset=None):
    if asset is None:
        return chain.query("System", "Account", [PAYEE], block_hash=at).value["data"]["free"]
    account = chain.query("Assets", "Account", [asset, PAYEE], block_hash=at).value
    return account["balance"] if account else 0


def claimable():
    cursor = None
    while True:
        page = call("guerdon_v1_claims", PAYEE, cursor)
        leaf = unpaid(page)
        if leaf:
            return leaf
        cursor = page["next"]


head = chain.get_chain_finalised_head()
equal(f"the balance of {PAYEE}", free(head), int(call("guerdon_v1_account", PAYEE, head)["free"]))

due = claimable()
claim = chain.compose_call("Settlement", "claim", arguments(due))
signed = chain.create_signed_extrinsic(claim, Keypair.create_from_uri(SIGNER))
sent = chain.submit_extrinsic(signed, wait_for_finalization=True)
if not sent.is_success:
    sys.exit(f"the claim failed: {sent.error_message}")
paid = [event.value["attributes"] for event in sent.triggered_events
        if (event.value["module_id"], event.value["event_id"]) == ("Settlement", "Claimed")]
equal("how many leaves the claim paid", len(paid), 1)
equal("the leaf's payee", paid[0]["payee"], PAYEE)
equal("the amount that was paid", paid[0]["amount"], int(due["entitlement"]))
parent = call("chain_getHeader", sent.block_hash)["parentHash"]
rise = free(sent.block_hash, due["asset"]) - free(parent, due["asset"])
equal("what the balance rose by", rise, int(due["entitlement"]))

blocks = chain.get_block_number(chain.get_chain_finalised_head())
events = sum(len(chain.get_events(chain.get_block_hash(height)))
             for height in range(1, blocks + 1))
report(version("substrate-interface"), blocks, events, due)
