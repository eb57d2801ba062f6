"""accept: readings decoded, routed, journaled and cached, on one core."""

import json
import os

from support import paths
from support.measure import Sample, cpu_of, memory_of, run_program
from support.rrdcached import Round, Rrdcached, make_files, names
from support.scratch import Scratch

BEGIN = 1700006400


def ours(series, fields, rounds, rules=None):
    arguments = [paths.tool("accept_bench"), "--benchmark_format=json", series,
                 fields, rounds]
    if rules:
        arguments.append(rules)
    output, _, peak = run_program(arguments, stderr=open(os.devnull, "w"))
    run = json.loads(output)["benchmarks"][0]
    if run["complete"] != 1:
        raise RuntimeError("accept: values are missing")
    return Sample(run["items_per_second"],
                  run["cpu_time"] * run["iterations"] / 1e9, peak)


class Peer:
    """One daemon for all runs of a case: its files are known to it before the
    first."""

    def __init__(self, folder, series, fields):
        files = list(names(series, fields))
        make_files(folder / "rrd", files)
        self.round = Round(files)
        self.series = series
        self.daemon = Rrdcached(folder, folder / "rrd")
        self.daemon.start()
        self.client = self.daemon.client()
        self.now = BEGIN
        # They came first in another order than they come from now on.
        self.client.batch(Round(sorted(files)).at(self.now))
        self.now += 10

    def send(self):
        lines = self.round.at(self.now)
        self.now += 10
        begin = cpu_of(self.daemon.pid)
        self.client.batch(lines)
        return cpu_of(self.daemon.pid) - begin

    def run(self, rounds):
        received = self.client.stats()["UpdatesReceived"]
        cpu = sum(self.send() for _ in range(rounds))
        updates = self.client.stats()["UpdatesReceived"] - received
        if updates != rounds * self.series:
            raise RuntimeError("accept: rrdcached misses updates")
        return Sample(updates / cpu, cpu, memory_of(self.daemon.pid, "VmHWM"))


def run(options, report):
    sizes = (10_000,) if options.small else (10_000, 1_000_000)
    messages = 100_000 if options.small else 2_000_000
    for series in sizes:
        rounds = max(1, messages // series)
        for fields, what, wanted in ((0, "numbers", 4), (10, "JSON of 10", 8)):
            if options.before:
                report.compare("accept", f"{what}, {series:,} series",
                               "values a CPU second",
                               {"rrdflow": lambda: ours(series, fields,
                                                        rounds)})
                continue
            with Scratch("accept") as folder:
                peer = Peer(folder, series, fields)
                try:
                    report.compare(
                        "accept", f"{what}, {series:,} series",
                        "values a CPU second",
                        {"rrdflow": lambda: ours(series, fields, rounds),
                         "rrdcached -j": lambda: peer.run(rounds)},
                        ("least", wanted))
                finally:
                    peer.daemon.kill()
