#!/usr/bin/env python3
"""Late by backlog: while the decoder is held back, messages pile up in the
journal; then the service is killed. Not one reading becomes late, although the
clock says by then that their slots were over long ago. The clock of the service
and of its sensors runs faster than the real one: --rate 1 is real time."""

import argparse
import time

import oracle
from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, testing_binary, wait_for
from publisher import Publisher
from service import DecoderHold, Rrdflow, value_rule
from simulated_clock import SimulatedClock

LATENESS = 120  # Two real seconds at the usual rate, for a busy machine.
PAUSE = 0.75  # Between two readings of a series.


def sections():
    return {
        "rule": [value_rule("b", "1s for 2h", fill="none",
                            lateness=f"{LATENESS}s")],
        "cache": {"flush_after": "1s", "flush_jitter": "0s"},
        "snapshot": {"every": "1s"},
        "writer": {"creates_per_second": 10000},
    }


class Sensors:
    """Send their readings as they are made, some in each slot."""

    def __init__(self, port, count, clock):
        self.clock = clock
        self.publisher = Publisher(port)
        self.series = [oracle.Series(f"b/{i}", 1, fill="none",
                                     lateness=LATENESS) for i in range(count)]
        self.sent = 0

    def work(self, seconds):
        """`seconds` of their clock."""
        end = self.clock.time() + seconds
        while self.clock.time() < end:
            t = int(self.clock.time() * 4) * 250
            for s in self.series:
                self.sent += 1
                s.add(t, self.sent / 4)
                self.publisher.publish(
                    s.name, f'{{"ts": {t / 1000!r}, "v": {self.sent / 4!r}}}')
            self.publisher.drain()
            wait = t / 1000 + PAUSE - self.clock.time()
            time.sleep(max(0, wait / self.clock.rate))


def main(options):
    with Scratch("backlog") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections(),
                    program=testing_binary()) as service:
        hold = DecoderHold(folder)
        clock = SimulatedClock(folder / "clock", options.rate)
        environment = {**hold.environment, **clock.environment()}
        service.start(**environment)
        sensors = Sensors(broker.port, options.series, clock)
        sensors.work(5 * clock.rate)
        service.wait_taken(sensors.sent)
        check(total(service.metrics(), "rows_written_total") > 0,
              "nothing is written while all is well")
        hold.begin()
        sensors.work(options.seconds)
        held = total(service.metrics(), "journal_waiting_messages")
        print(f"held back for {options.seconds:g} s, the clock {clock.rate} "
              f"times as fast: {held:.0f} of {sensors.sent} messages wait in "
              "the journal")
        check(held > sensors.sent / 2, "the decoder is not held back")
        # What the broker delivers again after the kill would be late by right.
        broker.wait_acknowledged("b/")
        service.kill()
        # A start with the decoder still held; then, at last, it may go on.
        service.start(wait=False, **environment)
        wait_for("messages wait again", lambda: service.answers() and total(
            service.metrics(), "journal_waiting_messages") >= held)
        hold.end()
        wait_for("ready after the kill", service.ready)
        sensors.work(3 * clock.rate)
        service.wait_taken(sensors.sent)
        time.sleep(LATENESS / clock.rate + 1)
        service.flush()
        m = service.wait_rest()
        print(f"{sensors.sent} readings, "
              f"{total(m, 'samples_late_total'):.0f} late")
        check(total(m, "samples_late_total") == 0, "readings are late")
        check(total(m, "messages_taken_total") == sensors.sent,
              f"{total(m, 'messages_taken_total'):.0f} taken, "
              f"{sensors.sent} sent")
        oracle.check_files(service, sensors.series, clock.time(),
                           folder / "copy.rrd")
        check_counters(m)
        service.terminate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600,
                        help="how long the decoder is held back")
    parser.add_argument("--series", type=int, default=50)
    parser.add_argument("--rate", type=int, default=60,
                        help="how much faster the clock runs")
    run(main, parser.parse_args())
