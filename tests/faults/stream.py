"""A stream of readings of which no two look alike, and its oracle.

Message m goes to series m modulo their number, a slot or more after the last
one of that series: time runs faster than the clock, from six days ago on. So
every reading is a row of its own, which shows in its file if it is lost or in
another one's place.
"""

import random
import threading
import time
from array import array

import oracle
import rrdtool
from harness import Failure
from publisher import Publisher
from service import value_rule

# How gaps are filled; and a counter, whose rows have times of their own.
COUNTER = "counter"
FILLS = ("heartbeat", "hold", "none", COUNTER)
HEARTBEAT = 4
# Slots that the first archive holds; a stream ends before it outruns them.
ROWS = 40000
# Many archives: the more there are, the longer librrd is inside an update, and
# the more kills hit one.
ARCHIVES = [f"RRA:AVERAGE:0.5:1:{ROWS}"] + [
    f"RRA:{cf}:0.5:{steps}:{rows}" for cf in ("AVERAGE", "MIN", "MAX", "LAST")
    for steps, rows in [(1, 500 + i) for i in range(20)]
    + [(2, 900), (3, 800), (5, 700), (12, 600)]]


def sections(fills=FILLS, **more):
    """A configuration that takes the stream and writes as often as it may."""
    def rule(fill):
        kind = {"type": "COUNTER"} if fill == COUNTER else {"fill": fill}
        return value_rule(fill, *ARCHIVES, topics=[f"k/{fill}/+"],
                          sample="last", heartbeat=f"{HEARTBEAT}s", **kind)

    return {
        "rule": [rule(fill) for fill in fills],
        "cache": {"flush_after": "1s", "flush_jitter": "1s"},
        "snapshot": {"every": "1s"},
        "writer": {"creates_per_second": 10000},
        **more,
    }


class Stream(threading.Thread):
    """Publishes until it is told to finish.

    A broker that goes away is waited for if `patient`; what it has not
    acknowledged by then is sent again, and then what follows.
    """

    def __init__(self, port, series, seed, rate=0, fills=FILLS, patient=False):
        super().__init__(daemon=True)
        self.port = port
        self.base = int(time.time()) - 6 * 86400
        self.rng = random.Random(seed)
        self.fills = [fills[i % len(fills)] for i in range(series)]
        self.names = [f"k/{fill}/{i}" for i, fill in enumerate(self.fills)]
        self.slots = [array("I") for _ in self.names]
        self.rate = rate
        self.patient = patient
        self.publisher = Publisher(port)
        # Messages that connections before this one got acknowledged.
        self.before = 0
        # What `before` was after each of them.
        self.breaks = []
        self.sent = 0
        self.ending = threading.Event()
        self.going = threading.Event()
        self.going.set()
        self.resting = threading.Event()
        self.failure = None

    @property
    def acknowledged(self):
        return self.before + self.publisher.acknowledged

    @property
    def full(self):
        """Soon the first archive will not hold all rows any more."""
        return max(x[-1] if x else 0 for x in self.slots) > ROWS * 9 // 10

    def run(self):
        try:
            while not self.ending.is_set():
                if not self.going.is_set():
                    self._attempt(self.publisher.drain)
                    self.resting.set()
                    self.going.wait(0.1)
                    continue
                begin = time.monotonic()
                self._turn()
                if self.rate:
                    rest = len(self.names) / self.rate
                    time.sleep(max(0, begin + rest - time.monotonic()))
            self._attempt(self.publisher.drain)
        except Exception as e:  # Shown by the main thread.
            self.failure = e
        self.resting.set()

    def pause(self):
        """Returns when everything sent is acknowledged."""
        self.resting.clear()
        self.going.clear()
        self.resting.wait(120)
        self.check()

    def resume(self):
        self.going.set()

    def finish(self):
        """Returns how many messages are acknowledged."""
        self.ending.set()
        self.join(120)
        self.check()
        return self.acknowledged

    def check(self):
        if self.failure:
            raise Failure(f"the publisher: {self.failure}")

    def series(self, i, wanted=None):
        """The oracle of series i; without the readings whose number `wanted`
        refuses."""
        counts = self.fills[i] == COUNTER
        result = oracle.Series(self.names[i], 1, HEARTBEAT,
                               kind="COUNTER" if counts else "GAUGE",
                               fill=self.fills[i])
        n = len(self.names)
        for k, offset in enumerate(self.slots[i]):
            if k * n + i < self.sent and (not wanted or wanted(k * n + i)):
                slot = self.base + offset
                # One reading a slot, in order, long ago: a row as it is.
                result.rows.append((slot, self._value(i, slot)))
                result.times[slot] = self._time(i, slot)
        return result

    def message(self, m):
        """Series, slot and value of message m."""
        i = m % len(self.names)
        slot = self.base + self.slots[i][m // len(self.names)]
        return i, slot, self._value(i, slot)

    def _value(self, i, slot):
        if self.fills[i] == COUNTER:
            return slot * 1000 + (i * 7919 + slot * 104729) % 1000
        return (i * 7919 + slot * 104729) % 1000003 / 8

    def _time(self, i, slot):
        """In milliseconds: somewhere in the slot if it is kept."""
        rest = (i * 37 + slot * 611) % 1000 if self.fills[i] == COUNTER else 0
        return slot * 1000 - rest

    def _turn(self):
        for i, slots in enumerate(self.slots):
            draw = self.rng.random()
            gap = 1 if draw < 0.9 else 2 if draw < 0.97 else 7
            slots.append((slots[-1] if slots else 0) + gap)
        for _ in self.names:
            self._attempt(self._publish, self.sent)
            self.sent += 1
        if self.rate:
            self._attempt(self.publisher.drain)

    def _publish(self, m):
        i, slot, value = self.message(m)
        at = rrdtool.time_text(self._time(i, slot))
        self.publisher.publish(self.names[i], f'{{"ts": {at}, "v": {value!r}}}')

    def _attempt(self, act, *arguments):
        try:
            act(*arguments)
        except (OSError, Failure):
            if not self.patient:
                raise
            self._connect_again(arguments != ())

    def _connect_again(self, publishing):
        """Sends again what is not acknowledged; with what is being published
        now, if anything is."""
        while not self.ending.is_set():
            try:
                self.before += self.publisher.acknowledged
                self.publisher.acknowledged = 0
                self.publisher = Publisher(self.port)
                self.breaks.append(self.before)
                for m in range(self.before, self.sent + publishing):
                    self._publish(m)
                self.publisher.drain()
                return
            except (OSError, Failure):
                time.sleep(0.02)
