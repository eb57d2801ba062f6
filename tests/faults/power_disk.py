"""Makes of a store what a power cut leaves of it: what shim/power_disk.hpp has
kept as durable, and a random part of what was under way.

Of a file that was written to, each page that differs is the new one or the old
one, or its sectors are mixed; its size is the old, the new, or between. Of a
folder, each entry that differs is the new one or the old one. That is more than
what file systems do to their users, which keep the order of names.
"""

import os
import shutil
from pathlib import Path

PAGE = 4096
SECTOR = 512


class PowerDisk:
    def __init__(self, store, folder):
        self.store = Path(store)
        self.folder = Path(folder)
        self.renew()

    def renew(self):
        """The store as it stands is on the disk."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()

    def environment(self, library, seed, cut="", skip=""):
        return {"LD_PRELOAD": library, "RRDFLOW_SHIM_STORE": str(self.store),
                "RRDFLOW_SHIM_DISK": str(self.folder),
                "RRDFLOW_SHIM_SEED": str(seed), "RRDFLOW_SHIM_CUT": cut,
                "RRDFLOW_SHIM_SKIP": skip}

    def log(self):
        """Each sync that returned, and the cut: (begin, end, kind)."""
        path = self.folder / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        split = (x.split() for x in lines)
        return [(float(b), float(e), kind) for b, e, kind in split]

    def cut(self, rng):
        """Cuts the power; returns what was lost, as counts. @pre the service
        is dead"""
        work = _Cut(self.store, self.folder, rng)
        # Without a log the process was killed before the program began.
        if (self.folder / "log").exists():
            work.run()
        self.renew()
        return work.counts


class _Cut:
    def __init__(self, store, folder, rng):
        self.store, self.folder, self.rng = store, folder, rng
        self.counts = {"pages lost": 0, "pages kept": 0, "names lost": 0,
                       "names back": 0}
        self.staging = folder / "staging"
        self.sources = {}

    def run(self):
        self.staging.mkdir()
        for root, _, names in os.walk(self.store):
            for name in names:
                self._remember(Path(root) / name)
        # Not there if the cut came before the program began.
        for path in sorted((self.folder / "grave").glob("*")):
            self._remember(path)
        self._folder(self.store)

    def _remember(self, path):
        """Keeps a file within reach under its inode, and cuts it once."""
        inode = path.lstat().st_ino
        if inode in self.sources:
            return
        self.sources[inode] = self.staging / str(inode)
        os.link(path, self.sources[inode])
        self._cut_file(self.sources[inode], self.folder / "data" / str(inode))

    def _cut_file(self, path, durable):
        new = path.read_bytes()
        old = durable.read_bytes() if durable.exists() else b""
        if new == old:
            return
        size = self.rng.choice((len(old), len(new), self._between(old, new)))
        result = bytearray(size)
        for at in range(0, size, PAGE):
            has = old[at:at + PAGE].ljust(PAGE, b"\0")
            gets = new[at:at + PAGE].ljust(PAGE, b"\0")
            page = self._page(has, gets) if has != gets else has
            result[at:at + PAGE] = page[:size - at]
        # In place: the inode and its birth stay.
        with open(path, "r+b") as file:
            file.write(result)
            file.truncate()

    def _between(self, old, new):
        low, high = sorted((len(old), len(new)))
        return max(low, self.rng.randrange(low, high + 1) // PAGE * PAGE)

    def _page(self, has, gets):
        draw = self.rng.random()
        if draw < 0.45:
            self.counts["pages lost"] += 1
            return has
        self.counts["pages kept"] += 1
        if draw < 0.9:
            return gets
        return b"".join(
            self.rng.choice((has, gets))[at:at + SECTOR]
            for at in range(0, PAGE, SECTOR))

    def _durable_names(self, folder):
        path = self.folder / "names" / str(folder.stat().st_ino)
        lines = path.read_text().splitlines() if path.exists() else []
        split = (x.split(" ", 2) for x in lines)
        return {name: (int(inode), kind) for inode, kind, name in split}

    def _folder(self, folder):
        old = self._durable_names(folder)
        new = {}
        for entry in os.scandir(folder):
            kind = "d" if entry.is_dir(follow_symlinks=False) else "f"
            new[entry.name] = (entry.inode(), kind)
        for name in sorted(old.keys() | new.keys()):
            has, gets = old.get(name), new.get(name)
            path = folder / name
            if has == gets or self.rng.random() < 0.5:
                if gets and gets[1] == "d":
                    self._folder(path)
                continue
            if gets:
                self.counts["names lost"] += 1
                self._remove(path, gets)
            if has:
                self.counts["names back"] += 1
                self._restore(path, has)

    def _remove(self, path, entry):
        if entry[1] == "d":
            shutil.rmtree(path)
        else:
            path.unlink()

    def _restore(self, path, entry):
        inode, kind = entry
        if kind == "d":
            path.mkdir()
        elif inode in self.sources:
            os.link(self.sources[inode], path)
        else:
            # Never synced: it has its name and nothing else.
            path.touch()
