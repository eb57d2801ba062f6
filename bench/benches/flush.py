"""flush: how long one file's flush takes while others stream in."""

import http.client
import random
import statistics
import threading
import time

from support import paths
from support.before import Before
from support.measure import Sample, cpu_of, memory_of
from support.rrdcached import Round, Rrdcached, make_files, names
from support.scratch import Scratch
from harness import Mosquitto, Process, check
from service import Rrdflow
from benches.end_to_end import publish

PAUSE = 0.02


def percentile(xs, p):
    return sorted(xs)[min(len(xs) - 1, int(len(xs) * p))]


def conclude(times, cpu, peak):
    return Sample(percentile(times, 0.99), cpu, peak,
                  {"p50_seconds": statistics.median(times)})


class Ours:
    def __init__(self, folder, broker, series):
        self.series, self.broker = series, broker
        self.service = Rrdflow(folder, broker.address, {
            "mqtt": {"qos": 0}, "cache": {"flush_after": "1d"},
            "journal": {"segment_size": "64MiB"},
            "writer": {"creates_per_second": 100000},
            "rule": [{"name": "plant", "topics": ["plant/#"], "step": "1s",
                      "archives": ["1s for 100s"], "format": "number",
                      "series": "{topic}"}]})
        self.service.start()
        # All files are there before.
        publish(broker.port, 1, series, series)
        self.service.wait_taken(series)
        time.sleep(1.2)
        self.service.flush()

    def run(self, rate, flushes):
        pid = self.service.process.child.pid
        cpu = cpu_of(pid)
        stream = Process([paths.tool("publish"), str(self.broker.port), "0",
                          str(self.series), "100000000", str(rate), ""],
                         self.service.folder / "publish.log")
        connection = http.client.HTTPConnection("127.0.0.1",
                                                self.service.port, timeout=60)
        times, choose = [], random.Random(1)
        try:
            time.sleep(1.2)
            for _ in range(flushes):
                i = choose.randrange(self.series)
                name = f"plant/hall-{i % 100}/sensor-{i}/gauge-temperature"
                begin = time.perf_counter()
                connection.request("POST", f"/api/v1/flush?series={name}",
                                   headers={"X-Rrdflow": "1"})
                answer = connection.getresponse()
                body = answer.read()
                times.append(time.perf_counter() - begin)
                check(answer.status in (200, 202), f"{answer.status} {body}")
                time.sleep(PAUSE)
        finally:
            connection.close()
            stream.kill()
        return conclude(times, cpu_of(pid) - cpu, memory_of(pid, "VmHWM"))

    def end(self):
        self.service.kill()


class Peer:
    def __init__(self, folder, series):
        self.files = list(names(series))
        make_files(folder / "rrd", self.files, links=False, step=1)
        self.daemon = Rrdcached(folder, folder / "rrd")
        self.daemon.start()
        self.lines = Round(self.files).lines.splitlines(keepends=True)
        self.now = 1700006400

    def stream(self, rate, stop):
        client = self.daemon.client()
        begin, sent = time.monotonic(), 0
        while not stop.is_set():
            chunk = []
            for _ in range(20):
                at = sent % len(self.lines)
                if at == 0:
                    self.now += 1
                chunk.append(self.lines[at].replace(b" 1700006400:",
                                                    b" %d:" % self.now))
                sent += 1
            client.batch(b"".join(chunk))
            time.sleep(max(0, begin + sent / rate - time.monotonic()))
        client.close()

    def run(self, rate, flushes):
        pid = self.daemon.pid
        cpu = cpu_of(pid)
        stop = threading.Event()
        thread = threading.Thread(target=self.stream, args=(rate, stop))
        thread.start()
        client = self.daemon.client()
        times, choose = [], random.Random(1)
        try:
            time.sleep(1.2)
            for _ in range(flushes):
                name = choose.choice(self.files)
                begin = time.perf_counter()
                client.command(f"FLUSH {name}")
                times.append(time.perf_counter() - begin)
                time.sleep(PAUSE)
        finally:
            stop.set()
            thread.join()
            client.close()
        return conclude(times, cpu_of(pid) - cpu, memory_of(pid, "VmHWM"))

    def end(self):
        self.daemon.kill()


def run(options, report):
    series = 1000 if options.small else 10_000
    rate = 2000 if options.small else 10_000
    flushes = 50 if options.small else 200
    with Scratch("flush") as folder, Mosquitto(folder / "broker") as broker:
        ours = peer = None
        try:
            ours = Ours(folder / "ours", broker, series)
            if options.before:
                peer = Before(options.before, lambda: Ours(
                    folder / "before", broker, series))
            else:
                peer = Peer(folder / "peer", series)
            report.compare("flush", f"p99 of {flushes}, {series:,} series at "
                           f"{rate:,} a second", "seconds",
                           {"rrdflow": lambda: ours.run(rate, flushes),
                            "before" if options.before else "rrdcached":
                                lambda: peer.run(rate, flushes)},
                           ("most", 0.5))
        finally:
            for side in (ours, peer):
                if side:
                    side.end()
