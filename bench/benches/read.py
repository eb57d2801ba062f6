"""read: charts a CPU second, each with average, least and greatest values."""

import http.client
import shutil
import subprocess
import time

from support.before import Before
from support.measure import Sample, cpu_of, memory_of
from support.rrdcached import Rrdcached
from support.scratch import Scratch
from harness import Mosquitto, check, wait_for
from counters import total
from service import Rrdflow

STEP = 10
HOUR, DAY, YEAR = 3600, 86400, 365 * 86400
RANGES = {"1 h": HOUR, "24 h": DAY, "1 y": YEAR}
FUNCTIONS = ("AVERAGE", "MIN", "MAX")
WAITING = 360
POINTS = 1000


def value(i):
    return f"{20 + i * 7919 % 1000 / 100:.2f}"


def make_history(file, end):
    """A year of rows up to `end`: hourly ones, then a day of the finest."""
    start = end - YEAR - 2 * DAY
    archives = [f"RRA:{cf}:0.5:{steps}:{rows}" for cf in FUNCTIONS
                for steps, rows in ((1, 8640), (6, 10080), (360, 17520))]
    subprocess.run(["rrdtool", "create", str(file), "--start", str(start),
                    "--step", str(STEP), "DS:value:GAUGE:7200:U:U", *archives],
                   check=True)
    times = [*range(start + HOUR, end - DAY, HOUR),
             *range(end - DAY, end + 1, STEP)]
    for i in range(0, len(times), 1000):
        subprocess.run(["rrdtool", "update", str(file),
                        *(f"{t}:{value(t // STEP)}"
                          for t in times[i:i + 1000])], check=True)


class Ours:
    """The service over files of before; the last hour comes by a broker. Rows
    that wait stay where they are while charts are drawn."""

    def __init__(self, folder, broker, history, names, end):
        self.names = names
        self.service = Rrdflow(folder, broker.address, {
            "cache": {"flush_after": "1d"},
            "rule": [{"name": "plant", "topics": ["plant/#"], "step": "10s",
                      "archives": ["10s for 1d", "1m for 7d", "1h for 2y"],
                      "heartbeat": "2h", "fill": "heartbeat",
                      "format": "json", "time": "time",
                      "series": "{topic}"}]})
        files = self.service.store / "rrd" / "plant"
        files.mkdir(parents=True)
        for name in names:
            shutil.copyfile(history, files / f"{name}.rrd")
        self.service.start()
        self.end = end + WAITING * STEP
        for name in names:
            lines = "".join(
                f'{{"time":{t},"value":{value(t // STEP)}}}\n'
                for t in range(end + STEP, self.end + 1, STEP))
            subprocess.run(["mosquitto_pub", "-p", str(broker.port), "-q", "1",
                            "-t", f"plant/{name}", "-l"], input=lines,
                           text=True, check=True)
        wait_for("all rows wait", lambda: total(
            self.service.metrics(), "rows_waiting") == len(names) * WAITING,
            60, 0.1)

    def flush(self):
        self.service.flush()
        check(total(self.service.metrics(), "rows_waiting") == 0,
              "rows still wait")

    def run(self, rounds):
        connection = http.client.HTTPConnection("127.0.0.1",
                                                self.service.port, timeout=60)
        pid = self.service.process.child.pid
        cpu, sent = cpu_of(pid), 0
        for _ in range(rounds):
            for name in self.names:
                for span in RANGES.values():
                    connection.request(
                        "GET", f"/api/v1/data?series=plant/{name}"
                        f"&from={self.end - span}&to={self.end}"
                        f"&points={POINTS}&cf=average,min,max&format=columns")
                    answer = connection.getresponse()
                    body = answer.read()
                    check(answer.status == 200, f"{answer.status} {body}")
                    sent += len(body)
        cpu = cpu_of(pid) - cpu
        connection.close()
        return charts(rounds, self.names, cpu, memory_of(pid, "VmHWM"), sent)

    def end_service(self):
        self.service.kill()


def charts(rounds, names, cpu, peak, sent):
    count = rounds * len(names) * len(RANGES)
    return Sample(count / cpu, cpu, peak,
                  {"bytes_a_chart": sent / count})


class Peer:
    """What `rrdtool fetch` asks of its daemon, by its protocol. A flush takes
    the rows with it: before each round with waiting rows, which does not
    count, as many come."""

    def __init__(self, folder, history, names, end):
        self.names, self.end = [f"{x}.rrd" for x in names], end
        (folder / "rrd").mkdir(parents=True)
        for name in self.names:
            shutil.copyfile(history, folder / "rrd" / name)
        self.daemon = Rrdcached(folder, folder / "rrd")
        self.daemon.start()

    def add_rows(self, client):
        times = range(self.end + STEP, self.end + WAITING * STEP + 1, STEP)
        for name in self.names:
            rows = " ".join(f"{t}:{value(t // STEP)}" for t in times)
            client.command(f"UPDATE {name} {rows}")
        self.end += WAITING * STEP

    def run(self, rounds, waiting):
        client = self.daemon.client()
        pid = self.daemon.pid
        cpu, sent = 0, 0
        for _ in range(rounds):
            if waiting:
                self.add_rows(client)
            begin = cpu_of(pid)
            for name in self.names:
                for span in RANGES.values():
                    for function in FUNCTIONS:
                        client.command(f"FLUSH {name}")
                        lines = client.command(
                            f"FETCH {name} {function} {self.end - span} "
                            f"{self.end}")
                        sent += sum(map(len, lines))
            cpu += cpu_of(pid) - begin
        client.close()
        return charts(rounds, self.names, cpu, memory_of(pid, "VmHWM"), sent)


def run(options, report):
    rounds = 3 if options.small else 20
    names = [f"sensor-{i}" for i in range(10)]
    # The last row is not in the future.
    end = int(time.time()) // HOUR * HOUR - HOUR
    with Scratch("read") as folder, Mosquitto(folder / "broker") as broker:
        history = folder / "history.rrd"
        make_history(history, end)
        sides, peer = [], None
        try:
            ours = Ours(folder / "ours", broker, history, names, end)
            sides.append(ours)
            if options.before:
                before = Before(options.before, lambda: Ours(
                    folder / "before", broker, history, names, end))
                sides.append(before.side)
            else:
                peer = Peer(folder / "peer", history, names, end)
            for waiting in (True, False):
                if not waiting:
                    for side in sides:
                        side.flush()
                others = ({"before": lambda: before.run(rounds)}
                          if options.before else
                          {"rrdcached": lambda w=waiting:
                           peer.run(rounds, w)})
                report.compare(
                    "read", "10 series x {1 h, 24 h, 1 y}, average, min and "
                    f"max, {WAITING if waiting else 'no'} rows wait",
                    "charts a CPU second",
                    {"rrdflow": lambda: ours.run(rounds), **others},
                    ("least", 3) if waiting else None)
        finally:
            for side in sides:
                side.end_service()
            if peer:
                peer.daemon.kill()
