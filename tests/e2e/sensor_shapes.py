"""Rows of the table of every_sensor.py: what becomes of a file when its rule,
or somebody else, changes its shape: before a start, or before a SIGHUP.

Ten minutes of readings stand before the start, ten before the SIGHUP, ten
behind it; the value is the number of the minute, whatever the step."""

import math
import re
import signal
from dataclasses import dataclass, field

import rrdtool
from counters import check_counters, total
from harness import wait_for
from publisher import Publisher
from sensor_case import File
from service import Rrdflow, merged, toml

START, RELOAD = "start", "reload"


@dataclass
class Shape:
    given: str
    # What its rule or [[rrd]] has before and after `when`.
    before: str
    after: str
    when: str
    # What `rrdtool info` must show at the end.
    facts: dict = field(default_factory=dict)
    # {source: the first minute that is in the file}
    minutes: dict = field(default_factory=lambda: {"value": 0})
    # What somebody else does to the file: path, time of its last row.
    tamper: object = None
    # Arguments of `rrdflow reshape`, behind the SIGHUP.
    reshape: tuple = ()
    # Before the first reading.
    early: bool = False
    differs: int = 0
    rrd: bool = False
    number: int = 0

    @property
    def name(self):
        return f"shape/{self.number:02d}"

    def toml(self, phase):
        changed = phase >= (1 if self.when == START else 2)
        lines = self.after if changed else self.before
        if self.rrd:
            return f'[[rrd]]\nname = "{self.name}"\n{lines}\n'.replace(
                "PREFIX", self.name)
        return (f'[[rule]]\nname = "shape-{self.number}"\n'
                f'topics = ["{self.name}"]\nseries = "{self.name}"\n'
                'only = true\nfields = [{ path = "v" }]\n' f'{lines}\n')

    def topics(self, phase):
        if not self.rrd:
            return [self.name]
        labels = re.findall(r'label = "(\w+)"', self.toml(phase))
        return [f"{self.name}/{x}" for x in labels]


def rule(step, *archives, more=""):
    listed = ", ".join(f'"{x}"' for x in archives or (f"{step}s for 6h",))
    return (f'step = "{step}s"\narchives = [{listed}]\nheartbeat = "5m"\n'
            f'{more}')


def sources(*labels, more=""):
    entries = ", ".join(f'{{ topic = "PREFIX/{x}", path = "v", type = "GAUGE",'
                        f' label = "{x}" }}' for x in labels)
    return (f'step = "10s"\nheartbeat = "5m"\narchives = ["10s for 6h"]\n'
            f'{more}sources = [ {entries} ]')


def gone(path, _):
    path.unlink()


def halved(path, _):
    data = path.read_bytes()
    path.write_bytes(data[:len(data) // 2])


def copied(path, _):
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data)


def tuned(*arguments):
    return lambda path, _: rrdtool.tool("tune", path, *arguments)


def another(step, source="DS:value:GAUGE:300:U:U"):
    """A file of another program in its place."""
    def make(path, last):
        path.unlink()
        rrdtool.create(path, "--step", step, "--start", last, source,
                       "RRA:AVERAGE:0.5:1:2000")
    return make


def number(x):
    return f"{x:.10e}"


def table():
    ten, minute = rule(10), rule(60)
    for when, first in ((START, 10), (RELOAD, 20)):
        at = {"value": first}
        behind = f", then a {when}" if when == RELOAD else ", while stopped"
        yield Shape(f"rm, another step{behind}", ten, minute, when,
                    {"step": "60"}, at, gone)
        yield Shape(f"rm{behind}", ten, ten, when, {"step": "10"}, at, gone)
        yield Shape(f"rm, other archives{behind}", ten,
                    rule(10, "10s for 2h", "1m for 1d LAST"), when,
                    {"rra[0].rows": "720", "rra[3].cf": "LAST"}, at, gone)
        yield Shape(f"rm, a limit more{behind}", ten,
                    rule(10, more="max = 5e4"), when,
                    {"ds[value].max": number(5e4)}, at, gone)
        yield Shape(f"rm, a source more{behind}", sources("a"),
                    sources("a", "b"), when, {"ds[b].index": "1"},
                    {"a": first, "b": first}, gone, rrd=True)
        yield Shape(f"another step{behind}: the file's goes on", ten, minute,
                    when, {"step": "10"}, differs=1)
        yield Shape(f"a file of another step in its place{behind}", ten, ten,
                    when, {"step": "30"}, at, another(30), differs=1)
        yield Shape(f"a file with another heartbeat in its place{behind}",
                    rule(10, "10s for 6h"), rule(10, "10s for 6h"), when,
                    {"ds[value].minimal_heartbeat": "300"}, at,
                    another(10, "DS:value:GAUGE:77:U:U"), differs=1)
        yield Shape(f"a source more, by rrdtool tune{behind}", sources("a"),
                    sources("a", "b"), when, {}, {"a": 0, "b": first},
                    tuned("DS:b:GAUGE:300:U:U"), rrd=True)
        yield Shape(f"two sources more, the order changed{behind}",
                    sources("a"), sources("c", "b", "a"), when,
                    {"ds[a].index": "0"}, {"a": 0, "b": first, "c": first},
                    tuned("DS:b:GAUGE:300:U:U", "DS:c:GAUGE:300:U:U"),
                    rrd=True)
        yield Shape(f"a source of somebody else{behind}", sources("a"),
                    sources("a"), when, {"ds[z].index": "1"}, {"a": 0},
                    tuned("DS:z:GAUGE:300:U:U"), differs=1, rrd=True)
        yield Shape(f"a maximum by rrdtool tune{behind}", ten, ten, when,
                    {"ds[value].max": number(1000)},
                    tamper=tuned("--maximum", "value:1000"))
        yield Shape(f"a minimum by rrdtool tune{behind}", ten, ten, when,
                    {"ds[value].min": number(-5)},
                    tamper=tuned("--minimum", "value:-5"))
        yield Shape(f"a maximum by rrdtool tune, one in the rule{behind}",
                    rule(10, more="max = 5e4"), rule(10, more="max = 5e4"),
                    when, {"ds[value].max": number(5e4)},
                    tamper=tuned("--maximum", "value:1000"))
        yield Shape(f"a heartbeat by rrdtool tune, one in the rule{behind}",
                    ten, ten, when, {"ds[value].minimal_heartbeat": "300"},
                    tamper=tuned("--heartbeat", "value:999"))
        yield Shape(f"another heartbeat in the rule{behind}", ten,
                    ten.replace("5m", "9m"), when,
                    {"ds[value].minimal_heartbeat": "540"})
        yield Shape(f"another maximum in the rule{behind}",
                    rule(10, more="max = 5e4"), rule(10, more="max = 6e4"),
                    when, {"ds[value].max": number(6e4)})
        yield Shape(f"a minimum more in the rule{behind}", ten,
                    rule(10, more="min = -9"), when,
                    {"ds[value].min": number(-9)})
        yield Shape(f"rm, another type{behind}", ten,
                    rule(10, more='type = "DDERIVE"'), when,
                    {"ds[value].type": "DDERIVE"}, {}, gone)
        yield Shape(f"a source renamed by rrdtool tune{behind}", sources("a"),
                    sources("b"), when, {}, {"b": 0},
                    tuned("--data-source-rename", "a:b"), rrd=True)
        yield Shape(f"cut in half{behind}", ten, ten, when, {}, at, halved)
        yield Shape(f"a copy in its place{behind}", ten, ten, when, {},
                    tamper=copied)
        yield Shape(f"a source less in the rule{behind}", sources("a", "b"),
                    sources("a"), when, {"ds[b].index": "1"}, {"a": 0},
                    differs=1, rrd=True)
        yield Shape(f"a maximum of a source by rrdtool tune{behind}",
                    sources("a"), sources("a"), when,
                    {"ds[a].max": number(1000)}, {"a": 0},
                    tuned("--maximum", "a:1000"), rrd=True)
    for given, before, after, facts in (
            ("10 s to a minute", ten, minute, {"step": "60"}),
            ("a minute to 10 s", minute, ten, {"step": "10"}),
            ("10 s to 30 s", ten, rule(30), {"step": "30"}),
            ("a longer archive", ten, rule(10, "10s for 12h"),
             {"rra[0].rows": "4320"}),
            ("an archive more", ten,
             rule(10, "10s for 6h", "1m for 1d LAST"), {"rra[3].cf": "LAST"})):
        yield Shape(f"reshape: {given}", before, after, RELOAD, facts,
                    reshape=("GLOB",))
    yield Shape("reshape: a source more", sources("a"), sources("a", "b"),
                RELOAD, {"ds[b].index": "1"}, {"a": 0, "b": 21},
                reshape=("GLOB",), rrd=True)
    yield Shape("reshape: a source less", sources("a", "b"), sources("a"),
                RELOAD, {"ds[b].index": None}, {"a": 0}, reshape=("GLOB",),
                rrd=True)
    yield Shape("reshape at once behind a SIGHUP: a minute", ten, minute,
                RELOAD, {"step": "60"}, reshape=("GLOB",), early=True)
    yield Shape("reshape --dry-run: a minute", ten, minute, RELOAD,
                {"step": "10"}, reshape=("GLOB", "--dry-run"), differs=1)
    yield Shape("reshape --dry-run: a longer archive", ten,
                rule(10, "10s for 12h"), RELOAD, {"rra[0].rows": "2160"},
                reshape=("GLOB", "--dry-run"), differs=1)


def reshape(service, shapes):
    for x in shapes:
        if x.reshape:
            service.verb("reshape", *(y.replace("GLOB", f"{x.name}*")
                                      for y in x.reshape))


def send(broker, service, shapes, minutes, base, sent):
    topics = [t for x in shapes for t in x.topics(minutes[0] // 10)]
    with Publisher(broker.port) as publisher:
        for m in range(*minutes):
            for second in range(10, 70, 10):
                for topic in topics:
                    publisher.publish(
                        topic, f'{{"ts":{base + 60 * m + second},"v":{m}}}')
                    sent += 1
        publisher.drain()
    service.wait_taken(sent)
    service.flush()
    return sent


def reload(service):
    def count():
        return service.log.read_text().count("are in force from here on")
    before = count()
    service.process.child.send_signal(signal.SIGHUP)
    wait_for("new rules", lambda: count() > before, interval=0.02)


def tamper(service, shapes, when, last):
    for x in shapes:
        if x.tamper and x.when == when:
            x.tamper(service.rrd(x.name), last)


def compare(service, shape, base):
    path = service.rrd(shape.name)
    if not path.exists():
        return "no file", ["there is no file"]
    facts, wrong, got = rrdtool.info(path), [], []
    for key, value in shape.facts.items():
        got.append(f"{key} {facts.get(key)}")
        if facts.get(key) != value:
            wrong.append(f"{key} is {facts.get(key)}, not {value}")
    for source, first in shape.minutes.items():
        file = File(path, source)
        if file.index < 0:
            wrong.append(f"no source {source}")
            continue
        cf, _, _ = file.archives[0]
        rows = file.rows(base, base + 1800, file.step, cf)
        begin = base + 60 * first
        known = {}
        for end, value in rows.items():
            minute = (end - base - 1) // 60
            if end > base + 1800:
                continue
            if not math.isnan(value):
                known[minute] = value
            right = value == minute if end > begin else math.isnan(value)
            if not right:
                wrong.append(f"{source} at minute {minute} is {value}")
        got.append(f"{source} minutes {min(known, default='-')} to "
                   f"{max(known, default='-')}")
    return ", ".join(got), wrong


def check_shapes(table_, folder, broker, sections, now):
    base = int(now) // 3600 * 3600 - 7200
    shapes = list(table())
    for i, x in enumerate(shapes):
        x.number = i
    with Rrdflow(folder / "shapes", broker.address) as service:
        head = toml(merged(service.base, sections))

        def configure(phase):
            service.configure(None, head + "".join(
                x.toml(phase) for x in shapes))
        configure(0)
        service.start()
        service.wait_connected()
        sent = send(broker, service, shapes, (0, 10), base, 0)
        service.terminate()
        tamper(service, shapes, START, base + 600)
        configure(1)
        service.start()
        service.wait_connected()
        sent = send(broker, service, shapes, (10, 20), base, sent)
        tamper(service, shapes, RELOAD, base + 1200)
        configure(2)
        reload(service)
        reshape(service, [x for x in shapes if x.early])
        # A file is compared with new rules when a reading of it comes.
        sent = send(broker, service, shapes, (20, 21), base, sent)
        differing = sum(x.differs or bool(x.reshape) for x in shapes)
        wait_for(f"{differing} files differ", lambda: total(
            service.metrics(), "files_differ") >= differing - 1)
        reshape(service, [x for x in shapes if not x.early])
        send(broker, service, shapes, (21, 30), base, sent)
        for x in shapes:
            got, wrong = compare(service, x, base)
            wanted = ", ".join(
                [f"{k} {v}" for k, v in x.facts.items()]
                + [f"{k} from minute {v}" for k, v in x.minutes.items()])
            table_.add("shape", x.given, wanted, got, wrong)
        differ = total(service.metrics(), "files_differ")
        should = sum(x.differs for x in shapes)
        # One more if that at once behind the SIGHUP is not reshaped.
        table_.add("shape", "how many files differ from their rule", should,
                   f"{differ:.0f}",
                   [] if differ in (should, should + 1) else ["others"])
        m = service.wait_rest()
        check_counters(m)
        service.terminate()
