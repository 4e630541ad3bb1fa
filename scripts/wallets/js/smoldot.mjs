// A light client: it trusts the chain's first block and what its validators signed since, no node.
import { readFileSync } from "node:fs";

import { createClient } from "polkadot-api";
import { getSmProvider } from "polkadot-api/sm-provider";
import { filter, firstValueFrom } from "rxjs";
import { start } from "smoldot";

import { asked, equal, main, version } from "./client.mjs";

main(async () => {
	const spec = JSON.parse(readFileSync(asked.spec));
	spec.bootNodes = [asked.peer];
	const light = start({
		maxLogLevel: 1,
		logCallback: (_, target, message) => console.error(`${target}: ${message}`),
	});
	const chain = () => light.addChain({ chainSpec: JSON.stringify(spec) });
	const client = createClient(getSmProvider(chain));

	const { genesisHash } = await client.getChainSpecData();
	equal("the first block of the chain specification", genesisHash, asked.genesis);
	const synced = filter(({ number }) => number >= asked.height);
	const { hash, number } = await firstValueFrom(client.finalizedBlock$.pipe(synced));
	const { System } = client.getUnsafeApi().query;
	const { data } = await System.Account.getValue(asked.payee, { at: hash });
	return { version: version("smoldot"), hash, height: number, free: data.free.toString() };
});
