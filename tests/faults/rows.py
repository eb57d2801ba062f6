"""Looks at the files that a stream was written to, and at the counters."""

import oracle
import rrdtool
from counters import mismatches, total
from harness import Failure
from stream import ROWS

# Of so many files one is compared value by value.
VALUES_OF = 5


class Counter:
    """Adds up a counter that begins anew with each process."""

    def __init__(self, name):
        self.name = name
        self.sum = 0
        self.last = 0

    def begin(self):
        self.last = 0

    def see(self, metrics):
        value = total(metrics, self.name)
        self.sum += int(value - self.last)
        self.last = value


def look(service, counters):
    """Reads the counters, if the service answers."""
    try:
        m = service.metrics()
    except (OSError, Failure):
        return
    for x in counters:
        x.see(m)


class Watch:
    """Looks for shifted files between two lives of the service, by their row
    pointers. A kill inside an update leaves a pointer that is ahead: the file
    is torn. If it is so still after another life that was ready, the history is
    shifted. All files must be there and whole, and may not be made anew."""

    def __init__(self, paths):
        self.paths = paths
        self.whole = {}
        self.odd = {}
        self.torn = 0
        self.shifted = set()
        for path in paths:
            self._phases(path)

    def _phases(self, path):
        """Whether they are as ever, and they."""
        phases = rrdtool.header(path).phases()
        return self.whole.setdefault(path, phases) == phases, phases

    def look(self, was_ready):
        odd = {}
        for path in self.paths:
            whole, phases = self._phases(path)
            if not whole:
                odd[path] = phases
        self.torn += sum(1 for x in odd if self.odd.get(x) != odd[x])
        if was_ready:
            self.shifted |= {x for x in odd if self.odd.get(x) == odd[x]}
        self.odd = odd


def balance(outcome, metrics, published, missing=0):
    """Checks the counters, and that every acknowledged message was taken; but for
    those `missing` that the broker lost."""
    taken = int(total(metrics, "messages_taken_total"))
    outcome.add("messages acknowledged", published)
    published -= missing
    outcome.add("messages delivered again", max(0, taken - published))
    if taken < published:
        outcome.lose(f"{published - taken} messages are lost",
                     published - taken)
    late = int(total(metrics, "samples_late_total"))
    outcome.check(late <= taken - published,
                  f"{late} are late, but {taken - published} delivered again")
    for text in mismatches(metrics):
        outcome.lose(text)


def examine(outcome, service, stream, scratch, paths=None, series=None):
    """Compares all files, or those of `paths`, byte for byte with what rrdtool
    makes of the same rows; some, and all that differ, value by value with the
    oracle as well. `series(i)` is what file i must hold."""
    for i, name in enumerate(stream.names):
        if paths and service.rrd(name) not in paths:
            continue
        expected = (series or stream.series)(i)
        verdict = oracle.examine(service.rrd(name), expected, scratch,
                                 rows=ROWS - 10, values=i % VALUES_OF == 0)
        outcome.add("files", 1)
        outcome.add("rows", len(expected.rows))
        outcome.add("files wrong", 0 if verdict.good else 1)
        outcome.check(verdict.good, f"{name}: {verdict}")
