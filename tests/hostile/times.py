#!/usr/bin/env python3
"""Hostile times: long ago, far ahead, twice, and messages that come again."""

import time

import cases
import rrdtool
from harness import Mosquitto, check, wait_for
from counters import total
from raw_broker import RawBroker
from world import RULE, World, reading


def world(folder):
    return World(folder, {"rule": [RULE]})


def last_update(world, topic):
    return int(rrdtool.info(world.service.rrd(topic))["last_update"])


def case_30_out_of_bounds(world):
    """Refused; the file's last update is what it was."""
    slot, _ = world.readings(["bounds"])
    world.service.flush()
    before = world.service.rrd("bounds").read_bytes()
    check(last_update(world, "bounds") == slot, "not written")
    now = int(time.time())
    past = ("0", "-1", "-1e300", '"1970-01-01T00:00:00Z"', '"0"', "1",
            str(now - 8 * 86400), '"0000-01-01T00:00:00Z"')
    future = ("4291747200", "4294967296", "9223372036854775807", "1e300",
              '"2106-02-07T06:28:16Z"', '"9999-12-31T23:59:59Z"',
              str(now + 120), "18446744073709551615",
              "99999999999999999999999", "1e999", '"1e999"')
    for reason, times in (("past", past), ("future", future)):
        for x in times:
            effect = world.send(("bounds", f'{{"ts": {x}, "v": 1}}'))
            has = effect.of("samples_refused_total", reason=reason)
            check(has == 1, f"time {x}: not refused as {reason}")
    world.service.flush()
    check(world.service.rrd("bounds").read_bytes() == before,
          "the file has changed")
    # The series is not dead for that.
    slot, effect = world.readings(["bounds"], 5)
    effect.expect(samples_merged_total=1)
    world.service.flush()
    check(world.value("bounds.rrd", slot) == 5, "no later reading comes in")


def case_30_no_time(world):
    """A time that is named and cannot be read is refused; if there is none,
    the arrival counts."""
    world.readings(["none"])
    world.service.flush()
    for x in ('"N"', '"nan"', "NaN", "null", '""', "true",
              '"2026-13-01T00:00:00Z"', '"2026-01-01T00:00:00"',
              '"12:00"'):
        effect = world.send(("none", f'{{"ts": {x}, "v": 6}}'))
        effect.expect(samples_merged_total=0, samples_refused_total__time=1)
    for x in ("[]", "{}"):
        begin = int(time.time())
        effect = world.send(("none", f'{{"ts": {x}, "v": 6}}'))
        effect.expect(samples_merged_total=1)
        # The page shows neither the far future nor 1970.
        found = world.service.get("/api/v1/series?query=none")[0]
        check(found["age"] is not None and 0 <= found["age"] + 2
              and found["age"] < time.time() - begin + 3,
              f"time {x}: {found}")


def case_31_again_and_older(world):
    slot, _ = world.readings(["twice"], 5)
    effect = world.send(("twice", reading(slot, 5)))
    effect.expect(samples_merged_total=1, rows_opened_total=0)
    world.service.flush()
    before = world.service.rrd("twice").read_bytes()
    effect = world.send(("twice", reading(slot, 5)),
                        ("twice", reading(slot, 6)),
                        ("twice", reading(slot - 20, 7)))
    effect.expect(samples_late_total=3, samples_merged_total=0)
    world.service.flush()
    check(world.service.rrd("twice").read_bytes() == before,
          "the file has changed")


def case_33_retained(world):
    """The broker sends it at every subscription: no new reading."""
    folder = world.folder / "retained"
    folder.mkdir()
    broker = Mosquitto(folder / "broker")
    with broker, World(folder, broker=broker) as w:
        # Live, and kept by the broker.
        slot = int(time.time()) - 30
        effect = w.send(("kept", reading(slot, 1), True))
        effect.expect(samples_merged_total=1)
        taken = total(w.service.metrics(), "messages_taken_total")
        for _ in range(2):
            w.service.terminate()
            w.service.start()
            taken += 1
            m = w.settled(taken)
        check(m['messages_ignored_total{reason="retained"}'] == 2,
              "not told apart")
        broker.stop()
        broker.start()
        m = w.settled(taken + 1)
        check(m['messages_ignored_total{reason="retained"}'] == 3
              and total(m, "samples_merged_total") == 1, "taken for a reading")


def case_34_delivered_again(world):
    """A broker that did not get the acknowledgement."""
    folder = world.folder / "again"
    folder.mkdir()
    with RawBroker() as broker, World(folder, broker=broker) as w:
        broker.wait_client()
        slot = int(time.time()) - 30
        payload = reading(slot, 3)
        broker.send(broker.publish_packet("again", payload, 7))
        wait_for("acknowledged", lambda: broker.acknowledged == [7])
        broker.drop()
        broker.wait_client(2)
        broker.send(broker.publish_packet("again", payload, 7, dup=True))
        wait_for("acknowledged", lambda: broker.acknowledged == [7, 7])
        m = w.settled(2)
        check(total(m, "rows_opened_total") == 1, "two rows")
        w.service.flush()
        check(w.value("again.rrd", slot) == 3, "another value")


if __name__ == "__main__":
    cases.main(world)
