"""The devices of first_example.py: what they send, and what the files must
hold then."""

import json
import math
import random
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

from household import DAY, iso, merge, nested

HOUR = 3600
PARIS = ZoneInfo("Europe/Paris")


def wave(at, middle, height, length=DAY):
    return middle + height * math.sin(2 * math.pi * at / length)


class Device:
    """Sends each `interval` seconds; remembers its readings by path."""

    step = 60
    meters = {}  # scale by path

    def __init__(self, name, interval, begin, end):
        self.name, self.interval = name, interval
        self.begin, self.end = begin, end
        self.readings = {}

    def messages(self):
        rng = random.Random(self.name)
        at = self.begin
        while at <= self.end:
            # Whole seconds: of an interval with parts of them that covers more
            # than one step librrd puts up to a second into the wrong one.
            sent = int(at + rng.uniform(0, 2))
            values = self.values(sent)
            payload = self.times(sent)
            for path, value in values.items():
                merge(payload, nested(path, value))
                self.readings.setdefault(path, []).append(
                    (sent, float(value) * self.meters.get(path, 1)))
            merge(payload, self.noise())
            yield sent, self.topic(), json.dumps(payload)
            at += self.interval

    def noise(self):
        """What no series shall be made of."""
        return {}

    def slots(self, path):
        """What each slot that is over must hold, by the slot's end; without
        the first interval, in which a sensor is not yet known."""
        # Of several readings in a slot it has the last one.
        readings = list({slot_end(at, self.step): (at, value)
                         for at, value in self.readings[path]}.values())
        if path in self.meters:
            return rates(readings, self.step)
        return held(readings[1:], self.step)


class Zigbee(Device):
    """By zigbee2mqtt; `last_seen` in one of the forms that it offers."""

    def __init__(self, middle, last_seen, *arguments):
        super().__init__(*arguments)
        self.middle, self.last_seen = middle, last_seen

    def topic(self):
        return f"zigbee2mqtt/{self.name}"

    def series(self, path):
        return f"zigbee/{self.name}/{path}"

    def values(self, at):
        noon = at - 9 * HOUR  # the warmest in the afternoon
        return {"temperature": round(wave(noon, self.middle, 2.5)
                                     + wave(at, 0, 0.6, 5 * HOUR)
                                     + wave(at, 0, 0.15, 2500), 2),
                "humidity": round(wave(noon, 55, -8), 1), "battery": 97}

    def times(self, at):
        return {"last_seen": self.last_seen(at)}

    def noise(self):
        return {"linkquality": 120}


class Tasmota(Device):
    """Its time is local and has no zone."""

    step = 300
    meters = {"ENERGY/Total": 3600000}

    def topic(self):
        return f"tele/{self.name}/SENSOR"

    def series(self, path):
        return f"tasmota/{self.name}/{path}"

    def values(self, at):
        # 150 W and what a wave adds; kWh with three digits.
        return {"ENERGY/Total": round((at - self.begin) * 150 / 3.6e6
                                      + wave(at, 1234, 0.4), 3),
                "ENERGY/Power": round(wave(at, 150, 100)),
                "ENERGY/Voltage": round(wave(at, 230, 4, HOUR))}

    def times(self, at):
        local = datetime.fromtimestamp(at, PARIS)
        return {"Time": local.strftime("%Y-%m-%dT%H:%M:%S")}

    def noise(self):
        return {"ENERGY": {"TotalStartTime": "2022-01-01T10:00:00"}}


class Shelly(Device):
    """Its status says no time: here something between has put one in."""

    meters = {"aenergy/total": 3600}

    def topic(self):
        return f"{self.name}/status/switch:0"

    def series(self, path):
        return f"shelly/{self.name}/switch:0/{path}"

    def values(self, at):
        return {"output": True, "apower": round(wave(at, 60, 20), 1),
                "voltage": round(wave(at, 230, 4, HOUR), 1),
                "aenergy/total": round((at - self.begin) * 60 / HOUR
                                       + wave(at, 500, 80), 3),
                "temperature/tC": round(wave(at, 40, 5), 1)}

    def times(self, at):
        return {"ts": at}

    def noise(self):
        return {"id": 0, "source": "init",
                "aenergy": {"by_minute": [1.5, 2, 3], "minute_ts": 1},
                "temperature": {"tF": 104.5}}


def slot_end(at, step):
    return math.ceil(at / step) * step


def held(readings, step):
    """A value stays until the next one comes."""
    ends = [(slot_end(at, step), value) for at, value in readings]
    result = dict(ends[-1:])
    for (end, value), (after, _) in pairwise(ends):
        result.update((slot, value) for slot in range(end, after, step))
    return result


def rates(readings, step):
    """By the second, the counter growing evenly between its readings."""
    result, before, i = {}, None, 0
    for slot in range(slot_end(readings[0][0], step),
                      math.floor(readings[-1][0]) + 1, step):
        while readings[i + 1][0] < slot:
            i += 1
        (at, low), (after, high) = readings[i:i + 2]
        total = low + (high - low) * (slot - at) / (after - at)
        if before is not None:
            result[slot] = (total - before) / step
        before = total
    return result


def milliseconds(at):
    return at * 1000


def iso_local(at):
    return datetime.fromtimestamp(
        at, timezone(timedelta(hours=1))).isoformat()


def household(now):
    """Of two days and an hour; the hourly sensor sent half an hour ago."""
    begin, end = now - 2 * DAY - HOUR - 5, now - 2
    # A local time that the clock shows twice is the nearer one to the arrival.
    twice = next((x + HOUR for x in range(begin // HOUR * HOUR, now, HOUR)
                  if datetime.fromtimestamp(x, PARIS).fold), begin)
    return [
        Zigbee(24, iso, "kitchen", 60, begin, end),
        Zigbee(19, milliseconds, "hall", 300, begin, end),
        Zigbee(13, iso_local, "cellar", HOUR, begin + 1800, end),
        Tasmota("washer", 300, max(begin, twice), end),
        Shelly("shellyplus1pm-a8032abe54dc", 60, begin, end),
    ]
