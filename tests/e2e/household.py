#!/usr/bin/env python3
"""A week of a household, with rules of nothing but topics: thirty devices, each
as its kind sends: at fixed intervals, on change, with sleep and restarts; one
dies, one has a wrong clock. The times in the payloads spread over seven days.

Each archive of each series must be known where the sensor was alive, but for one
interval at the beginning and one behind each outage, and hold what the sensor
said: a second writing of what `hold` means, by slots, shares no code with the
program."""

import argparse
import json
import math
import random
import time
from datetime import datetime, timezone

import rrdtool
from harness import Mosquitto, Scratch, check, run
from publisher import Publisher
from service import Rrdflow

DAY = 86400
WEEK = 7 * DAY
STEP = 10
# What a rule gets that names none: for a step of 10 s.
ARCHIVES = ((1, 8640), (6, 10080), (360, 17520))


def iso(at):
    return datetime.fromtimestamp(at, timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ")


class Device:
    """Makes messages: (time, payload), and remembers its readings by path."""

    def __init__(self, name, topic, rng):
        self.name, self.topic, self.rng = name, topic, rng
        self.readings = {}
        self.outages = []
        self.known = 0

    def messages(self, begin, end):
        at = begin + self.rng.uniform(0, 600)
        while at < end:
            second = int(at)
            values = self.values(second)
            for path, value in values.items():
                self.readings.setdefault(path, []).append(
                    (second, float(value)))
            yield second, json.dumps(self.payload(second, values))
            pause = self.pause()
            if self.down(at, begin, end):
                pause = self.silence
                self.outages.append(second)
            at += pause

    silence = 6 * 3600

    def down(self, at, begin, end):
        """Once, in the middle of the week."""
        middle = begin + (end - begin) / 2
        return self.restarts and not self.outages and at > middle

    restarts = False


def nested(path, value):
    for key in reversed(path.split("/")):
        value = {key: value}
    return value


def merge(into, more):
    for key, value in more.items():
        if isinstance(value, dict) and key in into:
            merge(into[key], value)
        else:
            into[key] = value
    return into


class Zigbee(Device):
    """On change: from half a minute to half an hour."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.temperature = 20.0

    def values(self, _):
        self.temperature += self.rng.uniform(-0.3, 0.3)
        return {"temperature": round(self.temperature, 2),
                "humidity": round(self.rng.uniform(40, 60), 1),
                "linkquality": self.rng.randrange(50, 200)}

    def payload(self, at, values):
        return {"last_seen": iso(at), **values}

    def pause(self):
        return min(1800, 30 + self.rng.expovariate(1 / 400))


class Door(Device):
    """Now and then, and once an hour in any case."""

    def values(self, _):
        return {"battery": 97, "open": self.rng.randrange(2)}

    def payload(self, at, values):
        return {"last_seen": iso(at), "battery": values["battery"],
                "open": bool(values["open"])}

    def pause(self):
        return min(3600, 5 + self.rng.expovariate(1 / 2500))


class Tasmota(Device):
    restarts = True

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.total = 0.0

    def values(self, _):
        power = self.rng.randrange(2000)
        self.total += power * 300 / 3.6e6
        return {"ENERGY/Power": power, "ENERGY/Total": round(self.total, 3),
                "ENERGY/Voltage": self.rng.randrange(225, 236)}

    def payload(self, at, values):
        result = {"Time": iso(at)}
        for path, value in values.items():
            merge(result, nested(path, value))
        return result

    def pause(self):
        return 300 + self.rng.choice((0, 0, 0, 1))


class Shelly(Device):
    def values(self, _):
        return {"params/switch:0/apower": round(self.rng.uniform(0, 900), 1),
                "params/switch:0/voltage": round(self.rng.uniform(225, 235), 1)}

    def payload(self, at, values):
        result = {"src": self.name, "method": "NotifyStatus",
                  "params": {"ts": float(at)}}
        for path, value in values.items():
            merge(result, nested(path, value))
        return result

    def pause(self):
        return 60 + self.rng.uniform(-1, 1)


class Radio(Device):
    """A receiver of rtl_433; some transmissions are lost."""

    def values(self, _):
        return {"temperature_C": round(self.rng.uniform(-5, 20), 1),
                "humidity": self.rng.randrange(30, 99), "channel": 1,
                "id": 17}

    def payload(self, at, values):
        return {"time": iso(at), "model": "Prologue-TH",
                "battery_ok": 1, **values}

    def pause(self):
        return 57 * self.rng.choice((1, 1, 1, 1, 2))


class Meter(Device):
    def __init__(self, interval, jitter, *arguments):
        super().__init__(*arguments)
        self.interval, self.jitter = interval, jitter

    def values(self, at):
        return {"count": at % 1000000}

    def payload(self, at, values):
        return {"ts": at, **values}

    def pause(self):
        return self.interval + self.rng.uniform(-self.jitter, self.jitter)


class Dead(Meter):
    """Until the third day."""

    def messages(self, begin, end):
        yield from super().messages(begin, begin + 3 * DAY)


class WrongClock(Meter):
    """Two hours ahead: refused."""

    def messages(self, begin, end):
        for at, _ in super().messages(end - 3600, end):
            yield at, json.dumps({"ts": at + 7200, "count": 1})
        self.readings = {}


def household(rng):
    result = []

    def add(kind, n, topic, *arguments):
        for i in range(n):
            name = f"{kind.__name__.lower()}{i}"
            result.append(kind(*arguments, name, topic.format(name),
                               random.Random(rng.random())))

    add(Zigbee, 9, "zigbee2mqtt/{}")
    add(Door, 3, "zigbee2mqtt/{}")
    add(Tasmota, 5, "tele/{}/SENSOR")
    add(Shelly, 4, "{}/events/rpc")
    add(Radio, 2, "rtl_433/{}/events")
    add(Meter, 2, "meter/minute/{}", 60, 2)
    add(Meter, 2, "meter/five/{}", 300, 0)
    add(Meter, 1, "meter/hour/{}", 3600, 2)
    add(Dead, 1, "dead/{}", 60, 0)
    add(WrongClock, 1, "wrong/{}", 60, 0)
    return result


RULES = [{"name": name, "topics": [topic]} for name, topic in (
    ("zigbee", "zigbee2mqtt/#"), ("tasmota", "tele/+/SENSOR"),
    ("shelly", "+/events/rpc"), ("radio", "rtl_433/#"), ("meter", "meter/#"),
    ("dead", "dead/#"), ("wrong", "wrong/#"))]


class Expected:
    """What a series must show: the value of each slot, by `hold`."""

    def __init__(self, readings, outages):
        self.slots = {}
        self.open = set()
        before = newest = None
        for at, value in readings:
            end = -(-at // STEP) * STEP
            if before is not None:
                held = math.nan if newest in outages else self.slots[before]
                for slot in range(before + STEP, end, STEP):
                    self.slots[slot] = held
            self.slots[end] = value
            before, newest = end, at
        self.first, self.last = min(self.slots), before
        # Where it need not be known: the first interval of the sensor.
        second = next((-(-at // STEP) * STEP for at, _ in readings[1:]),
                      self.first)
        self.open = set(range(self.first + STEP, second + STEP, STEP))

    def row(self, end, steps):
        """The value of a consolidated row; None: it may be anything."""
        slots = range(end - (steps - 1) * STEP, end + STEP, STEP)
        values = [self.slots.get(x, math.nan) for x in slots]
        if any(x in self.open for x in slots):
            return None
        unknown = sum(math.isnan(x) for x in values)
        if unknown > steps / 2:
            return math.nan
        return sum(x for x in values if not math.isnan(x)) / (steps - unknown)


def compare(path, expected, now):
    """How many rows were looked at, and what is wrong with which."""
    seen, wrong = 0, []
    for steps, rows in ARCHIVES:
        length = steps * STEP
        last = expected.last // length * length
        begin = max(expected.first // length * length - length,
                    (now // length - rows + 2) * length)
        if begin >= last:
            continue
        found, step = rrdtool.fetch(path, begin, last, length)
        check(step == length, f"{path}: fetched with step {step}")
        for end in range(begin + length, last + 1, length):
            should = expected.row(end, steps)
            if should is None:
                continue
            seen += 1
            has = found[end][0]
            if not (rrdtool.same(has, should, 1e-9)
                    or abs(has - should) < 1e-12):
                wrong.append((length, end, has, should))
    return seen, wrong


def check_why(service, devices, sent):
    """What is not stored is named, after kills, too, and nothing else is."""
    wrong = {d.topic: sum(topic == d.topic for _, topic, _ in sent)
             for d in devices if isinstance(d, WrongClock)}
    named = service.get("/api/v1/why")["reasons"]
    check(named and {x["topic"] for x in named} == set(wrong),
          f"not stored: {named}")
    for topic, messages in wrong.items():
        reasons = service.get(f"/api/v1/why?topic={topic}")["reasons"]
        counted = sum(x["count"] for x in reasons if x["kind"] == "refused")
        check(counted >= messages and "out_of_bounds" in reasons[0]["text"],
              f"{topic}: {messages} messages: {reasons}")


def main(options):
    rng = random.Random(options.seed)
    now = int(time.time())
    begin, end = now - WEEK + 3600, now - 60
    devices = household(rng)
    sent = sorted((at, d.topic, payload) for d in devices
                  for at, payload in d.messages(begin, end))
    print(f"now {now}, seed {options.seed}, {len(devices)} devices, "
          f"{len(sent)} messages")
    with Scratch("household") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, {"rule": RULES}) as service:
        service.start()
        kills = sorted(rng.sample(range(1, len(sent)), options.kills))
        with Publisher(broker.port) as publisher:
            for i, (_, topic, payload) in enumerate(sent):
                if i in kills:
                    service.process.kill()
                    service.start()
                publisher.publish(topic, payload)
        service.wait_taken(len(sent))
        print(service.flush().strip())
        series = rows = bad = 0
        for d in devices:
            for path, readings in d.readings.items():
                if len(readings) < 2:
                    continue
                name = f"{d.topic}/{path}".replace(":", "=3A")
                n, wrong = compare(service.rrd(name),
                                   Expected(readings, d.outages), now)
                series += 1
                rows += n
                bad += len(wrong)
                for length, at, has, should in wrong[:3]:
                    print(f"  {name}: row of {length} s at {at}: {has!r} "
                          f"instead of {should!r}")
        print(f"{series} series, {rows} rows of their archives: {bad} wrong")
        check(series > 60, "too few series")
        check(bad == 0, f"{bad} rows are wrong")
        for d in devices:
            if isinstance(d, WrongClock):
                check(not service.rrd(f"{d.topic}/count").exists(),
                      f"{d.topic} has a file")
        check_why(service, devices, sent)
        service.terminate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    run(main, parser.parse_args())
