"""What a daemon is sent."""

import os
import select
import time
from collections import Counter
from hashlib import sha512

import ed25519
from processes import Failed
from wire import CLOSED, JSON, connect, exchange, post, receive, request, send, status

#: What the daemon puts up with (client/src/serve.rs): transfers at the same time; seconds for a
#: header, and for a body or a reader that takes nothing.
TRANSFERS, HEADER, STALL = 64, 10, 30
#: Seconds that a busy machine may need besides.
LEEWAY = 8
KEY_REQUEST = b"application/vnd.guerdon.key-request.v1+scale"


def get(site, path, headers=(), method="GET"):
    return status(exchange(site.daemon, request(method, path, headers)))


def noise(site):
    return Counter(status(exchange(site.daemon, os.urandom(size) + b"\r\n\r\n"))
                   for size in (1, 100, 10_000, 1_000_000) * 10)


def endless_headers(site):
    line = b"X-More: " + b"a" * 1000 + b"\r\n"
    start = b"GET /health HTTP/1.1\r\n"
    endless = [[start] + [line] * 20_000, [start + b"X: " + b"a" * 20_000_000],
               [b"GET /" + b"a" * 20_000_000]]
    return Counter(status(exchange(site.daemon, *pieces)) for pieces in endless)


def nonsense(site):
    missing = "0" * 64
    paths = ["/", "/blobs", "/blobs/", "/blobs/abc", f"/blobs/{missing}", f"/blobs/{missing}.obao",
             "/blobs/../../../etc/passwd", "/blobs/..%2f..%2f..%2fetc%2fpasswd",
             "/blobs/%2e%2e/evidence", "/blobs//etc/passwd", "/blobs/" + "%00" * 64,
             "/blobs/" + "." * 64, f"/blobs/{site.root}%00", f"/blobs/{site.root}/..",
             f"/evidence/{missing}", "/evidence/..%2fkeys", "/keys", "/attest", "/gated/access",
             "/blobs/%ff", "/blobs/" + "a" * 10_000]
    answers = Counter(get(site, path) for path in paths)
    for method in ("PUT", "DELETE", "POST", "BREW"):
        answers[get(site, f"/blobs/{site.root}", method=method)] += 1
    return answers


def ranges(site):
    """Ranges are not offered: whoever asks for one gets the whole blob, from its beginning."""
    answers = Counter()
    for wanted in ("bytes=0-10", "bytes=-1", "bytes=99999999999-", "bytes=5-1",
                   "bytes=" + "0-1," * 500, "lines=1"):
        with connect(site.daemon) as connection:
            send(connection, request("GET", f"/blobs/{site.root}", (f"Range: {wanted}",)))
            answers[receive(connection)[0]] += 1
    return answers


def large_bodies(site):
    answers = Counter()
    for path in ("/attest", "/keys"):
        for size in (5_000, 1_000_000, 20_000_000):
            body = b'{"receipt":"' + b"0" * size + b'"}'
            answers[status(post(site.daemon, path, body))] += 1
            chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            start = request("POST", path, (*JSON, "Transfer-Encoding: chunked"))
            answers[status(exchange(site.daemon, start, chunks))] += 1
    return answers


def trickle(connections, seconds):
    """Sends a byte a second on each, and counts how they end. Fails when one is still open then."""
    answers, left, deadline = Counter(), set(connections), time.time() + seconds
    while left and time.time() < deadline:
        for connection in left:
            send(connection, b"a")
        for connection in select.select(list(left), [], [], 1)[0]:
            answers[receive(connection)[0]] += 1
            left.discard(connection)
        time.sleep(0.5)
    if left:
        raise Failed(f"{len(left)} connections are still open after {seconds} s")
    return answers


def begin(site, start, count):
    connections = [connect(site.daemon) for _ in range(count)]
    for connection in connections:
        site.hold(connection)
        send(connection, start)
    return connections


def trickled_headers(site):
    connections = begin(site, b"GET /health HTTP/1.1\r\nX-More: ", 50)
    return trickle(connections, HEADER + LEEWAY)


def trickled_bodies(site):
    connections = [connection for path in ("/attest", "/keys")
                   for connection in begin(site, request("POST", path, JSON, 2_000), 25)]
    return trickle(connections, STALL + LEEWAY)


def thousand(site):
    """More than are served at the same time. Whoever asks gets in when the idle are cut."""
    begin(site, b"", 1_000)
    begun = time.time()
    answers = Counter([get(site, "/health")])
    if time.time() - begun > 2 * HEADER + LEEWAY:
        raise Failed(f"/health was answered after {time.time() - begun:.0f} s")
    return answers


def stalled_readers(site):
    """More readers of a large blob than there are transfers stop after its first bytes."""
    start = request("GET", f"/blobs/{site.root}")
    connections = begin(site, start, TRANSFERS + 36)
    answers = Counter()
    # Who gets no turn is told so; the others have the beginning, and no end.
    for connection in connections:
        answers[receive(connection)[0]] += 1
    if answers["200"] < TRANSFERS:
        raise Failed(f"{answers['200']} transfers were begun, not {TRANSFERS}")
    answers[get(site, "/health")] += 1
    return answers


def signed_keys(site, seed, requester, genesis):
    """The body of POST /keys: a request that names an account, signed with a key."""
    fields = [genesis, bytes(8), bytes(8), bytes(5), requester, (1).to_bytes(4, "little"),
              site.hash_of(1), os.urandom(32)]
    encoded = b"".join(fields)
    pae = b"DSSEv1 %d %s %d %s" % (len(KEY_REQUEST), KEY_REQUEST, len(encoded), encoded)
    signature = ed25519.sign(seed, b"<Bytes>" + pae + b"</Bytes>")
    return {"request": encoded.hex(), "signature": "00" + signature.hex()}


def public_key(seed):
    secret = int.from_bytes(sha512(seed).digest()[:32], "little") & (2**254 - 8) | 2**254
    return ed25519.compress(ed25519.multiply(secret, ed25519.BASE))


def bodies(site):
    """Bodies that are no request."""
    texts = [b"", b"{", b"[]", b"{}", b"null", b"\xff", b"[" * 3_000,
             b'{"request":1,"signature":2}', b'{"receipt":"zz","signature":"zz"}',
             b'{"request":"00","signature":"00"}', b'{"receipt":"","signature":""}']
    answers = Counter()
    for path in ("/attest", "/keys"):
        answers.update(status(post(site.daemon, path, text)) for text in texts)
        answers[status(post(site.daemon, path, b"{}", ("Content-Type: text/plain",)))] += 1
    return answers


def keys(site):
    """POST /keys: not signed, signed by somebody else, for another chain, of a stranger."""
    seed, other = os.urandom(32), os.urandom(32)
    me, genesis = public_key(seed), site.hash_of(0)
    proper = signed_keys(site, seed, me, genesis)
    tries = {
        "401": [proper | {"signature": ""}, proper | {"signature": "01" + "00" * 64},
                signed_keys(site, other, me, genesis), proper | {"signature": "00" + "ff" * 64}],
        "400": [signed_keys(site, seed, me, bytes(32)),
                proper | {"request": proper["request"] + "00"}],
        # The stranger is who it says, and nothing here is its business.
        "404": [proper],
    }
    return expected(site, "/keys", tries)


def receipts(site):
    """POST /attest: for another chain, of nobody who contributes, not signed."""
    def receipt(genesis):
        parts = [b"\1", genesis, bytes(12), *[os.urandom(32)] * 3, bytes(4), bytes(32), bytes(12)]
        return b"".join(parts).hex()
    genesis, unsigned = site.hash_of(0), "00" * 64
    tries = {
        # A judgement, and not a fault: the receipt is refused.
        "200": [{"receipt": receipt(bytes(32)), "signature": unsigned}],
        "503": [{"receipt": receipt(genesis), "signature": signed}
                for signed in (unsigned, os.urandom(64).hex())],
        "400": [{"receipt": receipt(genesis)[2:], "signature": unsigned},
                {"receipt": receipt(genesis), "signature": unsigned[2:]}],
    }
    return expected(site, "/attest", tries)


def expected(site, path, tries):
    answers = Counter()
    for wanted, bodies in tries.items():
        for body in bodies * 20:
            found = status(post(site.daemon, path, body))
            if found != wanted:
                raise Failed(f"{path} answered {found} instead of {wanted} to {body}")
            answers[found] += 1
    return answers


CASES = [
    ("random bytes", noise, {"400", CLOSED}),
    ("endless headers", endless_headers, {"400", "414", "431"}),
    ("paths and methods", nonsense, {"400", "404", "405", "414"}),
    ("ranges", ranges, {"200"}),
    ("bodies of 5 kB to 20 MB", large_bodies, {"400", "413"}),
    ("bodies that are no request", bodies, {"400", "415", "422"}),
    ("keys without a right", keys, {"400", "401", "404"}),
    ("receipts of nobody", receipts, {"200", "400", "503"}),
    ("trickled headers", trickled_headers, {"408", CLOSED}),
    ("trickled bodies", trickled_bodies, {"400", "408", CLOSED}),
    ("1,000 connections", thousand, {"200"}),
    ("stalled readers", stalled_readers, {"200", "503"}),
]
