// What the clients share: their arguments, what they check, and their report.
import { readFileSync } from "node:fs";

/** What `run.py` asks of a client, as JSON: `url`, `payee`, `signer`, and what it alone needs. */
export const asked = JSON.parse(process.argv[2]);

/** The version of a library that is installed beside the clients. */
export const version = (name) =>
	JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;

export function check(holds, otherwise) {
	if (!holds) throw new Error(otherwise);
}

export function equal(what, found, expected) {
	check(found === expected, `${what} is ${found} instead of ${expected}`);
}

/** The first leaf that is still to be paid to the payee. `call` sends a JSON-RPC request. */
export async function claimable(call) {
	for (let cursor = null; ; ) {
		const page = await call("guerdon_v1_claims", [asked.payee, cursor]);
		const found = page.items.find((leaf) => !leaf.claimed && BigInt(leaf.entitlement ?? 0) > 0n);
		if (found) return found;
		cursor = page.next;
		check(cursor !== null, `nothing is left to claim for ${asked.payee}`);
	}
}

/** Runs a client to its end: its report on standard output, or why it failed on standard error. */
export async function main(client) {
	try {
		console.log(JSON.stringify(await client()));
		process.exit(0);
	} catch (error) {
		console.error(error);
		process.exit(1);
	}
}
