"""drain: rows into RRD files of the original's twelve archives."""

import json
import os
import time

from support import paths
from support.measure import (Sample, cpu_of, memory_of, run_program,
                             written_by)
from support.rrdcached import ORIGINAL, Round, Rrdcached, names
from support.scratch import Scratch

STEP = 300
BEGIN = 1700006400


def ours(files, rows, threads, undo=True):
    arguments = [paths.tool("drain_bench"), "--benchmark_format=json", files,
                 rows, 1, threads, "undo" if undo else "no-undo"]
    output, _, peak = run_program(arguments, stderr=open(os.devnull, "w"))
    run = json.loads(output)["benchmarks"][0]
    if run["complete"] != 1:
        raise RuntimeError("drain: rows are missing")
    cpu = run["cpu_time"] / 1e9
    return Sample(run["items_per_second"], cpu, peak,
                  {"rows_a_CPU_second": run["rows"] / cpu,
                   "disk_bytes_a_row": run["disk_bytes"] / run["rows"]})


class Peer:
    def __init__(self, folder, names_of_files, threads, base):
        self.files = len(names_of_files)
        for parent in {(base / x).parent for x in names_of_files}:
            parent.mkdir(parents=True)
        self.daemon = Rrdcached(folder, base, threads)
        self.daemon.start()
        self.client = self.daemon.client()
        # By librrd, as ours: a copy lies in larger pieces in the page cache,
        # and a piece that changes is written whole.
        self.client.batch("".join(
            f"CREATE {x} -s {STEP} -b {BEGIN - STEP} "
            f"DS:value:GAUGE:{2 * STEP}:U:U {' '.join(ORIGINAL)}\n"
            for x in names_of_files).encode())
        self.written = 0

    def run(self, clock, rows):
        for _ in range(rows):
            self.client.batch(clock.next())
        # Pages that are dirty already would cost nothing.
        os.sync()
        pid = self.daemon.pid
        cpu, disk, begin = cpu_of(pid), written_by(pid), time.monotonic()
        self.client.command("FLUSHALL")
        self.written += rows * self.files
        while self.client.stats()["DataSetsWritten"] < self.written:
            time.sleep(0.002)
        seconds = time.monotonic() - begin
        cpu, total = cpu_of(pid) - cpu, rows * self.files
        return Sample(total / seconds, cpu, memory_of(pid, "VmHWM"),
                      {"rows_a_CPU_second": total / cpu,
                       "disk_bytes_a_row": (written_by(pid) - disk) / total})


class Clock:
    """Lines of one row after the other."""

    def __init__(self, files):
        self.round = Round(files)
        self.now = BEGIN

    def next(self):
        self.now += STEP
        return self.round.at(self.now)


def run(options, report):
    files = 400 if options.small else 2000
    threads = os.cpu_count()
    with Scratch("drain") as folder:
        paths_of_files = list(names(files))
        peers = {}
        try:
            for n in () if options.before else (1, 4):
                base = folder / f"rrd-{n}"
                peers[n] = (Peer(folder / f"peer-{n}", paths_of_files, n,
                                 base), Clock(paths_of_files))
                for _ in range(2):
                    peers[n][0].run(peers[n][1], 1)
            for rows in (1, 12, 60):
                sides = {
                    f"rrdflow, {threads} writers":
                        lambda: ours(files, rows, threads),
                    "rrdcached -t 1": lambda: peers[1][0].run(peers[1][1],
                                                              rows),
                    "rrdcached -t 4": lambda: peers[4][0].run(peers[4][1],
                                                              rows),
                    "rrdflow, 1 writer": lambda: ours(files, rows, 1),
                    "rrdflow, no undo log":
                        lambda: ours(files, rows, threads, undo=False)}
                report.compare("drain", f"{rows} rows a file, {files:,} files",
                               "rows a second", sides,
                               ("least", 3 if rows == 12 else 1),
                               variants=("rrdflow, 1 writer",
                                         "rrdflow, no undo log"))
        finally:
            for peer, _ in peers.values():
                peer.daemon.kill()
