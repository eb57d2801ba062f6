#!/usr/bin/env python3
"""A flood of distinct topics, at the rate of a million in a minute.

A round is a topic. The limit of series holds, memory stays bounded, and series
that were known before lose nothing and are hardly later than usual. The delay
is measured from the publishing of a reading until /api/v1/data shows it; a few
seconds on a busy machine are no measure, so only the long form judges it."""

import http.client
import json
import math
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "e2e")]

import oracle  # noqa: E402
from counters import mismatches, total  # noqa: E402
from harness import Mosquitto, check, wait_for  # noqa: E402
from outcome import Outcome  # noqa: E402
from publisher import Publisher  # noqa: E402
from service import Rrdflow, value_rule  # noqa: E402

ROUNDS = {"short": 20000, "long": 1000000}
CONTROL = "limits.series raised above the number of topics"
RATE = 1000000 / 60
KNOWN = 200
# Topics of a flood that is none.
FEW = 100
# Readings of all known series together, a second.
KNOWN_RATE = 500
MEBI = 1 << 20


def limit_of(rounds):
    """Of series."""
    return 600 if rounds < 100000 else 10000


def sections(limit):
    return {
        "rule": [value_rule("f", "1s for 1d LAST",
                            topics=["known/+", "probe", "flood/#"])],
        "limits": {"series": limit, "disk_reserve": "1MiB"},
        "cache": {"flush_after": "1h"},
        "writer": {"creates_per_second": 10000},
    }


def flood(port, count, distinct, seed):
    """Runs in a process of its own: publishes, and prints how many messages
    were acknowledged in how many seconds."""
    begin = time.monotonic()
    with Publisher(port) as p:
        for i in range(count):
            n = i % distinct
            p.publish(f"flood/{seed}/{n * 2654435761 % 2**32:08x}/{n:x}",
                      '{"v":1}')
            if i % 200 == 0:
                time.sleep(max(0, begin + i / RATE - time.monotonic()))
        print(p.drain(), time.monotonic() - begin)


class Known:
    """Sensors that send all the time, in a thread."""

    def __init__(self, port):
        base = int(time.time()) - 5 * 86400
        self.port = port
        self.series = [oracle.Series(f"known/{i}", 1) for i in range(KNOWN)]
        self.slots = [base] * KNOWN
        self.sent = 0
        self.end = threading.Event()
        self.thread = threading.Thread(target=self._work)

    def _work(self):
        with Publisher(self.port) as p:
            while not self.end.is_set():
                for _ in range(KNOWN_RATE // 50):
                    self._publish(p)
                p.drain()
                self.end.wait(0.02)

    def _publish(self, p):
        i = self.sent % KNOWN
        self.slots[i] += 1
        self.sent += 1
        value = self.sent / 4
        self.series[i].add(self.slots[i] * 1000, value)
        p.publish(f"known/{i}", f'{{"ts": {self.slots[i]}, "v": {value!r}}}')

    def stop(self):
        self.end.set()
        self.thread.join()


class Probe:
    """One more sensor, whose readings are waited for."""

    def __init__(self, broker, service):
        self.publisher = Publisher(broker.port)
        self.connection = http.client.HTTPConnection("127.0.0.1",
                                                     service.port, timeout=30)
        self.sent = 0

    def delay(self):
        """Seconds until the next reading can be read."""
        self.sent += 1
        begin = time.monotonic()
        self.publisher.publish("probe", f'{{"v": {self.sent}}}')
        self.publisher.drain()
        while not self._shown():
            check(time.monotonic() - begin < 60, "a reading does not show")
            time.sleep(0.001)
        return time.monotonic() - begin

    def _shown(self):
        now = int(time.time())
        self.connection.request(
            "GET", f"/api/v1/data?series=probe&cf=last&from={now - 3}"
                   f"&to={now + 3}", headers={"Host": "localhost"})
        answer = self.connection.getresponse()
        body = answer.read()
        return answer.status == 200 and any(
            x["value"] == self.sent for x in json.loads(body))

    def delays(self, goes_on):
        result = []
        while goes_on():
            result.append(self.delay())
            time.sleep(0.02)
        return sorted(result)


def milliseconds(delays, share):
    at = min(len(delays) - 1, math.ceil(share * len(delays)) - 1)
    return round(delays[max(at, 0)] * 1000, 1)


def memory(service):
    """Bytes that are no mapped files, now; and the peak with them."""
    pid = service.process.child.pid
    with open(f"/proc/{pid}/status") as f:
        lines = dict(x.split(":", 1) for x in f)
    return [int(lines[x].split()[0]) * 1024 for x in ("RssAnon", "VmHWM")]


def run(rounds, seed, protected, folder):
    outcome = Outcome()
    limit = limit_of(rounds)
    with Mosquitto(folder / "broker") as broker, Rrdflow(
            folder, broker.address,
            sections(limit if protected else 2 * rounds + limit)) as service:
        service.start()
        known = Known(broker.port)
        known.thread.start()
        probe = Probe(broker, service)
        try:
            delays, peak = measure(outcome, rounds, seed, broker, service,
                                   probe)
        finally:
            known.stop()
        sent = known.sent + probe.sent + rounds + rounds // 3
        service.wait_taken(sent, 300)
        wait_for("the counters add up",
                 lambda: not mismatches(service.metrics()))
        judge(outcome, rounds, limit, service, peak)
        judge_delays(outcome, delays, protected and rounds >= ROUNDS["long"])
        if protected:
            examine(outcome, known, service)
        service.terminate()
    return outcome


def measure(outcome, rounds, seed, broker, service, probe):
    """Delays before the flood, while as many messages come of a few topics,
    and during the flood; and how memory grows in the flood."""
    span = 1 if rounds < ROUNDS["long"] else 20
    wait_for("all known series are there", lambda: total(
        service.metrics(), "series") == KNOWN)
    probe.delay()
    end = time.monotonic() + span
    delays = {"before": probe.delays(lambda: time.monotonic() < end)}

    def flooded(count, distinct, name):
        flooding = subprocess.Popen(
            [sys.executable, __file__,
             *map(str, (broker.port, count, distinct, seed))],
            stdout=subprocess.PIPE, text=True)

        def goes_on():
            peak.append(memory(service)[0])
            return flooding.poll() is None
        delays[name] = probe.delays(goes_on)
        acknowledged, seconds = flooding.communicate()[0].split()
        check(int(acknowledged) == count, f"{acknowledged} were acknowledged")
        return float(seconds)

    peak = []
    flooded(rounds // 3, FEW, f"as many messages of {FEW} topics")
    peak = [memory(service)[0]]
    seconds = flooded(rounds, rounds, "during")
    outcome.figures["distinct topics"] = rounds
    outcome.figures["seconds of the flood"] = round(seconds, 1)
    return delays, peak


def judge(outcome, rounds, limit, service, peak):
    """`peak`: anonymous memory, first before the flood."""
    m = service.metrics()
    anonymous, mapped = memory(service)
    grown = max(*peak, anonymous) - peak[0]
    figures = outcome.figures
    figures["limits.series"] = limit
    figures["series"] = int(total(m, "series"))
    refused = int(total(m, "samples_refused_total", reason="limit"))
    figures["readings refused"] = refused
    figures["peak RSS, MiB"] = round(mapped / MEBI, 1)
    figures["its growth without mapped files, MiB"] = round(grown / MEBI, 1)
    outcome.check(figures["series"] == limit,
                  f"{figures['series']} series, not {limit}")
    # The first topics of the flood are those of the one before.
    outcome.check(refused == max(0, KNOWN + 1 + rounds - limit)
                  and (refused > 0 or limit > rounds),
                  f"{refused} readings are refused")
    # What a topic that was refused may cost until the table is swept (four for
    # each series, and some), besides the series themselves.
    bound = 16 * MEBI + 4000 * limit
    outcome.check(grown < bound, f"memory grew by {grown / MEBI:.1f} MiB, "
                                 f"more than {bound / MEBI:.1f}")


def judge_delays(outcome, delays, strict):
    for name, xs in delays.items():
        outcome.figures[f"delay {name}, ms"] = (
            f"p50 {milliseconds(xs, 0.5)}, p99 {milliseconds(xs, 0.99)}, "
            f"{len(xs)} readings")
    if strict:
        for share in (0.5, 0.99):
            usual = milliseconds(delays["before"], share)
            has = milliseconds(delays["during"], share)
            outcome.check(has <= 2 * usual, f"p{share * 100:g} of the delay: "
                                            f"{has} ms, usually {usual} ms")


def examine(outcome, known, service):
    outcome.figures["known readings"] = known.sent
    for s in known.series:
        s.flush(time.time())
        # Not all files: a flooded store has very many.
        service.post(f"/api/v1/flush?series={s.name}")
        verdict = oracle.examine(service.rrd(s.name), s)
        outcome.check(verdict.good, f"{s.name}: {verdict}")


if __name__ == "__main__":
    flood(*map(int, sys.argv[1:]))
