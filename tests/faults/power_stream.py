"""What the campaign of power cuts publishes, and what of it must be in the
files: each message is the only one of its slot, and slots without one are
unknown, so that a file tells which messages it lacks."""

import json
import random
import threading
import time

import oracle
import rrdtool
from harness import Failure
from publisher import Publisher
from service import value_rule

ROWS = 6000
RULE = value_rule("p", f"RRA:AVERAGE:0.5:1:{ROWS}", "RRA:MAX:0.5:5:1000",
                  "RRA:LAST:0.5:3:1000", sample="last", fill="none",
                  heartbeat="10s")


def key(topic, rest):
    """Of a message as it goes over the wire."""
    return topic.decode(), json.loads(rest[rest.rindex(b"{"):])["ts"]


class Stream(threading.Thread):
    """Publishes in turn to all series, each message at least one slot further
    on: time runs faster than the clock, from six days ago on."""

    def __init__(self, port, rate, seed):
        super().__init__(daemon=True)
        self.publisher = Publisher(port)
        self.rng = random.Random(seed)
        self.rate = rate
        self.base = int(time.time()) - 6 * 86400
        self.sent = []
        self.count = 0
        self.wanted = 0
        self.ending = threading.Event()
        self.failure = None

    def grow(self, series):
        """So many series more."""
        self.wanted += series

    def run(self):
        try:
            while not self.ending.is_set():
                begin = time.monotonic()
                self._turn()
                pause = len(self.sent) / self.rate - (time.monotonic() - begin)
                time.sleep(max(0.001, pause))
            self.publisher.drain()
        except Exception as e:  # Shown by the main thread.
            self.failure = e

    def _turn(self):
        while len(self.sent) < self.wanted:
            self.sent.append([self.base + len(self.sent) % 5])
        for i, slots in enumerate(self.sent):
            draw = self.rng.random()
            step = 1 if draw < 0.9 else 2 if draw < 0.97 else 15
            slots.append(slots[-1] + step)
            self._publish(i, slots[-1])

    def _publish(self, i, slot):
        text = json.dumps({"ts": slot, "v": self.value(i, slot)})
        self.publisher.publish(f"p/{i}", text)
        self.count += 1

    @staticmethod
    def value(i, slot):
        return (i * 7919 + slot * 104729) % 1000003 / 8

    def finish(self):
        """Ends with one last message; returns its key."""
        self.ending.set()
        self.join(120)
        if self.failure:
            raise Failure(f"the publisher: {self.failure}")
        slots = self.sent[0]
        slots.append(slots[-1] + 1)
        self._publish(0, slots[-1])
        self.publisher.drain()
        return "p/0", slots[-1]

    def examine(self, service, scratch):
        """Compares all files; returns the keys of what is in none, and what
        else is wrong with which file."""
        missing, wrong = [], []
        for i, slots in enumerate(self.sent):
            name, slots = f"p/{i}", slots[1:]
            series = oracle.Series(name, 1, 10, fill="none")
            path = service.rrd(name)
            found = {}
            if path.exists() and slots:
                found, _ = rrdtool.fetch(path, slots[0] - 1, slots[-1], 1)
            for slot in slots:
                if found.get(slot, [oracle.NAN])[0] == self.value(i, slot):
                    series.add(slot * 1000, self.value(i, slot))
                else:
                    missing.append((name, slot))
            series.flush(time.time())
            if not series.rows and path.exists():
                wrong.append((name, "a file without a row"))
                continue
            verdict = oracle.examine(path, series, scratch, rows=ROWS - 10)
            if not verdict.good:
                wrong.append((name, verdict))
        return missing, wrong
