"""A chain over JSON-RPC: its blocks in order, and its state. Nothing here knows what they mean, and
nothing here asks the chain for anything that it computes."""

import http.client
import json
from urllib.parse import urlsplit

from scalecodec.base import RuntimeConfigurationObject, ScaleBytes
from scalecodec.type_registry import load_type_registry_preset

from encoding import HASH_BYTES, HASHERS, blake2_256, compact, tohex, twox_128, unhex

#: Blocks that are asked for at once, and storage keys.
BATCH, PAGE = 32, 512
PATIENCE = 60
ARCHIVE = "start the node with --state-pruning archive --blocks-pruning archive"
CODE_VERSION = "state_getRuntimeVersion"
BABE = b"BABE"
#: Kinds of digest items, and of BABE's announcements.
CONSENSUS, PRE_RUNTIME, NEXT_EPOCH = 4, 6, 1
#: Events of assets that do not tell all that they change.
ASSET_CHANGES = {("Assets", name) for name in ("Created", "ForceCreated", "AssetStatusChanged")}
#: How a general transaction begins, and the version of what it says besides its call.
GENERAL, EXTENSIONS = 0b0100_0101, 0


class Unreachable(Exception):
    """There is no node, or it does not answer."""


class Unusable(Exception):
    """What the node answers cannot be audited."""


class Misused(Exception):
    """What was asked for makes no sense."""


class Rpc:
    def __init__(self, url):
        parts = urlsplit(url if "//" in url else f"//{url}")
        if parts.scheme not in ("", "ws", "wss", "http", "https") or not parts.hostname:
            raise Misused(f"{url} is no address of a node, such as ws://127.0.0.1:9944")
        secure = parts.scheme in ("wss", "https")
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self.url, self.path = url, parts.path or "/"
        self.connection = kind(parts.hostname, parts.port or (443 if secure else 9944),
                               timeout=PATIENCE)

    def ask(self, calls):
        """Results of several calls, each (method, parameters…), in order."""
        body = [{"jsonrpc": "2.0", "id": number, "method": method, "params": params}
                for number, (method, *params) in enumerate(calls)]
        try:
            answers = self.post(json.dumps(body))
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{self.url} does not answer: {error}") from None
        if isinstance(answers, dict):
            raise Unusable(f"the node refuses: {answers.get('error', answers)}")
        results = {answer["id"]: answer for answer in answers}
        for number, (method, *params) in enumerate(calls):
            if "error" in results[number]:
                error = results[number]["error"].get("message", "")
                raise Unusable(f"{method} {' '.join(map(str, params))}: {error}"
                               + (f"\n{ARCHIVE}" if "discarded" in error else ""))
        return [results[number]["result"] for number in range(len(calls))]

    def call(self, method, *params):
        return self.ask([(method, *params)])[0]

    def post(self, body):
        # A node closes connections that were idle.
        for again in (True, False):
            try:
                self.connection.request("POST", self.path, body,
                                        {"Content-Type": "application/json"})
                return json.loads(self.connection.getresponse().read())
            except (http.client.HTTPException, ConnectionError):
                self.connection.close()
                if not again:
                    raise


class Runtime:
    """What one version of the runtime says about itself: how to decode what it wrote."""

    def __init__(self, version, metadata):
        self.version = version
        self.types = RuntimeConfigurationObject(ss58_format=42)
        self.types.update_type_registry(load_type_registry_preset("core"))
        self.metadata = self.types.create_scale_object("MetadataVersioned",
                                                       data=ScaleBytes(metadata))
        self.metadata.decode()
        self.types.add_portable_registry(self.metadata)
        self.storage, self.constants, self.pallets = {}, {}, []
        for pallet in self.metadata.pallets:
            name = pallet.value["name"]
            self.pallets.append(name)
            for item in pallet.storage or []:
                self.storage[name, item.value["name"]] = item
            for constant in pallet.constants or []:
                value = self.decode(constant.type, constant.constant_value)
                self.constants[f"{name}.{constant.value['name']}"] = value

    def decode(self, kind, data):
        """All of the data, or, where that goes on, what comes next in it."""
        whole = not isinstance(data, ScaleBytes)
        value = self.types.create_scale_object(
            kind, data=ScaleBytes(data) if whole else data, metadata=self.metadata)
        try:
            return value.decode(check_remaining=whole)
        except Exception as error:  # The library has no class of its own for all of them.
            raise Unusable(f"spec_version {self.version}: {kind} cannot be decoded:"
                           f" {type(error).__name__}: {error}") from error

    def item(self, pallet, name):
        try:
            return self.storage[pallet, name]
        except KeyError:
            raise Unusable(f"the runtime (spec_version {self.version}) stores no {pallet}.{name}:"
                           " this auditor is older or newer") from None

    def extrinsic(self, raw):
        call = self.general(raw)
        found = self.decode("Extrinsic", raw) if call is None else {"call": call}
        return {"length": len(unhex(raw)), "signer": found.get("address"),
                "general": call is not None, "tip": found.get("tip", 0), "call": found["call"]}

    def general(self, raw):
        """The call of a general transaction, which nobody signs and the library does not know;
        None, if it is none."""
        data = ScaleBytes(raw)
        self.decode("Compact<u32>", data)
        if self.decode("u8", data) != GENERAL:
            return None
        version = self.decode("u8", data)
        if version != EXTENSIONS:
            raise Unusable(f"spec_version {self.version}: a transaction has extensions of version"
                           f" {version}: this auditor is older")
        for extension in self.metadata.get_signed_extensions().values():
            self.decode(extension["extrinsic"], data)
        call = self.decode("Call", data)
        if data.get_remaining_length():
            raise Unusable(f"spec_version {self.version}: {data.get_remaining_length()} bytes after"
                           " the call of a transaction")
        return call

    def events(self, raw):
        kind = self.item("System", "Events").get_value_type_string()
        return [
            {"extrinsic": event["extrinsic_idx"], "pallet": event["module_id"],
             "name": event["event_id"], "fields": event["attributes"]}
            for event in (self.decode(kind, raw) if raw else [])
        ]


class State:
    """The raw state after one block."""

    def __init__(self, rpc, runtime, block):
        self.rpc, self.runtime, self.block = rpc, runtime, block

    def key(self, pallet, name, *keys):
        item = self.runtime.item(pallet, name)
        parts = [twox_128(pallet), twox_128(name)]
        for kind, hasher, key in zip(item.get_params_type_string(), item.get_param_hashers(), keys):
            encoded = self.runtime.types.create_scale_object(kind).encode(key)
            parts.append(HASHERS[hasher](bytes(encoded.data)))
        return tohex(b"".join(parts))

    def value(self, pallet, name, *keys):
        """A stored value, or None."""
        raw = self.rpc.call("state_getStorage", self.key(pallet, name, *keys), self.block)
        kind = self.runtime.item(pallet, name).get_value_type_string()
        return self.runtime.decode(kind, raw) if raw else None

    def items(self, pallet, name):
        """Keys, as tuples, and values of a map."""
        item = self.runtime.item(pallet, name)
        kind = item.get_value_type_string()
        keys = list(zip(item.get_params_type_string(), item.get_param_hashers()))
        prefix = tohex(twox_128(pallet) + twox_128(name))
        last = prefix
        while True:
            page = self.rpc.call("state_getKeysPaged", prefix, PAGE, last, self.block)
            if not page:
                return
            values = self.rpc.ask([("state_getStorage", key, self.block) for key in page])
            for key, raw in zip(page, values):
                yield self.parts(keys, key), self.runtime.decode(kind, raw)
            last = page[-1]

    def parts(self, keys, key):
        data, found = ScaleBytes(tohex(unhex(key)[32:])), []
        for kind, hasher in keys:
            data.get_next_bytes(HASH_BYTES[hasher])
            found.append(self.runtime.decode(kind, data))
        return tuple(found)


class Chain:
    """The chain that ends in the block that was finalized when this began."""

    def __init__(self, url):
        self.rpc = Rpc(url)
        self.runtimes = {}
        self.head = self.rpc.call("chain_getFinalizedHead")
        self.height = int(self.rpc.call("chain_getHeader", self.head)["number"], 16)
        self.genesis = self.rpc.call("chain_getBlockHash", 0)

    def runtime(self, version, block):
        """The runtime of the state after a block."""
        if version not in self.runtimes:
            self.runtimes[version] = Runtime(version, self.rpc.call("state_getMetadata", block))
        return self.runtimes[version]

    def state(self, block):
        version = self.rpc.call(CODE_VERSION, block)["specVersion"]
        return State(self.rpc, self.runtime(version, block), block)

    def blocks(self):
        """All blocks but the first, in order, a few at a time."""
        parent = self.genesis
        for first in range(1, self.height + 1, BATCH):
            numbers = range(first, min(first + BATCH, self.height + 1))
            hashes = self.rpc.ask([("chain_getBlockHash", number) for number in numbers])
            before = [parent, *hashes[:-1]]
            versions = self.rpc.ask([(CODE_VERSION, block) for block in before])
            # A block is made by the runtime of the state before it.
            runtimes = [self.runtime(version["specVersion"], block)
                        for version, block in zip(versions, before)]
            bodies = self.rpc.ask([("chain_getBlock", block) for block in hashes])
            stored = self.stored(runtimes, before, hashes)
            for each in zip(numbers, hashes, before, runtimes, bodies, stored):
                yield self.block(*each)
            parent = hashes[-1]
        if parent != self.head:
            raise Unusable(f"block {self.height} is {parent} and not the finalized {self.head}:"
                           " the node follows another chain now, start again")

    def stored(self, runtimes, before, hashes):
        """Of each block its events, its author's possible accounts and what fees were multiplied
        by."""
        wanted = []
        for runtime, parent, block in zip(runtimes, before, hashes):
            at, since = State(self.rpc, runtime, block), State(self.rpc, runtime, parent)
            wanted += [("state_getStorage", at.key("System", "Events"), block),
                       ("state_getStorage", since.key("Session", "Validators"), parent),
                       ("state_getStorage", since.key("TransactionPayment", "NextFeeMultiplier"),
                        parent)]
        found = self.rpc.ask(wanted)
        return [found[place:place + 3] for place in range(0, len(found), 3)]

    def block(self, number, block, parent, runtime, body, stored):
        header = body["block"]["header"]
        if header["parentHash"] != parent or header_hash(header) != block:
            raise Unusable(f"block {number} is not what its hash {block} says")
        raw_events, raw_validators, raw_multiplier = stored
        if not raw_events:
            raise Unusable(f"the node does not keep the state of block {number}\n{ARCHIVE}")
        found = {
            "number": number, "hash": block, "version": runtime.version,
            "constants": runtime.constants, "pallets": runtime.pallets,
            **consensus(header),
            "extrinsics": [runtime.extrinsic(raw) for raw in body["block"]["extrinsics"]],
            "events": runtime.events(raw_events),
            "multiplier": runtime.decode("u128", raw_multiplier),
        }
        validators = runtime.decode(
            runtime.item("Session", "Validators").get_value_type_string(), raw_validators)
        place = found["author"]
        found["author"] = validators[place] if place < len(validators) else None
        state = State(self.rpc, runtime, block)
        found["tasks"] = self.tasks(state, found["events"])
        found["assets"] = self.assets(state, found["events"])
        return found

    def tasks(self, state, events):
        """The tasks that a block dealt, which its events only number."""
        dealt = [event["fields"] for event in events
                 if (event["pallet"], event["name"]) == ("Training", "TaskDealt")]
        return [[each["run"], each["task"],
                 state.value("Training", "Tasks", each["run"], each["task"])] for each in dealt]

    def assets(self, state, events):
        """The assets that a block made or changed, which its events only number."""
        changed = {event["fields"]["asset_id"] for event in events
                   if (event["pallet"], event["name"]) in ASSET_CHANGES}
        return [[number, state.value("Assets", "Asset", number)] for number in sorted(changed)]


def header_hash(header):
    logs = [unhex(log) for log in header["digest"]["logs"]]
    return tohex(blake2_256(
        unhex(header["parentHash"]), compact(int(header["number"], 16)),
        unhex(header["stateRoot"]), unhex(header["extrinsicsRoot"]),
        compact(len(logs)), *logs))


def consensus(header):
    """Slot, number of the author among the validators, and what randomness is announced."""
    found = {"slot": None, "author": None, "announced": None}
    for log in header["digest"]["logs"]:
        item = unhex(log)
        if item[1:5] != BABE:
            continue
        payload = item[5 + length_bytes(item[5]):]
        if item[0] == PRE_RUNTIME:
            found["author"] = int.from_bytes(payload[1:5], "little")
            found["slot"] = int.from_bytes(payload[5:13], "little")
        elif item[0] == CONSENSUS and payload[0] == NEXT_EPOCH:
            found["announced"] = payload[-32:].hex()
    return found


def length_bytes(first):
    """Bytes of the compact length that begins with this one."""
    return (1, 2, 4)[first & 3]
