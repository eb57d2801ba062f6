"""A wall clock for the program under test that runs faster, or is set while
the program runs; see clock_shim.cpp."""

import mmap
import os
import struct
import time

from harness import binary, check


class SimulatedClock:
    """Starts at the real time and runs `rate` times as fast."""

    def __init__(self, path, rate=1):
        self.anchor = time.time_ns()
        self.rate = rate
        self.offset = 0
        self.path = path
        path.write_bytes(struct.pack("<3q", self.anchor, rate, 0))
        with open(path, "r+b") as file:
            self.shared = mmap.mmap(file.fileno(), 24)

    def time(self):
        """Seconds since the epoch, as the program sees them."""
        now = time.time_ns() - self.anchor
        return (self.anchor + now * self.rate + self.offset) / 1e9

    def step(self, seconds):
        """Sets it forward, or back."""
        self.offset += round(seconds * 1e9)
        self.shared[16:24] = struct.pack("<q", self.offset)

    def environment(self):
        """For Rrdflow.start."""
        shim = os.path.join(os.path.dirname(binary()), "libclock_shim.so")
        check(os.access(shim, os.R_OK), f"no {shim}")
        return {"LD_PRELOAD": shim, "RRDFLOW_CLOCK": str(self.path)}
