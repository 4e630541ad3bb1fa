"""async-substrate-interface: every type is from the chain's metadata."""

import asyncio
import sys
from importlib.metadata import version

from async_substrate_interface import AsyncSubstrateInterface
from bittensor_wallet import Keypair

from client import PAYEE, SIGNER, URL, arguments, equal, report, unpaid


async def main():
    async with AsyncSubstrateInterface(URL) as chain:

        async def call(method, *params):
            return (await chain.rpc_request(method, list(params)))["result"]

        async def free(at, asset=None):
            if asset is None:
                account = await chain.query("System", "Account", [PAYEE], block_hash=at)
                return account.value["data"]["free"]
            account = await chain.query("Assets", "Account", [asset, PAYEE], block_hash=at)
            return account.value["balance"] if account.value else 0

        async def claimable():
            cursor = None
            while True:
                page = await call("guerdon_v1_claims", PAYEE, cursor)
                leaf = unpaid(page)
                if leaf:
                    return leaf
                cursor = page["next"]

        head = await chain.get_chain_finalised_head()
        account = await call("guerdon_v1_account", PAYEE, head)
        equal(f"the balance of {PAYEE}", await free(head), int(account["free"]))

        due = await claimable()
        claim = await chain.compose_call("Settlement", "claim", arguments(due))
        signed = await chain.create_signed_extrinsic(claim, Keypair.create_from_uri(SIGNER))
        sent = await chain.submit_extrinsic(signed, wait_for_finalization=True)
        if not await sent.is_success:
            sys.exit(f"the claim failed: {await sent.error_message}")
        paid = [event["attributes"] for event in await sent.triggered_events
                if (event["module_id"], event["event_id"]) == ("Settlement", "Claimed")]
        equal("how many leaves the claim paid", len(paid), 1)
        equal("the leaf's payee", paid[0]["payee"], PAYEE)
        equal("the amount that was paid", paid[0]["amount"], int(due["entitlement"]))
        parent = (await call("chain_getHeader", sent.block_hash))["parentHash"]
        rise = await free(sent.block_hash, due["asset"]) - await free(parent, due["asset"])
        equal("what the balance rose by", rise, int(due["entitlement"]))

        blocks = await chain.get_block_number(await chain.get_chain_finalised_head())
        events = 0
        for height in range(1, blocks + 1):
            events += len(await chain.get_events(await chain.get_block_hash(height)))
        report(version("async-substrate-interface"), blocks, events, due)


asyncio.run(main())
