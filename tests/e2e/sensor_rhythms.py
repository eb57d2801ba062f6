"""Rows of the table of every_sensor.py: how often sensors send, and what is
right of their history; and meters, whose rate is right at their own times."""

import math
import random

import rrdtool
from sensor_case import LONG, U, Case, Rate, Steps

MINUTE, HOUR, DAY = 60, 3600, 86400

OUTLASTED = "most of its history is unknown; remedy: a longer one"


def reading(at, value):
    """A message, its time in whole seconds or in milliseconds."""
    return "", f'{{"ts":{at if at == int(at) else format(at, ".3f")},' \
               f'"v":{value}}}'


def sensor(given, times, step=10, gaps=(), loose=(0, 0), rule="",
           archives=LONG, **more):
    """Values 0, 1, 2.. at `times`; behind the readings with the numbers
    `gaps` nothing is known."""
    entries = []
    for i, at in enumerate(times):
        entries.append((at, i))
        if i in gaps:
            entries.append((math.ceil(at / step) * step + step, U))
    messages = [reading(at, i) for i, at in enumerate(times)]
    return Case("rhythm", given, messages, {"v": Steps(entries, loose)},
                rule=f'step = "{step}s"\narchives = {archives}\n{rule}',
                explain=False, **more)


def every(begin, pause, count, jitter=0, seed=1):
    rng = random.Random(seed)
    return [begin + pause * i + (rng.randint(-jitter, jitter) if i else 0)
            for i in range(count)]


def on_change(begin, end, shortest, mean, longest, seed):
    rng = random.Random(seed)
    times = [begin]
    while times[-1] < end:
        times.append(times[-1] + round(min(
            longest, shortest + rng.expovariate(1 / mean))))
    return times[:-1]


def rhythm(now):
    day = now - DAY
    wide = '["10s for 4d", "1m for 7d", "1h for 2y"]'
    yield sensor("each minute, 31 times", every(now - HOUR, MINUTE, 31))
    yield sensor("each minute, a day", every(day, MINUTE, 1400))
    yield sensor("each 5 minutes, a day", every(day, 300, 285))
    yield sensor("each hour, three days", every(now - 3 * DAY, HOUR, 71),
                 archives=wide)
    yield sensor("each second, ten minutes", every(now - HOUR, 1, 600))
    yield sensor("each 10 s, an hour", every(now - 2 * HOUR, 10, 360))
    yield sensor("each minute give or take 5 s, six hours",
                 every(now - 8 * HOUR, MINUTE, 360, 5))
    uneven = every(day, HOUR, 23, 60)
    uneven[1] = uneven[0] + HOUR - 30
    yield sensor("each hour give or take a minute", uneven,
                 loose=(uneven[1], uneven[2]))
    six = every(now - 3 * DAY, 6 * HOUR, 11)
    yield sensor("each six hours", six, archives=wide,
                 loose=(six[0], six[1]))
    yield sensor("each minute, steps of a minute",
                 every(day, MINUTE, 1000, 10), step=60,
                 archives='["1m for 2d", "1h for 2y"]')
    yield sensor("on change: 30 s to half an hour",
                 on_change(day, now, 30, 400, 1800, 5))
    yield sensor("on change: a second to 20 minutes",
                 on_change(day, now, 1, 200, 1200, 6))
    yield sensor("on change: a door, at least once an hour",
                 on_change(now - 3 * DAY, now, 5, 2500, 3600, 7),
                 archives=wide)
    hold = 'heartbeat = "1d"'
    yield sensor("a hold of a day", [now - 23 * HOUR, now - HOUR], rule=hold)
    yield sensor("a hold of exactly a day", [now - 25 * HOUR, now - HOUR],
                 rule=hold)
    yield sensor("a hold of a day and 10 s",
                 [now - 25 * HOUR - 10, now - HOUR], rule=hold, gaps=(0,))
    yield sensor("a hold of two days, heartbeat 2d",
                 [now - 50 * HOUR, now - 3 * HOUR], archives=wide,
                 rule='heartbeat = "2d"')
    yield sensor("each minute three times, a second apart",
                 [x + i for x in every(now - 8 * HOUR, MINUTE, 360)
                  for i in range(3)])
    night = now - DAY + 6 * HOUR
    yield sensor("each 10 s, then each minute, each 10 s again",
                 every(night, 10, 360) + every(night + HOUR, 60, 120)
                 + every(night + 3 * HOUR, 10, 360),
                 loose=(night + HOUR, night + HOUR + 5 * MINUTE))
    minutes = every(now - HOUR, MINUTE, 21)
    alone = Steps([pair for i, x in enumerate(minutes)
                   for pair in ((x, i), (x + 10, U))][:-1])
    # Two steps are the default of an [[rrd]].
    case = rrd("an [[rrd]] without heartbeat, each minute", 10,
               {"g": ("GAUGE", ""), "h": ("GAUGE", ', fill = "hold"')},
               [(x, "m", f'{{"ts":{x},"g":{i},"h":{i}}}')
                for i, x in enumerate(minutes)], {"g": alone, "h": alone},
               "m", "", log=OUTLASTED)
    case.kind = "rhythm"
    yield case
    def short(given, heartbeat, pause, **more):
        times = every(now - 20 * pause - HOUR, pause, 20)
        yield sensor(given, times, rule=f'heartbeat = "{heartbeat}"',
                     gaps=range(19), **more)

    yield from short("each minute, heartbeat 20 s", "20s", 60, log=OUTLASTED)
    yield from short("each 5 minutes, heartbeat 2 minutes", "2m", 300,
                     log=OUTLASTED)
    yield from short("each 40 s, heartbeat 30 s", "30s", 40, log=OUTLASTED)
    yield sensor("each minute, heartbeat 70 s", every(now - HOUR, 60, 40),
                 rule='heartbeat = "70s"')
    yield sensor("each 30 minutes, heartbeat_max 10 minutes",
                 every(now - 9 * HOUR, 1800, 16),
                 rule='heartbeat_max = "10m"', gaps=range(15))
    yield sensor("each 20 minutes, heartbeat_max 20 minutes",
                 every(now - 9 * HOUR, 1200, 24),
                 rule='heartbeat_max = "20m"')
    yield sensor("each 25 hours, heartbeat_max a day",
                 every(now - 5 * DAY, 25 * HOUR, 4), gaps=range(3),
                 archives='["10s for 6d", "1m for 7d", "1h for 2y"]')
    yield sensor("each minute, six hours of silence, each minute",
                 every(now - 10 * HOUR, 60, 120)
                 + every(now - 2 * HOUR, 60, 60), gaps=(119,))
    yield sensor("each minute, one is lost",
                 every(now - 3 * HOUR, 60, 60)
                 + every(now - 2 * HOUR + MINUTE, 60, 30))
    yield sensor("each minute, four minutes of silence",
                 every(now - 3 * HOUR, 60, 60)
                 + every(now - 2 * HOUR + 180, 60, 30), gaps=(59,))
    yield sensor("each 10 s, five minutes of silence",
                 every(now - 2 * HOUR, 10, 100)
                 + every(now - 2 * HOUR + 1290, 10, 50), gaps=(99,))
    yield sensor("three readings, then 59 minutes of silence",
                 [now - 3 * HOUR, now - 3 * HOUR + 60, now - 3 * HOUR + 120,
                  now - 2 * HOUR + 60])
    yield sensor("three readings, then 70 minutes of silence",
                 [now - 3 * HOUR, now - 3 * HOUR + 60, now - 3 * HOUR + 120,
                  now - 2 * HOUR + 720], gaps=(2,))


class Meter:
    """Counts a constant rate, and is read at `times` (s, three decimals)."""

    def __init__(self, times, rate, kind, first=0):
        self.times, self.kind = times, kind
        self.values, before = [], times[0] - 60
        for at in times:
            span = at - (before if kind == "ABSOLUTE" else times[0])
            value = round(round(span, 3) * rate, 6)
            whole = float(value).is_integer()
            self.values.append(first + int(value) if whole else first + value)
            before = at

    def messages(self):
        return [reading(at, v) for at, v in zip(self.times, self.values)]

    def written(self, step):
        """The rows as rrdtool takes them: of each slot the last reading, of an
        ABSOLUTE the sum."""
        slots = {}
        for at, v in zip(self.times, self.values):
            end = math.ceil(at / step)
            if self.kind == "ABSOLUTE" and end in slots:
                v += slots[end][1]
            slots[end] = (at, v)
        number = int if self.kind in ("COUNTER", "DERIVE") else float
        return [(rrdtool.time_text(round(at * 1000)),
                 rrdtool.number_text(number(v))) for at, v in slots.values()]


def opening(at, count, step):
    """A file begins one step before its first row: for RRD an ABSOLUTE has
    counted in this step what it brings at first."""
    return [(at - step, at, count / step)]


def meter(given, kind, times, rate, step=10, first=0, archives=LONG,
          tolerance=0):
    m = Meter(times, rate, kind, first)
    limit = f"max = {abs(rate) * 10:g}\n" if kind == "COUNTER" else ""
    # The first row has the time of its slot's last reading.
    end = math.ceil(times[0] / step) * step
    spans = [(max(x for x in times if x <= end), times[-1], rate)]
    if kind == "ABSOLUTE":
        spans[:0] = opening(spans[0][0], sum(
            v for x, v in zip(times, m.values) if x <= end), step)
    return Case("rates", f"{kind}: {given}", m.messages(),
                {"v": Rate(spans, m.written(step), tolerance)},
                rule=f'type = "{kind}"\nstep = "{step}s"\n{limit}'
                     f'archives = {archives}', explain=False)


def precise(begin, pause, count, jitter, seed):
    """Milliseconds, of which a hundredth of a second counts."""
    rng = random.Random(seed)
    return [begin, *(round(begin + pause * i + rng.randint(
        -jitter * 100, jitter * 100) / 100, 2) for i in range(1, count))]


def rrd(given, step, sources, messages, stores, topic="",
        heartbeat='heartbeat = "5m"\n', **more):
    """sources: label: (type, more of its entry). They are fields of messages
    on `topic`, or `v` on topics of their own."""
    entries = ",\n".join(
        f'  {{ topic = "PREFIX/{topic or x}", path = "{x if topic else "v"}", '
        f'type = "{kind}", label = "{x}"{rest} }}'
        for x, (kind, rest) in sources.items())
    return Case("rates", given, [x[1:] for x in sorted(messages)], stores,
                rule=f'step = "{step}s"\n{heartbeat}'
                     'archives = ["10s for 1d", "1m for 1d"]\n'
                     f'sources = [\n{entries} ]',
                rrd=True, explain=False, **more)


def rates(now):
    hours = now - 3 * HOUR
    for kind in ("COUNTER", "DERIVE", "ABSOLUTE", "DCOUNTER"):
        yield meter("each 60 s give or take 2 s, 100 a second", kind,
                    every(hours, 60, 100, 2, 3), 100)
    for kind in ("COUNTER", "DERIVE", "ABSOLUTE", "DCOUNTER", "DDERIVE"):
        yield meter("by milliseconds, each 60 s give or take 2 s", kind,
                    precise(hours, 60, 100, 2, 4), 100, tolerance=0.15)
    yield meter("each 5 minutes give or take 7 s, a day", "COUNTER",
                precise(now - DAY, 300, 280, 7, 5), 300, tolerance=0.15)
    yield meter("each 60 s give or take 2 s, steps of a minute", "DERIVE",
                every(hours, 60, 100, 2, 6), 100, 60,
                archives='["1m for 2d", "1h for 2y"]')
    yield meter("each 20 s give or take 3 s, steps of a minute", "ABSOLUTE",
                every(hours + 20, 20, 200, 3, 7), 100, 60,
                archives='["1m for 2d", "1h for 2y"]')
    for shift in (3, 8):
        times = every(hours + shift, 60, 60, 2, 12)
        m = Meter(times, 100, "DERIVE")
        yield Case("rates", f"DERIVE: begins {shift} s behind a slot's begin",
                   m.messages(), {"v": Rate([(times[0], times[-1], 100)],
                                            m.written(10))},
                   rule=f'type = "DERIVE"\nstep = "10s"\narchives = {LONG}',
                   explain=False)
    yield meter("falls by a quarter a second", "DDERIVE",
                every(hours, 60, 60, 2, 8), -0.25, first=1000)
    yield meter("by eighths, each 60 s", "DCOUNTER",
                every(hours, 60, 60, 2, 9), 0.125)
    yield meter("beyond 2^53", "COUNTER", every(hours, 60, 60, 2, 10), 100,
                first=2**60 + 1)
    counts = [2**32 - 3000, 2**32 - 1000, 1000, 3000]
    times = every(hours, 20, 4)
    yield Case("rates", "COUNTER: a 32-bit counter goes round",
               [reading(t, v) for t, v in zip(times, counts)],
               # RRD's own arithmetic: it takes 2^32 - 1 for one round.
               {"v": Rate([(times[0], times[1], 100),
                           (times[1], times[2], 1999 / 20),
                           (times[2], times[3], 100)],
                          [(str(t), str(v)) for t, v in zip(times, counts)])},
               rule=f'type = "COUNTER"\nmax = 1000\nstep = "10s"\n'
                    f'archives = {LONG}', explain=False)
    for kind, limit in (("COUNTER", "max = 1000"), ("DERIVE", "min = 0")):
        counts = [50000, 56000, 100, 6100]
        times = every(hours, 60, 4)
        yield Case("rates", f"{kind}, {limit}: a device starts again at 0",
                   [reading(t, v) for t, v in zip(times, counts)],
                   {"v": Rate([(hours, times[1], 100),
                               (times[2], times[3], 100)],
                              [(str(t), str(v))
                               for t, v in zip(times, counts)])},
                   rule=f'type = "{kind}"\n{limit}\nstep = "10s"\n'
                        f'archives = {LONG}', explain=False)
    times = every(hours, 60, 60, 2) + every(hours + 2 * HOUR, 60, 30, 2)
    m = Meter(times, 100, "COUNTER")
    yield Case("rates", "COUNTER: an hour of silence is unknown", m.messages(),
               {"v": Rate([(times[0], times[59], 100),
                           (times[60], times[-1], 100)])},
               rule=f'type = "COUNTER"\nmax = 1000\nstep = "10s"\n'
                    f'archives = {LONG}', explain=False)
    times = every(hours, 60, 60) + every(hours + 61 * MINUTE, 60, 30)
    yield meter("one reading is lost, what it counted is not", "DERIVE",
                times, 100)
    times = every(hours, 60, 60, 2, 11)
    yield Case("rates", "COUNTER: kWh of three decimals, scale 1000",
               [reading(x, f"{(x - hours) * 2 / 1000:.3f}") for x in times],
               {"v": Rate([(times[0], times[-1], 2)],
                          [(str(x), str(2 * (x - hours))) for x in times])},
               rule='type = "COUNTER"\nmax = 100\nstep = "10s"\n'
                    f'archives = {LONG}\n'
                    'fields = [{ path = "v", scale = 1000 }]', explain=False)
    yield from several(hours)


def several(t):
    def read(label, times, value):
        return [(at, label, reading(at, value(at))[1]) for at in times]

    slots = range(t + 10, t + 1201, 10)
    meters = every(t, 60, 21)

    gauge = Steps([(at, at % 97) for at in slots])
    messages = read("g", slots, lambda x: x % 97)
    messages += read("c", meters, lambda x: x - t)
    messages += read("d", meters, lambda x: x - t)
    messages += read("a", meters, lambda x: 60)
    one = Rate([(t, t + 1200, 1)])
    kinds = {"g": ("GAUGE", ""), "c": ("COUNTER", ", max = 100"),
             "d": ("DERIVE", ""), "a": ("ABSOLUTE", "")}
    yield rrd("a gauge each 10 s; COUNTER, DERIVE, ABSOLUTE each 60 s", 10,
              kinds, messages, {"g": gauge, "c": one, "d": one,
                                "a": Rate(opening(t, 60, 10) + one.spans)})
    late = every(t + 3, 60, 20, 2)
    # What an ABSOLUTE counted since the reading before.
    since = dict(zip(late, [60, *(y - x for x, y in zip(late, late[1:]))]))
    own = Rate([(late[0], late[-1], 1)])
    messages = read("g", slots, lambda x: x % 97)
    messages += read("c", late, lambda x: x - t)
    messages += read("d", late, lambda x: t - x)
    messages += read("a", late, lambda x: since[x])
    yield rrd("the same, give or take 2 s", 10, kinds, messages,
              {"g": gauge, "c": own, "a": own,
               "d": Rate([(late[0], late[-1], -1)])})
    rhythms = {"x": every(t, 30, 40, 2, 2), "y": every(t, 60, 20, 2, 3),
               "z": every(t, 90, 14, 2, 4)}
    for end in ("", ", the last reading of all at once"):
        for x in rhythms.values() if end else ():
            x.append(t + 1230)
        messages = [m for label, times in rhythms.items()
                    for m in read(label, times, lambda x: 7 * (x - t))]
        yield rrd("three DERIVE each 30, 60, 90 s give or take 2 s" + end, 10,
                  {x: ("DERIVE", "") for x in rhythms}, messages,
                  {x: Rate([(v[0], v[-1], 7)]) for x, v in rhythms.items()})
    half = [t + 0.25 + 60 * i for i in range(20)]
    messages = read("g", slots, lambda x: x % 97)
    messages += read("p", half, lambda x: 100 * (x - t))
    messages += read("q", half, lambda x: 1e6 - (x - t) / 4)
    yield rrd("a gauge each 10 s; DCOUNTER, DDERIVE by milliseconds", 10,
              {"g": ("GAUGE", ""), "p": ("DCOUNTER", ""),
               "q": ("DDERIVE", "")}, messages,
              {"g": gauge, "p": Rate([(half[0], half[-1], 100)]),
               "q": Rate([(half[0], half[-1], -0.25)])})
    # Pulses: fewer than rows.
    messages = read("g", slots, lambda x: x % 97)
    messages += read("c", meters, lambda x: (x - t) // 60)
    messages += read("d", meters, lambda x: -((x - t) // 60))
    for kind, limit in (("COUNTER", ", max = 100"), ("DCOUNTER", "")):
        falls = kind.replace("COUNTER", "DERIVE")
        yield rrd(f"a gauge each 10 s; {kind}, {falls} of one each 60 s", 10,
                  {"g": ("GAUGE", ""), "c": (kind, limit), "d": (falls, "")},
                  messages, {"g": gauge, "c": Rate([(t, t + 1200, 1 / 60)]),
                             "d": Rate([(t, t + 1200, -1 / 60)])})
    # What was counted up to each reading, at 1, 5, 0, 2 a second in turn.
    counted, spans = {late[0]: 0}, []
    for i, (x, y) in enumerate(zip(late, late[1:])):
        spans.append((x, y, (1, 5, 0, 2)[i % 4]))
        counted[y] = counted[x] + (y - x) * spans[-1][2]
    messages = read("g", slots, lambda x: x % 97)
    messages += read("c", late, counted.get)
    messages += read("p", late, lambda x: counted[x] / 4)
    yield rrd("a gauge each 10 s; COUNTER, DCOUNTER of changing rates", 10,
              {"g": ("GAUGE", ""), "c": ("COUNTER", ", max = 100"),
               "p": ("DCOUNTER", "")}, messages,
              {"g": gauge, "c": Rate(spans),
               "p": Rate([(b, e, r / 4) for b, e, r in spans])})
    messages = [(x, "m", f'{{"ts":{x},"g":{x % 97},"c":{counted[x]}}}')
                for x in late]
    both = [pair for x in late for pair in (
        (x, x % 97), (math.ceil(x / 10) * 10 + 10, U))][:-1]
    kinds = {"g": ("GAUGE", ""), "c": ("COUNTER", ", max = 100")}
    yield rrd("a gauge and a COUNTER of changing rates in one message, each "
              "60 s", 10, kinds, messages,
              {"g": Steps(both), "c": Rate(spans)}, "m")
    messages = read("c", late, counted.get)
    messages += read("g", [x + 30 for x in late[:-1]], lambda x: x % 97)
    between = [pair for x in late[:-1] for pair in (
        (x + 30, (x + 30) % 97), (math.ceil(x / 10) * 10 + 40, U))]
    end = math.ceil(late[-1] / 10) * 10
    yield rrd("a gauge each 60 s, a COUNTER of changing rates 30 s later", 10,
              kinds, messages, {"g": Steps([*between, (end, U)]),
                                "c": Rate(spans)})
    stop = [x for x in meters if x <= t + 300] \
        + [x for x in meters if x >= t + 900]
    messages = read("g", slots, lambda x: x % 97)
    messages += read("c", stop, lambda x: x - t)
    yield rrd("a gauge goes on while a COUNTER is silent for ten minutes", 10,
              {"g": ("GAUGE", ""), "c": ("COUNTER", ", max = 100")},
              messages, {"g": gauge,
                         "c": Rate([(t, t + 300, 1), (t + 900, t + 1200, 1)])})


def held(now):
    """(given, rule, reading's time, value): shown by every door up to now."""
    for given, heartbeat, ago in (
            ("on change, half an hour ago", "auto", 1800),
            ("heartbeat 1d, 20 hours ago", "1d", 20 * HOUR),
            ("heartbeat 2d, 47 hours ago", "2d", 47 * HOUR),
            ("heartbeat 1d, 25 hours ago", "1d", 25 * HOUR)):
        yield given, heartbeat, now - ago


def table(now):
    now = int(now) // 3600 * 3600 - HOUR
    yield from rhythm(now)
    yield from rates(now)
