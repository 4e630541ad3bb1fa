// polkadot-api, without generated descriptors: every type is from the chain's metadata.
import { Keyring } from "@polkadot/keyring";
import { cryptoWaitReady } from "@polkadot/util-crypto";
import { createClient, Enum } from "polkadot-api";
import { getPolkadotSigner } from "polkadot-api/signer";
import { getWsProvider } from "polkadot-api/ws";
import { WebSocket } from "ws";

import { asked, check, claimable, equal, main, version } from "./client.mjs";

main(async () => {
	// Node 20 has no WebSocket of its own.
	const client = createClient(getWsProvider(asked.url, { websocketClass: WebSocket }));
	const api = client.getUnsafeApi();
	const call = (method, params) => client._request(method, params);
	const free = async (at, asset = null) => {
		if (asset === null) return (await api.query.System.Account.getValue(asked.payee, { at })).data.free;
		return (await api.query.Assets.Account.getValue(asset, asked.payee, { at }))?.balance ?? 0n;
	};

	const block = await client.getFinalizedBlock();
	const account = await call("guerdon_v1_account", [asked.payee, block.hash]);
	equal(`the balance of ${asked.payee}`, await free(block.hash), BigInt(account.free));

	await cryptoWaitReady();
	const pair = new Keyring({ type: "sr25519" }).addFromUri(asked.signer);
	const signer = getPolkadotSigner(pair.publicKey, "Sr25519", (bytes) => pair.sign(bytes));
	const due = await claimable(call);
	const claim = api.tx.Settlement.claim({
		pool: BigInt(due.pool),
		index: BigInt(due.index),
		leaf: { payee: Enum("Account", due.payee.account), weight: BigInt(due.weight) },
		// A struct of a single field is that field here.
		proof: due.proof.map(({ hash, sum }) => ({ hash, sum: BigInt(sum) })),
		opening: undefined,
	});
	const sent = await claim.signAndSubmit(signer);
	check(sent.ok, `the claim failed: ${JSON.stringify(sent.dispatchError)}`);
	const paid = api.event.Settlement.Claimed.filter(sent.events)[0]?.payload;
	check(paid, "the claim's block has no event Settlement.Claimed of it");
	equal("the leaf's payee", paid.payee, asked.payee);
	equal("the amount that was paid", paid.amount, BigInt(due.entitlement));
	const { parentHash } = await call("chain_getHeader", [sent.block.hash]);
	const rise = (await free(sent.block.hash, due.asset)) - (await free(parentHash, due.asset));
	equal("what the balance rose by", rise, BigInt(due.entitlement));

	const { number } = await client.getFinalizedBlock();
	let events = 0;
	for (let height = 1; height <= number; height += 1) {
		const at = await call("chain_getBlockHash", [height]);
		events += (await api.query.System.Events.getValue({ at })).length;
	}
	return { version: version("polkadot-api"), blocks: number, events, claimed: due };
});
