"""A small network whose every reading can be told from all others."""

import threading
import time

import oracle
from harness import Failure
from publisher import Publisher
from service import value_rule

ROWS = 4000


def rule(name, step="1s"):
    """The rule for topics NAME/+; a message is one slot of its series."""
    return value_rule(name, f"RRA:LAST:0.5:1:{ROWS}",
                      f"RRA:AVERAGE:0.5:1:{ROWS}", step=step)


class Sensors:
    """Each message goes one slot further on in its series, in the past. `pad`
    bytes make it larger."""

    def __init__(self, port, name, series, pad=0, first=0):
        base = int(time.time()) - ROWS + 100
        self.port = port
        self.pad = "x" * pad
        self.series = [oracle.Series(f"{name}/{first + i}", 1)
                       for i in range(series)]
        self.slots = [base] * series
        self.sent = 0
        self.thread = None
        self.failure = None

    def publish(self, count, series=None):
        """Returns when the broker has acknowledged all, sent in turn to the
        first `series` of them."""
        with Publisher(self.port) as publisher:
            for _ in range(count):
                i = self.sent % (series or len(self.series))
                self.slots[i] += 1
                self.sent += 1
                value = self.sent * 7919 % 1000003 / 8
                self.series[i].add(self.slots[i] * 1000, value)
                publisher.publish(
                    self.series[i].name, f'{{"ts": {self.slots[i]}, '
                    f'"v": {value!r}, "p": "{self.pad}"}}')

    def stream(self, seconds, count, parts=12):
        """Publishes in the background, more and more series by and by."""
        def work():
            try:
                for k in range(1, parts + 1):
                    self.publish(count // parts,
                                 max(1, len(self.series) * k // parts))
                    time.sleep(seconds / parts)
            except (Failure, OSError) as e:
                self.failure = e
        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()

    def finish(self):
        self.thread.join(120)
        if self.failure or self.thread.is_alive():
            raise Failure(f"the publisher: {self.failure or 'hangs'}")

    def examine(self, service, own=True):
        """Call it once, after a flush. Returns how many slots are wrong, and
        what is said about the files with such. Unless they are the service's
        `own`, what they held before is not looked at."""
        wrong, said = 0, []
        for s in self.series:
            s.flush(time.time())
            verdict = oracle.examine(service.rrd(s.name), s,
                                     rows=None if own else len(s.rows))
            if not verdict.good:
                wrong += len(verdict.wrong) or len(s.rows)
                said.append(f"{s.name}: {verdict}")
        return wrong, said
