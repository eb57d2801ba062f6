"""A row of the table of every_sensor.py: what is sent, what is right, and how
a file is compared with it. It knows what the design says of slots, holds and
rates, and shares no code with the program."""

import copy
import math
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone

import rrdtool
from harness import check

U = math.nan
ARRIVAL = math.inf

# Archives of 10 s for two days; a case with a longer story has its own.
LONG = '["10s for 2d", "1m for 7d", "1h for 2y"]'


def iso(at, form="%Y-%m-%dT%H:%M:%SZ"):
    return datetime.fromtimestamp(at, timezone.utc).strftime(form)


def same(x, y):
    return x == y or rrdtool.same(x, y, 1e-9) or abs(x - y) < 1e-9


def text_of(x):
    return "U" if math.isnan(x) else f"{x:.10g}"


def file_name(series):
    """Path below rrd/, as section 3 of the design says."""
    return re.sub(rb"[^A-Za-z0-9._/-]", lambda x: b"=%02X" % x[0][0],
                  series.encode()).decode() + ".rrd"


class Steps:
    """What a GAUGE stores: each value from its time's slot until the next; U
    stands where something says that nothing is known, or a gap is too long.
    The last one stands for one slot. `loose` slots at the beginning may show
    anything: the interval is not known yet."""

    def __init__(self, entries, loose=(0, 0)):
        self.entries = list(entries)
        self.loose = loose

    def spoiled(self):
        at, value = self.entries[0]
        result = copy.copy(self)
        other = 77 if math.isnan(value) else 2 * value + 1
        result.entries = [(at, other), *self.entries[1:]]
        return result

    def slots(self, step, arrival):
        """{slot's end: value}; `arrival` is the slot of the last message."""
        result, before = {}, None
        for at, value in self.entries:
            end = arrival if at == ARRIVAL else math.ceil(at / step) * step
            if before is not None:
                for slot in range(before + step, end, step):
                    result[slot] = result[before]
            result[end] = value
            before = end
        return result

    def is_open(self, end, length, step):
        if self.loose[0] == self.loose[1]:
            return False
        begin, stop = (math.ceil(x / step) * step for x in self.loose)
        return end > begin and end - length < stop - step

    def text(self, base):
        if len(self.entries) > 6:
            return f"{len(self.entries)} values, each until the next"
        return ", ".join(
            text_of(v) + (" at arrival" if t == ARRIVAL else
                          f" at {t - base:+g}") for t, v in self.entries)

    def compare(self, file, base, window):
        """What is in the file as text, and what is wrong."""
        step, last = file.step, file.last_update
        if self.entries[-1][0] == ARRIVAL and not (
                window[0] <= last <= window[1]):
            return f"the last row at {last}", [
                f"not the arrival, {window[0]} to {window[1]}"]
        wanted = self.slots(step, last)
        wrong = []
        if max(wanted) != last:
            wrong.append(f"the last row is at {last - base:+d}, not at "
                         f"{max(wanted) - base:+d}")
        for cf, steps, rows in file.archives:
            length = steps * step
            oldest = (last // length - rows + 1) * length
            begin = max(min(wanted) // length * length - 2 * length, oldest)
            stop = last // length * length
            if begin >= stop:
                continue
            found = file.rows(begin, stop, length, cf)
            for end in range(begin + length, stop + 1, length):
                has = found[end]
                if self.is_open(end, length, step):
                    continue
                should = self.row(wanted, end, steps, step, cf)
                if not same(has, should):
                    wrong.append(f"{cf} of {length} s at {end - base:+d} is "
                                 f"{text_of(has)}, not {text_of(should)}")
        return self.seen(file, min(wanted), base), wrong

    @staticmethod
    def row(slots, end, steps, step, cf):
        if steps == 1:
            return slots.get(end, U)
        values = [slots.get(x, U) for x in
                  range(end - (steps - 1) * step, end + step, step)]
        known = [x for x in values if not math.isnan(x)]
        if steps - len(known) > steps / 2:
            return U
        if cf == "MIN":
            return min(known)
        if cf == "MAX":
            return max(known)
        if cf == "LAST":
            return values[-1]
        return sum(known) / len(known)

    @staticmethod
    def seen(file, first, base):
        """The values of the finest archive, where they change."""
        cf, steps, rows = min(file.archives, key=lambda x: x[1])
        length = steps * file.step
        last = file.last_update // length * length
        begin = max(first - 2 * length, last - (rows - 1) * length)
        changes, before = [], U
        for end, value in file.rows(begin, last, length, cf).items():
            if end <= last and not same(value, before):
                changes.append(f"{text_of(value)} at {end - base:+d}")
                before = value
        if len(changes) > 6:
            return f"{len(changes)} changes"
        return ", ".join(changes) + f", to {last - base:+d}"


class Rate:
    """What a counter stores: (begin, end, rate), and elsewhere nothing. Rows
    in which one of these begins or ends are left to `written`: the rows (time,
    text) of which `rrdtool update` makes the same file. librrd's arithmetic
    is up to `tolerance` off where times have fractions of a second."""

    def __init__(self, spans, written=None, tolerance=0):
        self.spans = list(spans)
        self.written = written
        self.tolerance = tolerance

    def spoiled(self):
        result = copy.copy(self)
        result.spans = [(*x, 2 * rate + 1) for *x, rate in self.spans]
        return result

    def text(self, base):
        shown = ", ".join(f"{text_of(r)}/s from {b - base:+g} to {e - base:+g}"
                          for b, e, r in self.spans[:4])
        return shown + ", and so on" * (len(self.spans) > 4)

    def should(self, end, length):
        """None: partly in a span."""
        for begin, stop, rate in self.spans:
            if begin <= end - length and end <= stop:
                return rate
            if begin < end and end - length < stop:
                return None
        return U

    def compare(self, file, base, _):
        first = math.floor(self.spans[0][0])
        wrong, low, high, seen = [], math.inf, -math.inf, 0
        for cf, steps, rows in file.archives:
            length = steps * file.step
            stop = file.last_update // length * length
            begin = max(first // length * length - 2 * length,
                        stop - (rows - 1) * length)
            if begin >= stop:
                continue
            found = file.rows(begin, stop, length, cf)
            for end in range(begin + length, stop + 1, length):
                has, should = found[end], self.should(end, length)
                if should is None:
                    continue
                if not math.isnan(has):
                    low, high, seen = min(low, has), max(high, has), seen + 1
                if not (same(has, should) or abs(has - should)
                        <= self.tolerance * abs(should)):
                    wrong.append(f"{cf} of {length} s at {end - base:+d} is "
                                 f"{text_of(has)}, not {text_of(should)}")
        if self.written and not wrong:
            whole = rrdtool.replayed(file.path, self.written,
                                     file.path.with_suffix(".again"))
            file.path.with_suffix(".again").unlink()
            if whole != file.path.read_bytes():
                wrong.append("not what rrdtool update makes")
        return f"{text_of(low)} to {text_of(high)} in {seen} rows", wrong


class File:
    """One source of an RRD file."""

    def __init__(self, path, source="value"):
        self.path = path
        facts = rrdtool.info(path)
        self.facts = facts
        self.step = int(facts["step"])
        self.last_update = int(facts["last_update"])
        self.index = int(facts.get(f"ds[{source}].index", -1))
        self.fetched = {}
        self.archives = []
        while f"rra[{len(self.archives)}].cf" in facts:
            name = f"rra[{len(self.archives)}]"
            self.archives.append((facts[f"{name}.cf"],
                                  int(facts[f"{name}.pdp_per_row"]),
                                  int(facts[f"{name}.rows"])))

    def rows(self, begin, end, length, cf):
        key = begin, end, length, cf
        if key not in self.fetched:
            found, step = rrdtool.fetch(self.path, *key)
            check(step == length, f"{self.path}: fetched with step {step}")
            self.fetched[key] = {t: v[self.index] for t, v in found.items()}
        return self.fetched[key]


@dataclass
class Case:
    """Series and topics are below the case's own prefix; "" is the prefix."""
    kind: str
    given: str
    # (topic, payload)
    messages: list
    # {series: Steps or Rate}; in an [[rrd]] the series are its labels.
    stores: dict = field(default_factory=dict)
    # {reason: samples} that are refused.
    refused: dict = field(default_factory=dict)
    # Of each message that is not decoded; "ignored text", "dead json".
    reason: str = ""
    # Series that explain calls unknown, and of which nothing is stored.
    unknown: tuple = ()
    # Lines of its rule; or with `rrd` of an [[rrd]].
    rule: str = ""
    rrd: bool = False
    # What the log says of at least one case of those with the same text.
    log: str = ""
    # Whether explain can be asked: its promise is one message's.
    explain: bool = True
    number: int = 0

    @property
    def prefix(self):
        return f"{self.kind}/{self.number:02d}"

    @property
    def name(self):
        return self.prefix.replace("/", "-")

    def toml(self):
        lines = self.rule.replace("PREFIX", self.prefix)
        if self.rrd:
            return f'[[rrd]]\nname = "{self.prefix}"\n{lines}\n'
        for key, value in (("step", '"1s"'),
                           ("archives", '["1s for 1h LAST"]')):
            if not re.search(f"^{key} =", lines, re.MULTILINE):
                lines += f"\n{key} = {value}"
        return (f'[[rule]]\nname = "{self.name}"\n'
                f'topics = ["{self.prefix}/#"]\n{lines}\n')

    def below(self, name):
        return f"{self.prefix}/{name}" if name else self.prefix

    def spoiled(self):
        """The same with another expectation, which the runner must notice."""
        result = copy.copy(self)
        result.stores = dict(self.stores)
        for name, x in self.stores.items():
            result.stores[name] = x.spoiled()
            return result
        result.stores["not/there"] = Steps([(ARRIVAL, 1)])
        return result

    def wanted(self, base):
        parts = [f"{k or '-'}: {v.text(base)}" for k, v in self.stores.items()]
        parts += [f"{x or '-'}: unknown" for x in self.unknown]
        parts += [f"refused {k} {n}" for k, n in self.refused.items()]
        parts += [self.reason] * bool(self.reason)
        return "; ".join(parts) or "nothing"
