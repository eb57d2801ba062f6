"""start: until it is ready, with known series and a million messages that
wait."""

import shutil
import subprocess
import time

from support import paths
from support.before import Before
from support.measure import Sample, cpu_of, memory_of
from support.rrdcached import Round, Rrdcached, make_files, names
from support.scratch import Scratch
from harness import Mosquitto, check
from counters import total
from service import Rrdflow


def feed(store, series, rounds):
    subprocess.run([paths.tool("feed_journal"), store, str(series),
                    str(rounds)], check=True)


class Ours:
    """A store whose series are known and in a snapshot, and messages behind
    it; each run starts on a copy."""

    def __init__(self, folder, broker, series, waiting):
        self.folder, self.broker, self.waiting = folder, broker, waiting
        rounds = waiting // series
        service = self.service(folder / "made")
        service.start()
        service.terminate()
        feed(service.store, series, 1)
        service.start(timeout=600)
        service.wait_taken(series, 600)
        service.terminate(300)
        feed(service.store, series, rounds)
        self.known, self.made = series, service.store

    def service(self, folder):
        return Rrdflow(folder, self.broker.address, {
            "journal": {"segment_size": "64MiB"},
            "cache": {"flush_after": "1d"},
            "limits": {"disk_reserve": "1MiB", "series": 2000000},
            "rule": [{"name": "plant", "topics": ["plant/#"], "step": "1s",
                      "format": "number", "series": "{topic}"}]})

    def run(self):
        service = self.service(self.folder / "run")
        shutil.rmtree(service.store)
        shutil.copytree(self.made, service.store, symlinks=True)
        try:
            begin = time.monotonic()
            service.start(timeout=600)
            seconds = time.monotonic() - begin
            metrics = service.metrics()
            taken = total(metrics, "messages_taken_total")
            left = total(metrics, "journal_waiting_messages")
            check(taken == self.known + self.waiting and left == 0,
                  f"ready with {taken:.0f} messages taken, {left:.0f} left")
            pid = service.process.child.pid
            return Sample(seconds, cpu_of(pid), memory_of(pid, "VmHWM"))
        finally:
            service.kill()


class Peer:
    """A journal of as many updates; each run starts on a copy."""

    def __init__(self, folder, series, waiting):
        self.folder, self.waiting = folder, waiting
        files = list(names(series))
        make_files(folder / "rrd", files)
        daemon = Rrdcached(folder / "made", folder / "rrd")
        with daemon:
            client, lines = daemon.client(), Round(files)
            for i in range(waiting // series):
                client.batch(lines.at(1700006400 + 10 * i))
            # With -j it leaves the rows to its journal.
            daemon.process.terminate(300)
        self.made = daemon.journal

    def run(self):
        daemon = Rrdcached(self.folder / "run", self.folder / "rrd")
        shutil.rmtree(daemon.journal)
        shutil.copytree(self.made, daemon.journal)
        daemon.journal.chmod(0o700)
        begin = time.monotonic()
        with daemon:
            # Connections wait until the journal was read.
            got = daemon.client().stats()["UpdatesReceived"]
            seconds = time.monotonic() - begin
            check(got in (0, self.waiting), f"{got} updates came back")
            return Sample(seconds, cpu_of(daemon.pid),
                          memory_of(daemon.pid, "VmHWM"))


def run(options, report):
    sizes = (10_000,) if options.small else (100_000, 1_000_000)
    waiting = 50_000 if options.small else 1_000_000
    for series in sizes:
        with Scratch("start") as folder, \
                Mosquitto(folder / "broker") as broker:
            ours = Ours(folder / "ours", broker, series, waiting)
            sides, target = {"rrdflow": ours.run}, ("most", 20)
            if options.before:
                before = Before(options.before, lambda: Ours(
                    folder / "before", broker, series, waiting))
                sides["before"] = before.run
            elif series < 1_000_000:
                peer = Peer(folder / "peer", series, waiting)
                sides["rrdcached -j"] = peer.run
                target = ("most", 0.1)
            report.compare("start", f"{series:,} known series, {waiting:,} "
                           "messages wait", "seconds", sides, target)
