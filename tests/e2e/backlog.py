#!/usr/bin/env python3
"""Late by backlog: while the decoder is held back, messages pile up in the
journal; then the service is killed. Not one reading becomes late, although the
clock says by then that their slots were over long ago.

The full ten minutes: --seconds 600."""

import argparse
import time

import oracle
from books import check_books, total
from harness import Mosquitto, Scratch, check, run, testing_binary, wait_for
from publisher import Publisher
from service import Rrdflow

LATENESS = 2


def sections():
    return {
        "rule": [{"name": "b", "topics": ["b/+"], "format": "json",
                  "series": "{topic}", "time": "ts", "step": "1s",
                  "lateness": f"{LATENESS}s", "fill": "none",
                  "fields": [{"path": "v"}], "only": True,
                  "archives": ["1s for 1h"]}],
        "cache": {"flush_after": "1s", "flush_jitter": "0s"},
        "snapshot": {"every": "1s"},
        "writer": {"creates_per_second": 10000},
    }


class Sensors:
    """Send their readings as they are made, several in each slot."""

    def __init__(self, port, count, per_second):
        self.publisher = Publisher(port)
        self.series = [oracle.Series(f"b/{i}", 1, fill="none",
                                     lateness=LATENESS) for i in range(count)]
        self.interval = 1 / per_second
        self.sent = 0

    def work(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begin = time.monotonic()
            for s in self.series:
                t = int(time.time() * 4) * 250
                self.sent += 1
                s.add(t, self.sent / 4)
                self.publisher.publish(
                    s.name, f'{{"ts": {t / 1000!r}, "v": {self.sent / 4!r}}}')
            self.publisher.drain()
            time.sleep(max(0, begin + self.interval - time.monotonic()))


def main(options):
    with Scratch("backlog") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections(),
                    program=testing_binary()) as service:
        hold = folder / "hold"
        environment = {"RRDFLOW_TEST_HOLD_DECODER": str(hold)}
        service.start(**environment)
        sensors = Sensors(broker.port, options.series, options.rate)
        sensors.work(5)
        service.wait_taken(sensors.sent)
        check(total(service.metrics(), "rows_written_total") > 0,
              "nothing is written while all is well")
        hold.touch()
        time.sleep(1)  # The program looks for the file now and then.
        sensors.work(options.seconds)
        held = total(service.metrics(), "journal_waiting_messages")
        print(f"held back for {options.seconds:g} s: {held:.0f} of "
              f"{sensors.sent} messages wait in the journal")
        check(held >= options.seconds * options.rate * options.series / 2,
              "the decoder is not held back")
        # Until the broker has the last acknowledgement: what it delivers again
        # after the kill would be late by right.
        time.sleep(2)
        service.kill()
        # A start with the decoder still held; then, at last, it may go on.
        service.start(wait=False, **environment)
        time.sleep(3)
        hold.unlink()
        wait_for("ready after the kill", service.ready, 60)
        sensors.work(3)
        service.wait_taken(sensors.sent)
        time.sleep(LATENESS + 1)
        service.flush()
        m = service.wait_rest()
        print(f"{sensors.sent} readings, "
              f"{total(m, 'samples_late_total'):.0f} late")
        check(total(m, "samples_late_total") == 0, "readings are late")
        check(total(m, "messages_taken_total") == sensors.sent,
              f"{total(m, 'messages_taken_total'):.0f} taken, "
              f"{sensors.sent} sent")
        bad = 0
        for s in sensors.series:
            s.flush(time.time())
            verdict = oracle.examine(service.rrd(s.name), s,
                                     folder / "copy.rrd")
            if not verdict.good:
                bad += 1
                print(f"  {s.name}: {verdict}")
        check(bad == 0, f"{bad} of {len(sensors.series)} files are wrong")
        check_books(m)
        service.terminate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--series", type=int, default=50)
    parser.add_argument("--rate", type=float, default=4,
                        help="readings of each series a second")
    run(main, parser.parse_args())
