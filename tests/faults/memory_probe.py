"""Samples how much memory of its own a process has."""

import threading
import time
from pathlib import Path


def _field(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return 0


def anonymous(pid):
    """Bytes; pages of mapped files, such as the journal's, do not count."""
    return _field(pid, "RssAnon")


def data(pid):
    """What RLIMIT_DATA limits: bytes of private memory that can be written."""
    return _field(pid, "VmData")


class Sampler(threading.Thread):
    """Looks a few times a second until `stop`."""

    def __init__(self, pid, interval=0.1):
        super().__init__(daemon=True)
        self.pid, self.interval = pid, interval
        self.samples = []
        self.ending = threading.Event()
        self.start()

    def run(self):
        while not self.ending.wait(self.interval):
            try:
                self.samples.append((time.monotonic(), anonymous(self.pid)))
            except OSError:
                return

    def stop(self):
        self.ending.set()
        self.join()

    def peak(self):
        return max((x for _, x in self.samples), default=0)

    def slope(self, begin, end):
        """Bytes per second between two times, by least squares."""
        points = [(t, x) for t, x in self.samples if begin <= t <= end]
        if len(points) < 2:
            return 0.0
        mt = sum(t for t, _ in points) / len(points)
        mx = sum(x for _, x in points) / len(points)
        below = sum((t - mt) ** 2 for t, _ in points)
        return sum((t - mt) * (x - mx) for t, x in points) / below
