"""What the files must hold, written a second time.

Times are integers, milliseconds since the epoch; slots are named by their end
in seconds.
"""

import math

import rrdtool
from harness import check

GAUGE, COUNTER, DERIVE, ABSOLUTE = "GAUGE", "COUNTER", "DERIVE", "ABSOLUTE"
DCOUNTER, DDERIVE = "DCOUNTER", "DDERIVE"
NAN = math.nan


class Series:
    """One series, and so one file with one source."""

    def __init__(self, name, step, heartbeat=None, kind=GAUGE, sample=None,
                 fill="heartbeat", lateness=0):
        self.name = name
        self.step = step
        self.heartbeat = heartbeat or 2 * step
        self.kind = kind
        self.sample = sample or ("sum" if kind == ABSOLUTE else "last")
        self.fill = fill
        self.lateness = lateness
        self.open = {}
        self.rows = []
        # Of a rate, by its slot's end: when its newest reading was.
        self.times = {}
        self.late = 0

    @property
    def sealed_until(self):
        return self.rows[-1][0] if self.rows else 0

    def add(self, time, value):
        """A reading arrives."""
        if time <= self.sealed_until * 1000:
            self.late += 1
            return
        end = -(-time // (1000 * self.step)) * self.step
        self.open.setdefault(end, []).append((time, value))

    def _value(self, readings):
        values = [v for _, v in readings]
        if self.sample == "last":
            # The latest by time; on a tie the one that came last.
            newest = max(t for t, _ in readings)
            return [v for t, v in readings if t == newest][-1]
        if self.sample == "min":
            return min(values)
        if self.sample == "max":
            return max(values)
        if self.sample == "count":
            return float(len(values))
        result = 0.0
        for v in values:
            result += v
        return result / len(values) if self.sample == "mean" else result

    def flush(self, now):
        """Every slot that is over is written."""
        for end in sorted(self.open):
            if end + self.lateness <= now:
                readings = self.open.pop(end)
                self.times[end] = max(t for t, _ in readings)
                self.rows.append((end, self._value(readings)))

    def file_rows(self):
        """Rows as they go to librrd: (time, text), those of gaps included. A
        rate's has the time of its newest reading."""
        if self.kind != GAUGE:
            return [(rrdtool.time_text(self.times[end]),
                     rrdtool.number_text(value)) for end, value in self.rows]
        result, before = [], None
        for end, value in self.rows:
            if before and end - before[0] > self.step and self.kind == GAUGE:
                extra = None
                if end - before[0] > self.heartbeat or self.fill == "none":
                    extra = "U"
                elif self.fill == "hold":
                    extra = rrdtool.number_text(before[1])
                if extra:
                    result.append((end - self.step, extra))
            result.append((end, rrdtool.number_text(value)))
            before = (end, value)
        return result

    def expected(self):
        """What each slot must show, from the first row's to the last row's; of
        a rate nothing: what rrdtool makes of its readings is right."""
        if self.kind != GAUGE:
            return {}
        result, before = {}, None
        for end, value in self.rows:
            first = end if before is None else before[0] + self.step
            gap = self.step if before is None else end - before[0]
            for slot in range(first, end + 1, self.step):
                result[slot] = self._shows(slot, end, value, before, gap)
            before = (end, value)
        return result

    def _shows(self, slot, end, value, before, gap):
        if slot == end:
            return float(value)
        if gap > self.heartbeat or self.fill == "none":
            return NAN
        return float(before[1] if self.fill == "hold" else value)


class Verdict:
    """What is wrong with a file."""

    def __init__(self):
        self.missing = False
        self.wrong = []
        self.shifted = 0
        self.bytes_differ = False

    @property
    def good(self):
        return not (self.missing or self.wrong or self.bytes_differ)

    @property
    def is_shifted(self):
        """Most of the wrong rows hold what belongs to a slot beside them."""
        return self.shifted > max(3, len(self.wrong) // 2)

    def __str__(self):
        if self.missing:
            return "there is no file"
        text = f"{len(self.wrong)} slots are wrong, {self.shifted} shifted"
        if self.wrong:
            slot, has, should = self.wrong[0]
            text += f"; first {slot}: {has!r} instead of {should!r}"
        return text + ("; the bytes differ" if self.bytes_differ else "")


def check_files(service, series, now, scratch):
    """Fails unless the file of each series is right. To be called after a flush
    at `now` (s)."""
    bad = 0
    for x in series:
        x.flush(now)
        verdict = examine(service.rrd(x.name), x, scratch)
        if not verdict.good:
            bad += 1
            print(f"  {x.name}: {verdict}")
    check(bad == 0, f"{bad} of {len(series)} files are wrong")


def examine(path, series, scratch=None, tolerance=1e-15, rows=None,
            values=True):
    """Compares a file with what its series must show and, if `scratch` is a
    path, byte for byte with what `rrdtool update` makes of the same rows. Looks
    at the newest `rows` slots only, when the archive is no longer. Without
    `values`, at no slot of a file whose bytes are right."""
    verdict = Verdict()
    if not series.rows:
        verdict.missing = False
        verdict.wrong = [(0, "a file", "none")] if path.exists() else []
        return verdict
    if not path.exists():
        verdict.missing = True
        return verdict
    if scratch:
        copy = rrdtool.replayed(path, series.file_rows(), scratch)
        verdict.bytes_differ = copy != path.read_bytes()
        if series.kind != GAUGE or (not values and not verdict.bytes_differ):
            return verdict
    check(series.kind == GAUGE, f"{path}: a rate needs a copy to compare with")
    expected = series.expected()
    first, last = min(expected), max(expected)
    begin = first - 5 * series.step
    if rows:
        begin = max(begin, last - rows * series.step)
    found, step = rrdtool.fetch(path, begin, last + 5 * series.step,
                                series.step)
    check(step == series.step, f"{path}: fetched with step {step}")
    for slot in range(begin + series.step, last + 5 * series.step,
                      series.step):
        has, should = found[slot][0], expected.get(slot, NAN)
        if not rrdtool.same(has, should, tolerance):
            verdict.wrong.append((slot, has, should))
            beside = (expected.get(slot + d * series.step, NAN)
                      for d in (-1, 1))
            if any(rrdtool.same(has, x, tolerance) for x in beside):
                verdict.shifted += 1
    return verdict
