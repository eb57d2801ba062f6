"""The peer: rrdcached on a private socket, in the foreground."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from support import paths
from harness import Process, check, wait_for

STRIDE = 7919


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def command(self, text):
        """Returns the lines of the answer; the first is its status."""
        self.socket.sendall(text.encode() + b"\n")
        first = self.file.readline().decode()
        check(first, "rrdcached closed the connection")
        count = int(first.split()[0])
        check(count >= 0, f"rrdcached: {text}: {first}")
        return [first] + [self.file.readline().decode() for _ in range(count)]

    def batch(self, lines):
        """Sends commands (bytes) and waits until all are done."""
        self.command("BATCH")
        self.socket.sendall(lines)
        answer = self.command(".")
        check(answer[0].startswith("0 "), f"rrdcached: {answer[:3]}")

    def stats(self):
        return {k: int(v) for k, v in
                (line.split(": ") for line in self.command("STATS")[1:])}


class Rrdcached:
    """`base` holds the RRD files; everything else is in `folder`. Nothing is
    due of itself."""

    def __init__(self, folder, base, threads=4, alloc=16, journal=True):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket = self.folder / "rrdcached.sock"
        self.journal = self.folder / "journal"
        self.journal.mkdir(exist_ok=True, mode=0o700)
        self.arguments = [
            paths.peer("rrdcached"), "-g", "-b", str(Path(base).resolve()),
            "-l", f"unix:{self.socket}", "-p", str(self.folder / "pid"),
            "-w", "864000", "-f", "1728000", "-t", str(threads),
            "-a", str(alloc)]
        if journal:
            self.arguments += ["-j", str(self.journal)]
        self.process = None

    def start(self):
        for stale in (self.socket, self.folder / "pid"):
            stale.unlink(missing_ok=True)
        self.process = Process(self.arguments, self.folder / "log")

        def reachable():
            check(self.process.alive(),
                  f"rrdcached ended:\n{self.process.tail()}")
            try:
                Client(self.socket).close()
                return True
            except OSError:
                return False
        wait_for("rrdcached answers", reachable, 600, 0.005)

    @property
    def pid(self):
        return self.process.child.pid

    def client(self):
        return Client(self.socket)

    def kill(self):
        if self.process:
            self.process.kill()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()


def names(count, fields=0):
    """Files of series, in the order in which rounds name them."""
    topics = count // max(fields, 1)
    stride = STRIDE
    while topics % stride == 0:
        stride += 1
    for k in range(topics):
        i = k * stride % topics
        stem = f"plant/hall-{i % 100}/sensor-{i}"
        if fields:
            for j in range(fields):
                yield f"{stem}.field{j}.rrd"
        else:
            yield f"{stem}.temperature.rrd"


def template(path, archives, step=10, start=1700000000):
    """An RRD file of one GAUGE."""
    subprocess.run(
        ["rrdtool", "create", str(path), "--start", str(start), "--step",
         str(step), f"DS:value:GAUGE:{2 * step}:U:U", *archives], check=True,
        stdout=subprocess.DEVNULL)


ORIGINAL = [f"RRA:{cf}:0.5:{steps}:1440" for cf in ("AVERAGE", "MAX", "MIN")
            for steps in (1, 12, 144, 288)]
SMALL = ["RRA:AVERAGE:0.5:1:100"]


def make_files(base, files, archives=None, links=True, **keywords):
    """Files of the names given. Links of one another cost no room, where no
    row is written."""
    base = Path(base)
    base.mkdir(parents=True, exist_ok=True)
    first = base / "template.rrd"
    template(first, archives or SMALL, **keywords)
    source, made, folders = first, 0, set()
    for name in files:
        target = base / name
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        if links:
            if made % 50000 == 49999:
                source = base / f"template-{made}.rrd"
                shutil.copyfile(first, source)
            os.link(source, target)
        else:
            shutil.copyfile(first, target)
        made += 1


class Round:
    """UPDATE lines of all files for one time, which can be moved."""

    def __init__(self, files):
        self.time = b"1700006400"
        self.lines = b"".join(
            b"UPDATE %s %s:%.2f\n" % (name.encode(), self.time,
                                      (i * 31 % 10000) / 100)
            for i, name in enumerate(files))

    def at(self, seconds):
        return self.lines.replace(b" " + self.time + b":",
                                  b" %d:" % seconds)
