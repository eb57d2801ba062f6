#!/usr/bin/env python3
"""Exact values: known numbers with known times, every sample, every fill,
every type; several readings in a slot, gaps, out of order, late, duplicate, far
future and far past, overlapping filters. After `rrdflow flush` each file shows
each slot's value at the slot's end and what `fill` says in the gaps, and
nothing else, and is byte for byte what rrdtool makes of the same rows."""

import argparse
import random
import time

import oracle
from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run
from publisher import Publisher, topic_matches
from service import Rrdflow

SAMPLES = ("last", "mean", "min", "max", "sum", "count")
FILLS = ("heartbeat", "hold", "none")
STEPS = (10, 60)
TYPES = ("COUNTER", "DERIVE", "ABSOLUTE", "DCOUNTER", "DDERIVE")
SLOTS = 30


def gauge_kinds():
    return [dict(sample=a, fill=b, step=c, kind="GAUGE")
            for a in SAMPLES for b in FILLS for c in STEPS]


def kinds():
    return gauge_kinds() + [
        dict(sample="sum" if x == "ABSOLUTE" else "last", fill="heartbeat",
             step=step, kind=x) for x in TYPES for step in STEPS]


def label(k):
    return f"{k['kind'].lower()}/{k['sample']}/{k['fill']}/{k['step']}"


def sections():
    rules = []
    for k in kinds():
        step = k["step"]
        rule = {"name": label(k).replace("/", "-"),
                "topics": [f"x/{label(k)}/+"], "format": "json",
                "series": "{topic}", "time": "ts", "step": f"{step}s",
                "type": k["kind"], "sample": k["sample"],
                "heartbeat": f"{5 * step}s",
                "archives": [f"{step}s for 6h", "5m for 1d"],
                "fields": [{"path": "v"}], "only": True}
        if k["kind"] == "GAUGE":
            rule["fill"] = k["fill"]
        rules.append(rule)
    # Matches all topics: the broker sends a second copy of each message.
    rules.append({"name": "rest", "topics": ["x/#"], "series": "{topic}",
                  "step": "1h", "format": "number",
                  "archives": ["1h for 1d"]})
    return {"rule": rules,
            "cache": {"flush_after": "1h"},
            "limits": {"disk_reserve": "1MiB", "future": "60s",
                       "past": "7d"}}


class Stream:
    """Makes the readings of one series, and knows which are hostile."""

    def __init__(self, kind, number, base, rng):
        self.topic = f"x/{label(kind)}/{number}"
        self.series = oracle.Series(
            self.topic, kind["step"], 5 * kind["step"], kind["kind"],
            kind["sample"], kind["fill"])
        self.rng = rng
        self.slot = base
        self.counter = rng.randrange(10**6)

    def value(self):
        kind = self.series.kind
        if kind == "COUNTER":
            self.counter += self.rng.randrange(1000)
        elif kind == "DERIVE":
            self.counter += self.rng.randrange(-1000, 1000)
        elif kind in ("DCOUNTER", "DDERIVE"):
            low = 0 if kind == "DCOUNTER" else -500
            self.counter += self.rng.randrange(low, 1000) / 8
        elif kind == "ABSOLUTE":
            return self.rng.randrange(1000)
        else:
            return self.rng.choice((
                self.rng.uniform(-50, 50), self.rng.uniform(0, 1e-6),
                self.rng.uniform(0, 1e12), float(self.rng.randrange(100))))
        return self.counter

    def phase(self):
        """Readings (milliseconds, value) of the next slots, as they arrive."""
        step, rng, result = self.series.step, self.rng, []
        for _ in range(SLOTS):
            self.slot += step
            if rng.random() < 0.15:
                # A gap: within the heartbeat, at its edge, or beyond.
                self.slot += step * rng.choice((1, 3, 4, 5, 9))
            count = rng.choice((1, 1, 1, 2, 3, 5))
            if self.series.kind in ("COUNTER", "DCOUNTER"):
                count = 1
            begin = (self.slot - step) * 1000
            times = sorted(begin + 250 * rng.randrange(1, 4 * step + 1)
                           for _ in range(count))
            result += [(t, self.value()) for t in times]
            if rng.random() < 0.1:
                # Sent twice; or the same time with another value.
                t, v = result[-1]
                again = v if self.series.kind != "GAUGE" else self.value()
                result.append((t, rng.choice((v, again))))
        # Out of order, but never over the end of the phase.
        for i in range(0, len(result) - 1, 3):
            j = min(i + rng.randrange(4), len(result) - 1)
            result[i], result[j] = result[j], result[i]
        return result


def payload(t, v):
    seconds = t // 1000 if t % 1000 == 0 else t / 1000
    return f'{{"ts": {seconds}, "v": {v!r}}}'


def main(options):
    rng = random.Random(options.seed)
    now = int(time.time())
    # Room for three phases with gaps, all of it over by now.
    base = now // 3600 * 3600 - 5 * 3600
    streams = [Stream(k, n, base, rng) for k in kinds()
               for n in range(options.series)]
    filters = [t for rule in sections()["rule"] for t in rule["topics"]]
    sent = copies = future = past = waiting = 0
    with Scratch("exact") as folder, Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections()) as service:
        print(f"seed {options.seed}, {len(streams)} series")
        service.start()
        for phase in range(options.rounds):
            messages = []
            for s in streams:
                readings = s.phase()
                if phase > 0:
                    # Behind what is in the file: late.
                    sealed = s.series.sealed_until * 1000
                    readings += [(sealed, s.value()),
                                 (sealed - 4500, s.value())]
                queue = [(s, t, v) for t, v in readings]
                messages.append(queue)
            with Publisher(broker.port) as publisher:
                # Series in turn, each in its own order.
                while any(messages):
                    queue = rng.choice([q for q in messages if q])
                    s, t, v = queue.pop(0)
                    publisher.publish(s.topic, payload(t, v))
                    s.series.add(t, v)
                    sent += 1
                for s in streams:
                    for t, v in (((now + 3600) * 1000, 1),
                                 ((now - 8 * 86400) * 1000, 1)):
                        publisher.publish(s.topic, payload(t, v))
                        sent += 1
                    future += 1
                    past += 1
                if now % 3600 < 3300:
                    publisher.publish("x/running", f"{phase}.5")
                    sent, waiting = sent + 1, 1
                check(publisher.drain() > 0, "nothing was acknowledged")
            copies = sent * sum(topic_matches(f, streams[0].topic)
                                for f in filters)
            if waiting:
                copies -= phase + 1  # x/running matches one filter.
            service.wait_taken(copies)
            print(f"phase {phase}: {sent} messages, {copies} copies; "
                  f"{service.flush().strip()}")
            for s in streams:
                s.series.flush(int(time.time()))
        m = service.wait_rest()
        # All files are compared with the service still running.
        bad = 0
        for s in streams:
            verdict = oracle.examine(service.rrd(s.topic), s.series,
                                     folder / "copy.rrd")
            if not verdict.good:
                bad += 1
                print(f"  {s.topic}: {verdict}")
        slots = sum(len(s.series.expected()) for s in streams)
        print(f"{len(streams)} files, {slots} slots: {bad} files wrong")
        check(bad == 0, f"{bad} files are wrong")
        check(total(m, "messages_taken_total") == copies,
              f"{total(m, 'messages_taken_total')} taken, {copies} sent")
        expect = {
            "messages_ignored_total": {"reason": "overlap"},
            "samples_late_total": {},
            "rows_written_total": {}, "rows_waiting": {},
        }
        values = (copies - sent, sum(s.series.late for s in streams),
                  sum(len(s.series.rows) for s in streams), waiting)
        for (name, labels), should in zip(expect.items(), values):
            has = total(m, name, **labels)
            check(has == should, f"{name} is {has:.0f}, not {should}")
        for reason, should in (("future", future), ("past", past)):
            has = total(m, "samples_refused_total", reason=reason)
            check(has == should, f"refused {reason}: {has:.0f}, not {should}")
        check_counters(m)
        service.terminate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="phases")
    parser.add_argument("--series", type=int, default=1, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    run(main, parser.parse_args())
