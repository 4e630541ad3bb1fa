// polkadot.js, as its apps use it: no types and no RPC methods are added to it.
import { ApiPromise, Keyring, WsProvider } from "@polkadot/api";

import { asked, check, claimable, equal, main, version } from "./client.mjs";

main(async () => {
	const provider = new WsProvider(asked.url);
	const api = await ApiPromise.create({ provider, noInitWarn: true, throwOnConnect: true });
	const call = (method, params) => provider.send(method, params);
	const free = async (at, asset = null) => {
		const { query } = await api.at(at);
		if (asset === null) return (await query.system.account(asked.payee)).data.free.toBigInt();
		const account = await query.assets.account(asset, asked.payee);
		return account.isSome ? account.unwrap().balance.toBigInt() : 0n;
	};

	const hash = (await api.rpc.chain.getFinalizedHead()).toHex();
	const account = await call("guerdon_v1_account", [asked.payee, hash]);
	equal(`the balance of ${asked.payee}`, await free(hash), BigInt(account.free));

	const signer = new Keyring({ type: "sr25519" }).addFromUri(asked.signer);
	const due = await claimable(call);
	const claim = api.tx.settlement.claim(
		due.pool,
		due.index,
		{ payee: { Account: due.payee.account }, weight: due.weight },
		{ siblings: due.proof },
		null,
	);
	const sent = await new Promise((resolve, reject) => {
		const watch = (result) => {
			if (result.isError) reject(new Error(`the claim was not taken: ${result.status}`));
			if (result.dispatchError) reject(new Error(`the claim failed: ${result.dispatchError}`));
			if (result.isFinalized) resolve(result);
		};
		claim.signAndSend(signer, watch).catch(reject);
	});
	const paid = sent.events.find(({ event }) => api.events.settlement.Claimed.is(event))?.event.data;
	check(paid, "the claim's block has no event settlement.Claimed of it");
	equal("the leaf's payee", paid.payee.toString(), asked.payee);
	equal("the amount that was paid", paid.amount.toBigInt(), BigInt(due.entitlement));
	const block = sent.status.asFinalized;
	const { parentHash } = await api.rpc.chain.getHeader(block);
	const rise = (await free(block, due.asset)) - (await free(parentHash, due.asset));
	equal("what the balance rose by", rise, BigInt(due.entitlement));

	const head = await api.rpc.chain.getHeader(await api.rpc.chain.getFinalizedHead());
	const number = head.number.toNumber();
	let events = 0;
	for (let height = 1; height <= number; height += 1) {
		const at = await api.at(await api.rpc.chain.getBlockHash(height));
		events += (await at.query.system.events()).length;
	}
	return { version: version("@polkadot/api"), blocks: number, events, claimed: due };
});
