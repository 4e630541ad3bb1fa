"""What serving and checking blobs costs, each figure beside a baseline of the same run."""

import socket
import subprocess
import time
from pathlib import Path
from threading import Thread

from output import say, step, table
from processes import Failed

SIZE = 1 << 30
#: All take turns, so many times, and the best of each counts.
TURNS = 5


class Sender:
    """Sends a file by HTTP to whoever connects: nothing but the kernel touches its bytes."""

    def __init__(self, file):
        self.file = file
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            with connection, open(self.file, "rb") as file:
                connection.recv(65_536)
                size = self.file.stat().st_size
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
                connection.sendfile(file)


def seconds(command):
    begun = time.perf_counter()
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return time.perf_counter() - begun


def fetched(url):
    """How many bytes an answer has."""
    done = subprocess.run(["curl", "-sf", "-o", "/dev/null", "-w", "%{size_download}", url],
                          check=True, capture_output=True, text=True)
    return int(done.stdout)


def measure(site):
    step(f"A blob of {SIZE >> 20} MiB is published")
    name = "large"
    blob = Path(site.home / "daemon" / "blobs" / site.publish(name, SIZE))
    url = f"{site.endpoint}/blobs/{blob.name}"
    plain = Sender(blob)
    encoded, size = fetched(url), fetched(plain.url)
    if not size < encoded < size * 1.1:
        raise Failed(f"{encoded} bytes were served for a blob of {size}")
    step("It is copied, served and checked")
    get = ["curl", "-sf", "-o", "/dev/null"]
    tried = {
        "cp": ["cp", blob, site.home / "copy"],
        "sendfile": [*get, plain.url],
        "daemon": [*get, url],
        "sha256sum": ["sha256sum", blob],
        "verify": [site.bin / "guerdon", "--home", site.home / "daemon", "dataset", "verify",
                   site.home / name],
    }
    best, memory = {}, 0
    for _ in range(TURNS):
        for what, command in tried.items():
            site.watch.peak = site.watch.memory()
            best[what] = min(seconds(command), best.get(what, 1e9))
            if what == "daemon":
                memory = max(memory, site.watch.peak["daemon"])

    def row(text, what, baseline):
        return [text, f"{size / best[what] / 1e9:.2f} GB/s", baseline,
                f"{size / best[baseline] / 1e9:.2f} GB/s", f"{best[what] / best[baseline]:.2f} x"]

    table(["what", "rate", "baseline", "its rate", "time"], [
        row("served by the daemon, over loopback", "daemon", "sendfile"),
        row("the same", "daemon", "cp"),
        row("a folder checked against its document", "verify", "sha256sum"),
    ])
    more = encoded / size - 1
    say(f"\n  The encoding that is checked while it streams has {more:.2%} more bytes.")
    say(f"  The daemon took at most {memory} MB, {site.first['daemon']} before.")
