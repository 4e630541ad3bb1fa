"""What lies between nodes and can be cut, as a router between two halves of a network could."""

import socket
from contextlib import suppress
from threading import Lock, Thread


class Gate:
    """Where others reach a node: passes on the connections of those that are let in.

    Who connects is told by the port that it comes from: a node dials from the one it listens on.
    Nodes learn from each other where all gates are, so a gate for each pair would not do."""

    def __init__(self, to):
        self.to = to
        #: The ports of nodes that are let in.
        self.admitted = set()
        #: Open connections: the two sockets, by the port that it came from.
        self.open = []
        self.lock = Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            inward, (_, source) = self.listener.accept()
            Thread(target=self.join, args=(inward, source), daemon=True).start()

    def join(self, inward, source):
        with inward, socket.socket() as outward:
            connection = (source, inward, outward)
            with self.lock:
                if source not in self.admitted:
                    return
                self.open.append(connection)
            with suppress(OSError):
                outward.connect(("127.0.0.1", self.to))
                back = Thread(target=pump, args=(outward, inward), daemon=True)
                back.start()
                pump(inward, outward)
                back.join()
            with self.lock:
                self.open.remove(connection)

    def admit(self, ports):
        """Lets in these nodes and no others, and ends what is open to others."""
        with self.lock:
            self.admitted = set(ports)
            for source, *sockets in self.open:
                if source not in self.admitted:
                    for each in sockets:
                        end(each)


def pump(source, sink):
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    end(source)
    end(sink)


def end(each):
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
