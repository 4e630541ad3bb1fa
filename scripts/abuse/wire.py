"""HTTP and WebSocket by hand: libraries do not let one do it wrong, or stop halfway."""

import json
import re
import select
import socket
import struct
import time

#: Seconds after which an answer is taken not to come.
PATIENCE = 40
#: Bytes that an error may have: whoever sends a megabyte is not sent it back.
LONGEST_ERROR = 2048
SILENT, CLOSED = "no answer", "closed"


def connect(port):
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


def send(connection, *pieces):
    """Sends until all is sent, or the other side has answered or hung up."""
    try:
        for piece in pieces:
            for start in range(0, len(piece), 65_536):
                if select.select([connection], [], [], 0)[0]:
                    return
                connection.sendall(piece[start:start + 65_536])
    except OSError:
        pass


def receive(connection, patience=PATIENCE):
    """Status and body of an answer. Instead of a status: that there was none."""
    deadline, data, body, length = time.time() + patience, b"", b"", None
    try:
        while length is None or len(body) < length:
            connection.settimeout(max(0.01, deadline - time.time()))
            piece = connection.recv(65_536)
            if not piece:
                return (CLOSED, b"") if length is None else (status, body)
            if length is not None:
                body += piece
                continue
            data += piece
            if b"\r\n\r\n" in data:
                head, _, body = data.partition(b"\r\n\r\n")
                status = head.split(b" ", 2)[1].decode(errors="replace")
                found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
                length = int(found[1]) if found else 0
    except TimeoutError:
        return SILENT, b""
    except OSError:
        return CLOSED, b""
    return status, body


def request(method, path, headers=(), length=None):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode()


JSON = ("Content-Type: application/json",)


def exchange(port, *pieces, patience=PATIENCE):
    """Status and body of the answer to some bytes on a connection of their own."""
    with connect(port) as connection:
        send(connection, *pieces)
        return receive(connection, patience)


def post(port, path, body, headers=JSON):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return exchange(port, request("POST", path, headers, len(body)), body)


def status(answer):
    """What the table calls an answer of a daemon."""
    code, body = answer
    if code[0] == "5" and code != "503":
        return f"{code} {body[:80]!r}"
    return code if code[0] == "2" else within(code, body)


def within(code, body):
    return code if len(body) <= LONGEST_ERROR else f"{code} of {len(body)} bytes"


def call(method, params, number=1):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def code(answer):
    """What the table calls an answer by JSON-RPC: the error's code, else the status."""
    status, body = answer
    if status != "200":
        return status
    return code_of(body)


def code_of(text):
    try:
        read = json.loads(text)
    except ValueError:
        return "no JSON"
    if isinstance(read, list):
        return "batch"
    if "error" not in read:
        return "result"
    return within(str(read["error"]["code"]), text)


class WebSocket:
    """A connection for JSON-RPC."""

    def __init__(self, port):
        self.connection = connect(port)
        send(self.connection, request("GET", "/", (
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")))
        head = b""
        # Byte by byte: what follows the header is not of it.
        while not head.endswith(b"\r\n\r\n"):
            byte = self.connection.recv(1)
            if not byte:
                break
            head += byte
        self.status = head.split(b" ", 2)[1].decode() if head else CLOSED

    def send(self, data, opcode=1):
        data = data if isinstance(data, bytes) else data.encode()
        size = len(data)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65_536:
            head += struct.pack(">BH", 0x80 | 126, size)
        else:
            head += struct.pack(">BQ", 0x80 | 127, size)
        # The mask that changes nothing.
        self.connection.sendall(head + bytes(4) + data)

    def exactly(self, size):
        data = b""
        while len(data) < size:
            piece = self.connection.recv(min(size - len(data), 1 << 20))
            if not piece:
                raise ConnectionError("closed")
            data += piece
        return data

    def receive(self):
        while True:
            first, size = self.exactly(2)
            if size == 126:
                size, = struct.unpack(">H", self.exactly(2))
            elif size == 127:
                size, = struct.unpack(">Q", self.exactly(8))
            data = self.exactly(size)
            if first & 15 == 9:
                self.send(data, 10)
            elif first & 15 == 8:
                raise ConnectionError("closed")
            elif first & 15 in (1, 2):
                return data

    def ask(self, method, *params):
        """The answer to a call; notifications before it are dropped."""
        self.send(call(method, params))
        while True:
            answer = self.receive()
            if b'"id":1' in answer:
                return answer

    def close(self):
        self.connection.close()
