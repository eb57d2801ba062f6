#!/usr/bin/env python3
"""Files get the step, archives and sources of their rules, and keep their
history: with `rrdflow reshape`, while readings come in and the service is
killed again and again; when they were deleted; and when another program added a
source or replaced them. Nothing that waits is lost.

Each reading of a series has the number of its minute as value, so that every
row of every step is known, whatever shape the file had when it was written."""

import argparse
import random
import shutil
import signal
import subprocess
import time

from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, wait_for
from publisher import Publisher
import rrdtool
from service import Rrdflow, value_rule

SHAPES = {10: ("10s for 30h", "1m for 2d"), 60: ("1m for 30h", "5m for 2d")}


def sections(step, sources=("a",)):
    labels = [{"topic": f"{net}/{x}", "path": "v", "format": "json",
               "type": "GAUGE", "label": x}
              for net in ("net", "tuned") for x in sources]
    half = len(labels) // 2
    rrd = {"step": "10s", "archives": ["10s for 2h LAST"]}
    return {
        "rule": [value_rule("f", *SHAPES[step], step=f"{step}s",
                            heartbeat="5m")],
        "rrd": [{"name": "net", **rrd, "sources": labels[:half]},
                {"name": "tuned", **rrd, "sources": labels[half:]}],
        "cache": {"flush_after": "1h"},
        "snapshot": {"every": "500ms"},
        "writer": {"creates_per_second": 10000},
    }


class Counting(Publisher):
    """Knows how many messages it published."""

    def __init__(self, broker):
        super().__init__(broker.port)
        self.sent = 0

    def publish(self, *arguments):
        super().publish(*arguments)
        self.sent += 1

    def settle(self, service):
        """Until all is in the shards."""
        self.drain()
        service.wait_taken(self.sent, 60)
        return service.wait_rest()


class Series:
    """What a number of series, all alike, have sent."""

    def __init__(self, count, begin):
        self.names = [f"f/{i}" for i in range(count)]
        self.begin = begin
        self.minute = 0

    def send(self, publisher, minutes=1):
        check(self.begin + 60 * self.minute < time.time() - 60,
              "the series are in the future")
        for _ in range(minutes):
            for second in range(10, 70, 10):
                t = self.begin + 60 * self.minute + second
                for name in self.names:
                    publisher.publish(name, f'{{"ts": {t}, "v": {self.minute}}}')
            self.minute += 1

    def check(self, service, step):
        """Every step of every minute has its minute's number."""
        end = self.begin + 60 * self.minute
        for name in self.names:
            rows = rrdtool.fetch_text(service.rrd(name), self.begin, end, step)
            for t in range(self.begin + step, end + 1, step):
                expected = (t - self.begin - 1) // 60
                check(rrdtool.same(rows[t][0], expected, 1e-9),
                      f"{name} at minute {expected}, {t}: {rows[t][0]}, step "
                      f"{step}")


def reload(service):
    def count():
        return service.log.read_text().count("are in force from here on")
    before = count()
    service.process.child.send_signal(signal.SIGHUP)
    wait_for("new rules", lambda: count() > before, interval=0.02)


def differing(service, n):
    wait_for(f"{n} files differ", lambda: total(
        service.metrics(), "files_differ") == n)


def step_of(service, name):
    return int(rrdtool.info(service.rrd(name))["step"])


def deleted(folder, broker):
    """rm -rf rrd/ and another step."""
    base = int(time.time()) // 3600 * 3600 - 7200
    series = Series(3, base)
    with Rrdflow(folder / "deleted", broker.address,
                 sections(10)) as service, Counting(broker) as publisher:
        service.start()
        service.wait_connected()
        series.send(publisher, 5)
        publisher.settle(service)
        service.flush()
        check(step_of(service, "f/0") == 10, "the wrong step")
        waiting = series.minute
        series.send(publisher, 5)
        publisher.settle(service)
        service.terminate()
        shutil.rmtree(service.store / "rrd")
        service.configure(sections(60))
        service.start()
        series.send(publisher, 5)
        m = publisher.settle(service)
        service.flush()
        for name in series.names:
            check(step_of(service, name) == 60, f"{name}: the old step is back")
        check(total(m, "files_differ") == 0, "a file differs")
        check(total(m, "rows_abandoned_total") == 0, "rows are abandoned")
        # What waited is in the new files; what was in the old ones is not.
        series.begin += 60 * waiting
        series.minute -= waiting
        for name in series.names:
            rows = rrdtool.fetch_text(
                service.rrd(name), series.begin,
                series.begin + 60 * series.minute, 60)
            got = [rows[series.begin + 60 * (i + 1)][0]
                   for i in range(series.minute)]
            check(got == [waiting + i for i in range(series.minute)],
                  f"{name}: {got}")
        check_counters(service.metrics())
        service.terminate()


def sources(folder, broker):
    """A source more in an [[rrd]]: with reshape, and by rrdtool."""
    base = int(time.time()) // 60 * 60 - 3600
    slot = [0]

    def send(publisher, net, *labels):
        slot[0] += 1
        for i, label in enumerate(labels):
            publisher.publish(
                f"{net}/{label}",
                f'{{"ts": {base + 10 * slot[0]}, "v": {10 * slot[0] + i}}}')
        return base + 10 * slot[0]

    def value(service, net, label, t):
        keys = rrdtool.info(service.rrd(net))
        i = int(keys[f"ds[{label}].index"])
        return rrdtool.fetch_text(service.rrd(net), t - 10, t, 10,
                                  "LAST")[t][i]

    with Rrdflow(folder / "sources", broker.address, sections(10)) as service:
        service.start()
        with Counting(broker) as publisher:
            service.wait_connected()
            for net in ("net", "tuned"):
                send(publisher, net, "a")
            publisher.settle(service)
            service.flush()
            service.configure(sections(10, ("a", "b")))
            reload(service)
            seen = [send(publisher, net, "a", "b") for net in ("net", "tuned")]
            publisher.settle(service)
            differing(service, 2)
            check(total(service.metrics(), "samples_refused_total") == 2,
                  "b is not refused")
            for part in (".rrd has no source b", "rrdflow reshape 'net/*'",
                         "net.rrd differs from rule rrd/net: source b is "
                         "missing", "tuned.rrd differs"):
                wait_for(f"in the log: {part}",
                         lambda p=part: p in service.log.read_text(), 10)
            service.verb("reshape", "net/*")
            path = service.rrd("tuned")
            rrdtool.tool("tune", path, "DS:b:GAUGE:20:U:U")
            rrdtool.tool("tune", path, "--maximum", "a:1000")
            reload(service)
            # Rows of the old sources wait.
            after = [send(publisher, net, "a", "b")
                     for net in ("net", "tuned")]
            m = publisher.settle(service)
            service.flush()
            for net, t0, t1 in zip(("net", "tuned"), seen, after):
                n = (t0 - base) // 10
                check(value(service, net, "a", t0) == 10 * n,
                      f"{net}: what waited is lost")
                n = (t1 - base) // 10
                check(value(service, net, "a", t1) == 10 * n, f"{net}: a")
                check(value(service, net, "b", t1) == 10 * n + 1, f"{net}: b")
            check(rrdtool.info(path)["ds[a].max"] == "1.0000000000e+03",
                  "the limit that somebody set is gone")
            check(total(m, "rows_abandoned_total") == 0, "rows are abandoned")
            check(total(service.metrics(), "files_differ") == 0,
                  "a file differs")
        check_counters(service.metrics())
        service.terminate()


def replaced(folder, broker):
    """Another program deletes one file and puts another in the place of one,
    while the service runs and its rules want a step that no file has."""
    begin = int(time.time()) // 3600 * 3600 - 7200
    series = Series(3, begin)
    with Rrdflow(folder / "replaced", broker.address,
                 sections(10)) as service, Counting(broker) as publisher:
        service.start()
        service.wait_connected()
        series.send(publisher, 3)
        publisher.settle(service)
        service.flush()
        service.configure(sections(60))
        reload(service)
        series.send(publisher, 3)
        publisher.settle(service)
        differing(service, 3)
        service.rrd("f/0").unlink()
        other = service.rrd("f/1")
        rrdtool.create(other, "--start", begin, "--step", 30,
                       "DS:value:GAUGE:300:U:U", "RRA:AVERAGE:0.5:1:500")
        service.flush()
        differing(service, 2)
        text = service.log.read_text()
        for name in ("f/0", "f/1"):
            check(f"{name}.rrd has another step or other" in text, text)
        series.send(publisher, 3)
        m = publisher.settle(service)
        service.flush()
        for name, step in zip(series.names, (60, 30, 10)):
            check(step_of(service, name) == step, f"{name}: its step")
            rows = rrdtool.fetch_text(service.rrd(name), begin + 180,
                                      begin + 540, step)
            for t in range(begin + 180 + step, begin + 541, step):
                expected = (t - begin - 1) // 60
                check(rrdtool.same(rows[t][0], expected, 1e-9),
                      f"{name}, {t - begin}: {rows[t][0]}, not {expected}")
        check(total(m, "rows_abandoned_total") == 0, "rows are abandoned")
        check_counters(service.metrics())
        service.terminate()


def killed(folder, broker, options):
    """reshape of many files, while readings come and the service is killed."""
    rng = random.Random(options.seed)
    begin = int(time.time()) // 3600 * 3600 - 24 * 3600
    series = Series(options.series, begin)
    step, kills, moments = 10, 0, []
    with Rrdflow(folder / "killed", broker.address, sections(step)) as service:
        service.start()
        with Counting(broker) as publisher:
            service.wait_connected()
            series.send(publisher, 3)
            publisher.settle(service)
            service.flush()
            for _ in range(options.rounds):
                step = 70 - step
                service.configure(sections(step))
                reload(service)
                series.send(publisher)
                publisher.settle(service)
                differing(service, options.series)
                text = service.verb("reshape", "*", "--dry-run")
                check(f"{options.series} files would" in text, text)
                for _ in range(options.kills):
                    verb = subprocess.Popen(
                        [service.program, "reshape", "-c",
                         str(service.configuration), "f/*"],
                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                        env=service.env)
                    until = time.monotonic() + rng.uniform(0.02, options.span)
                    while time.monotonic() < until:
                        series.send(publisher)
                        time.sleep(0.02)
                    service.kill()
                    kills += 1
                    moments.append(verb.communicate()[0].count(b"\n"))
                    service.start()
                    series.send(publisher)
                    publisher.settle(service)
                service.verb("reshape", "f/*")
                check(total(service.metrics(), "files_differ") == 0,
                      "files differ after reshape")
                series.send(publisher)
                m = publisher.settle(service)
                service.flush()
                series.check(service, step)
                for name in series.names:
                    check(step_of(service, name) == step, f"{name}: its step")
                check(total(m, "rows_abandoned_total") == 0,
                      "rows are abandoned")
        check_counters(service.metrics())
        service.terminate()
        left = list((service.store / "rrd/.new").iterdir())
        check(not left, f"left behind: {left}")
    print(f"{kills} kills, after {moments} files; {series.minute} minutes of "
          f"{options.series} series")


def main(options):
    with Scratch("reshape") as folder, Mosquitto(folder / "broker") as broker:
        deleted(folder, broker)
        sources(folder, broker)
        replaced(folder, broker)
        killed(folder, broker, options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--kills", type=int, default=3,
                        help="of each round")
    parser.add_argument("--span", type=float, default=0.5,
                        help="seconds up to a kill")
    parser.add_argument("--seed", type=int, default=1)
    run(main, parser.parse_args())
