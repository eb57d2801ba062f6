"""The libraries of tests/faults/shim/ that are preloaded into the program."""

import struct
import subprocess
from pathlib import Path

from harness import binary, check

KINDS = ("write", "sync", "allocate", "rename", "open", "create", "map")
# struct report of shim/fail_calls.cpp
_REPORT = struct.Struct("<8QQ24s4096s")


class Shim:
    """Lets the program have a fault; see shim/fail_calls.cpp."""

    def __init__(self, folder, store, **settings):
        library = Path(binary()).with_name("fail_calls.so")
        check(library.exists(), f"no library {library}")
        self.report = Path(folder) / "shim-report"
        self.disk = Path(folder) / "shim-disk"
        self.store = Path(store).resolve()
        self.report.write_bytes(bytes(_REPORT.size))
        self.environment = {
            "LD_PRELOAD": str(library), "RRDFLOW_SHIM_STORE": str(self.store),
            "RRDFLOW_SHIM_REPORT": str(self.report)}
        for name, value in settings.items():
            self.environment[f"RRDFLOW_SHIM_{name.upper()}"] = str(value)

    def keep_lost_pages(self):
        """What failed syncs lose is lost by `cut_power`."""
        self.disk.mkdir()
        self.environment["RRDFLOW_SHIM_DISK"] = str(self.disk)

    def cut_power(self):
        """After the program's end: files lose what no sync has written.
        Returns how many pages that are."""
        files = [x for x in self.store.rglob("*") if x.is_file()]
        said = subprocess.run(["stat", "-c", "%i-%.9W", *map(str, files)],
                              capture_output=True, text=True, check=True)
        lost = 0
        for path, name in zip(files, said.stdout.split()):
            place = self.disk / name.replace(".", "")
            if not place.with_name(place.name + ".clean").exists():
                continue
            now = path.read_bytes()
            disk = place.read_bytes() if place.exists() else b""
            lost += sum(now[i:i + 4096] != disk[i:i + 4096]
                        for i in range(0, len(now), 4096))
            path.write_bytes(disk)
        return lost

    def _read(self):
        return _REPORT.unpack(self.report.read_bytes())

    def calls(self):
        """How many calls of each kind there were."""
        return dict(zip(KINDS, self._read()))

    def faults(self):
        return self._read()[8]

    def first(self):
        """The function and the path of the first fault."""
        return [x.split(b"\0")[0].decode() for x in self._read()[9:]]
