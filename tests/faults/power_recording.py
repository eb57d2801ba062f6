"""Records a life of the service on the disk of shim/power_loss.cpp: stops it
before and after each sync, and keeps what the store and its disk are then."""

import bisect
import itertools
import os
import signal
import threading
import time
from pathlib import Path

from harness import check
from power_disk import PAGE
from power_prefix import Prefix, View, kind_of


class Clock:
    """The seconds that the program has run: they stand while it is stopped."""

    def __init__(self):
        self.begin = time.monotonic()
        self.begins, self.ends = [], []

    def stopped(self, begin, end):
        self.begins.append(begin)
        self.ends.append(end)

    def end(self):
        """Of the last stop."""
        return self.ends[-1] if self.ends else 0

    def at(self, when):
        """Of a time.monotonic()."""
        n = bisect.bisect_right(self.begins, when)
        lost = sum(min(end, when) - begin for begin, end in
                   itertools.islice(zip(self.begins, self.ends), n))
        return when - self.begin - lost


class Recording(threading.Thread):
    """Watches one life until the process ends; `prefixes` are its moments."""

    def __init__(self, process, disk, kept):
        super().__init__(daemon=True)
        self.process, self.disk = process, disk
        self.kept = Path(kept)
        self.kept.mkdir(exist_ok=True)
        self.clock = Clock()
        self.prefixes = []
        self.failure = None
        # Equal pages are kept once.
        self._pages = {}
        self._last = {}
        self._kinds = {}

    def run(self):
        try:
            while self.process.alive():
                if not self._stopped():
                    time.sleep(0.0005)
                    continue
                begin, label = self._last_label()
                # What was sent before has arrived then.
                time.sleep(0.003)
                self._take(label, self.clock.at(begin))
                self.clock.stopped(begin, time.monotonic())
                self.process.child.send_signal(signal.SIGCONT)
        except Exception as e:  # Shown by the main thread.
            self.failure = e
            self.process.child.kill()

    def finish(self):
        """After the process's end."""
        self.join(60)
        check(not self.failure, f"the recording: {self.failure!r}")
        return self.prefixes

    def slack(self):
        """Seconds by which what is lost may be older than journal.sync says:
        what a sync and the machine's scheduling took."""
        log = [(self.clock.at(e) - self.clock.at(b), kind)
               for b, e, kind in self.disk.log()]
        took = max((x for x, kind in log if kind == "journal"), default=0)
        late = max((x for x, kind in log if kind == "late"), default=0)
        return 2 * took + late + 0.05

    def _stopped(self):
        """Whether all threads have stopped since the last call."""
        try:
            return os.waitid(os.P_PID, self.process.child.pid,
                             os.WSTOPPED | os.WNOHANG)
        except ChildProcessError:
            return None

    def _last_label(self):
        """When it stopped, and at which sync."""
        begin, _, label = [x for x in self.disk.log() if x[2].startswith(
            ("before-", "after-"))][-1]
        # Of several threads one may have stopped a second time for that.
        return max(begin, self.clock.end()), label

    def _take(self, label, when):
        folders, names = {}, Path(self.disk.folder, "names")
        root = self.disk.store.stat().st_ino
        self._walk(self.disk.store, "", folders)
        seen = {int(x.name): self._content(x) for x in self.kept.iterdir()}
        on_disk = {int(x.name): self._content(x)
                   for x in Path(self.disk.folder, "data").iterdir()}
        entries = {int(x.name): self._entries(x) for x in names.iterdir()
                   if x.suffix != ".tmp"}
        self.prefixes.append(Prefix(label, when, root, View(entries, on_disk),
                                    View(folders, seen), dict(self._kinds)))

    def _walk(self, folder, below, folders):
        entries = folders.setdefault(folder.stat().st_ino, {})
        for x in os.scandir(folder):
            kind = "d" if x.is_dir(follow_symlinks=False) else "f"
            entries[x.name] = (x.inode(), kind)
            if kind == "d":
                self._walk(folder / x.name, f"{below}{x.name}/", folders)
                continue
            self._kinds[x.inode()] = kind_of(below + x.name)
            kept = self.kept / str(x.inode())
            if not kept.exists():
                os.link(x.path, kept)

    @staticmethod
    def _entries(path):
        split = (x.split(" ", 2) for x in path.read_text().splitlines())
        return {name: (int(inode), kind) for inode, kind, name in split}

    def _content(self, path):
        data = path.read_bytes()
        last = self._last.get(path)
        if last and last[0] == data:
            return last[1]
        pages = tuple(self._pages.setdefault(x, x) for x in (
            data[at:at + PAGE] for at in range(0, len(data), PAGE)))
        self._last[path] = data, pages
        return pages
