"""memory: bytes for each row that waits, and for each idle series."""

import json

from support import paths
from support.measure import Sample, memory_of, run_program
from support.rrdcached import Round, Rrdcached, make_files, names
from support.scratch import Scratch

BEGIN = 1700006400


def measure(series, rows):
    output, cpu, peak = run_program([paths.tool("memory"), series, rows])
    return json.loads(output), cpu, peak


def ours(series, rows):
    x, cpu, peak = measure(series, rows)
    return Sample(x["full"] / x["rows"], cpu, peak)


def idle(series):
    x, cpu, peak = measure(series, 1)
    return Sample(x["emptied"] / series, cpu, peak,
                  {"trimmed": x["trimmed"] / series})


def peer(folder, series, rows, lines):
    """Everything that the rows made the daemon grow by."""
    daemon = Rrdcached(folder / "peer", folder / "rrd", alloc=1,
                       journal=False)
    with daemon:
        before = memory_of(daemon.pid, "RssAnon")
        client = daemon.client()
        for i in range(rows):
            client.batch(lines.at(BEGIN + 10 * i))
        grown = memory_of(daemon.pid, "RssAnon") - before
        return Sample(grown / (series * rows),
                      peak=memory_of(daemon.pid, "VmHWM"))


def run(options, report):
    series = 10_000 if options.small else 100_000
    rows = 60
    with Scratch("memory") as folder:
        files = list(names(series))
        if not options.before:
            make_files(folder / "rrd", files)
        lines = Round(files)
        report.compare("memory", f"{series:,} series x {rows} rows",
                       "bytes a row, all in",
                       {"rrdflow": lambda: ours(series, rows),
                        "rrdcached": lambda: peer(folder, series, rows,
                                                  lines)},
                       ("most", 0.35))
    many = 100_000 if options.small else 1_000_000
    report.compare("memory", f"{many:,} idle series", "bytes a series, all in",
                   {"rrdflow": lambda: idle(many)}, ("most", 300))
