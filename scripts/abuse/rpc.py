"""What a node's JSON-RPC is sent."""

import json
import os
import time
from collections import Counter

from processes import Failed
from wire import (CLOSED, JSON, WebSocket, call, code, code_of, connect, exchange, post, request,
                  send)

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
#: Of no parameter the right type, or no id, address, cursor or hash.
WRONG = [True, 1.5, -1, {}, [], {"a": [None]}, "", "x", "0x", "0x12", "é" * 40, 2**70, "9" * 40,
         "5" * 66, "\0"]
#: docs/rpc.md, but for the codes of what a wrong parameter cannot lead to.
REFUSED = {"-32101", "-32102", "-32103", "-32105", "-32108", "-32602"}
SUBSCRIPTIONS = 256
#: What the node accepts unless it is told otherwise.
CONNECTIONS = 100


def raw(site, body, headers=JSON):
    body = body if isinstance(body, bytes) else body.encode()
    return code(post(site.rpc, "/", body, headers))


def noise(site):
    answers = Counter(code(exchange(site.rpc, os.urandom(size) + b"\r\n\r\n"))
                      for size in (1, 100, 10_000) * 10)
    answers.update(raw(site, os.urandom(size)) for size in (1, 100, 10_000) * 10)
    return answers


def broken(site):
    bodies = [b"", b"{", b"[", b"nul", b'"', b"\xff\xfe", b'{"jsonrpc":"2.0","id":1,"method":',
              b"[[[]", b"}" * 1000, b'{"id":{}}', b"{}", b"1", b"[]", b'{"jsonrpc":"1.0","id":1}']
    answers = Counter(raw(site, body) for body in bodies)
    answers[raw(site, b"{}", ("Content-Type: text/plain",))] += 1
    answers[code(exchange(site.rpc, request("PUT", "/", JSON, 0)))] += 1
    answers[code(exchange(site.rpc, request("GET", "/nothing")))] += 1
    return answers


def nested(site):
    answers = Counter()
    for depth in (200, 100_000):
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            value = opening * depth + b"1" + closing * depth
            answers[raw(site, value)] += 1
            for method in (b"dataset", b"run", b"account", b"explain"):
                answers[raw(site, b'{"jsonrpc":"2.0","id":1,"method":"guerdon_v1_' + method
                            + b'","params":[' + value + b',1]}')] += 1
    return answers


def batches(site):
    """Many calls in one body: what is answered in all is bounded, and others do not wait."""
    one = call("guerdon_v1_nothing", [])
    answers = Counter([raw(site, f"[{','.join([one] * 10_000)}]")])
    one = call("guerdon_v1_conservation", [])
    answers[raw(site, f"[{','.join([one] * 2_000)}]")] += 1
    one = call("state_getMetadata", [])
    answers[raw(site, f"[{','.join([one] * 1_000)}]")] += 1
    return answers


def large(site):
    answers = Counter()
    for size in (1_000_000, 20_000_000):
        value = "1" * size
        for method in ("account", "dataset", "run", "datasets", "receipt", "conservation"):
            answers[raw(site, call(f"guerdon_v1_{method}", [value]))] += 1
        answers[raw(site, call("a" * size, []))] += 1
    return answers


def wrong_types(site):
    """Every method of guerdon_v1 with every wrong value, in every place."""
    websocket = WebSocket(site.rpc)
    site.hold(websocket)
    methods = json.loads(websocket.ask("rpc_methods"))["result"]["methods"]
    methods = [name for name in methods if name.startswith("guerdon_v1_")
               and not name.startswith("guerdon_v1_unsubscribe")]
    if len(methods) < 14:
        raise Failed(f"guerdon_v1 has only {methods}")
    answers = Counter()
    for method in methods:
        for value in WRONG:
            answers[code_of(websocket.ask(method, value))] += 1
            # A subscription takes no more than one, and does not look at what follows it.
            if method != "guerdon_v1_subscribeCredits":
                answers[code_of(websocket.ask(method, ALICE, value, value, value))] += 1
    for method in ("datasets", "runs"):
        for limit in (0, 65, 2**64 - 1):
            answers[code_of(websocket.ask(f"guerdon_v1_{method}", None, limit))] += 1
    for method in ("", "guerdon_v1_", "guerdon_v2_account", "x" * 1000, "system.exec"):
        answers[code_of(websocket.ask(method))] += 1
    return answers


def extrinsics(site):
    answers = Counter()
    for size in (0, 1, 4, 100, 10_000, 1_000_000):
        bytes = os.urandom(size)
        # As they are, as a signed and as an unsigned transaction of version 4 and of version 5.
        for start in (b"", b"\x84", b"\x04", b"\x05", b"\x45"):
            body = start + bytes
            prefix = (len(body) << 2 | 2).to_bytes(4, "little")
            for sent in (body, prefix + body):
                answers[raw(site, call("author_submitExtrinsic", ["0x" + sent.hex()]))] += 1
    for sent in ("", "0x0", "zz", 1, None):
        answers[raw(site, call("author_submitExtrinsic", [sent]))] += 1
    return answers


def websockets(site):
    """A thousand connections: those beyond the most are refused, and the others go on."""
    answers = Counter()
    for _ in range(1_000):
        websocket = WebSocket(site.rpc)
        answers[websocket.status] += 1
        site.hold(websocket)
    if not CONNECTIONS - 10 < answers["101"] <= CONNECTIONS:
        raise Failed(f"{answers['101']} WebSockets were accepted, not about {CONNECTIONS}")
    return answers


def subscriptions(site):
    """All places for subscriptions and more, by readers that never read what comes."""
    answers = Counter()
    for _ in range(4):
        websocket = WebSocket(site.rpc)
        site.hold(websocket)
        for _ in range(SUBSCRIPTIONS // 4 + 11):
            answers[code_of(websocket.ask("guerdon_v1_subscribeCredits", ALICE))] += 1
    if answers["result"] != SUBSCRIPTIONS:
        raise Failed(f"{answers['result']} places, not {SUBSCRIPTIONS}")
    return answers


def one_more_subscription(site):
    """The places are free again when those who had them have gone."""
    websocket = WebSocket(site.rpc)
    try:
        return code_of(websocket.ask("guerdon_v1_subscribeCredits", ALICE)) == "result"
    finally:
        websocket.close()


def slow_readers(site):
    """Asks for large answers on a tenth of the connections, again and again, and reads none."""
    answers = Counter()
    for _ in range(CONNECTIONS // 10):
        websocket = WebSocket(site.rpc)
        site.hold(websocket)
        websocket.connection.settimeout(1)
        try:
            for _ in range(100):
                websocket.send(call("state_getMetadata", []))
            answers["all sent"] += 1
        except OSError:
            answers["not read any more"] += 1
    return answers


def half_headers(site):
    """Requests whose header does not end. They have no place yet, so others get in."""
    for _ in range(1_000):
        connection = connect(site.rpc)
        site.hold(connection)
        send(connection, b"POST / HTTP/1.1\r\nHost: loc")
    time.sleep(1)
    return Counter([raw(site, call("system_health", []))])


def half_bodies(site):
    """Requests whose body does not end, more than there are places: they keep them as long as they
    like, so others are told to come back."""
    for _ in range(CONNECTIONS + 20):
        connection = connect(site.rpc)
        site.hold(connection)
        send(connection, request("POST", "/", JSON, 100) + b"{")
    time.sleep(1)
    return Counter([raw(site, call("system_health", []))])


#: What is done, the function, and the answers that are clear.
CASES = [
    ("random bytes", noise, {"400", CLOSED}),
    ("broken JSON and HTTP", broken, {"400", "-32700", "-32600", "405", "415"}),
    ("deep nesting", nested, {"-32700", "batch", "-32602"}),
    ("batches of 10,000 calls", batches, {"batch", "-32011", "-32008"}),
    ("parameters of 1 and 20 MB", large, REFUSED | {"-32601", "413"}),
    ("wrong types, every method", wrong_types, REFUSED | {"-32601"}),
    ("extrinsics of garbage", extrinsics, {"1002", "1010", "1040", "-32602"}),
    ("1,000 WebSockets", websockets, {"101", "429"}),
    ("256 subscriptions and more", subscriptions, {"result", "-32111"}),
    ("large answers never read", slow_readers, {"all sent", "not read any more"}),
    ("1,000 headers that do not end", half_headers, {"result"}),
    ("120 bodies that do not end", half_bodies, {"429"}),
]
