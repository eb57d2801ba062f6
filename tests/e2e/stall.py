#!/usr/bin/env python3
"""Stalled intake: the journal is full, what more comes waits in the broker,
/readyz says so. It goes on by itself when there is room; and a SIGTERM
meanwhile ends the service, which acknowledges nothing that it has not."""

import argparse
import time

import oracle
from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, testing_binary, wait_for
from publisher import Publisher
from service import DecoderHold, Rrdflow, value_rule

SERIES = 50


def sections():
    return {
        "rule": [value_rule("s", "1s for 1d LAST", "1s for 1d")],
        "journal": {"segment_size": "1MiB", "max_size": "2MiB"},
        "cache": {"flush_after": "1h"},
        "snapshot": {"every": "1s"},
        "limits": {"disk_reserve": "1MiB", "payload": "16KiB"},
        "writer": {"creates_per_second": 10000},
    }


class Sensors:
    def __init__(self, port):
        base = int(time.time()) - 5 * 86400
        self.port = port
        self.series = [oracle.Series(f"s/{i}", 1) for i in range(SERIES)]
        self.slots = [base] * SERIES
        self.sent = 0

    def publish(self, count):
        with Publisher(self.port) as publisher:
            for _ in range(count):
                i = self.sent % SERIES
                self.slots[i] += 1
                self.sent += 1
                self.series[i].add(self.slots[i] * 1000, self.sent / 4)
                publisher.publish(f"s/{i}", f'{{"ts": {self.slots[i]}, '
                                  f'"v": {self.sent / 4!r}}}')


def is_stalled(service):
    return total(service.metrics(), "stalled") > 0


def main(options):
    with Scratch("stall") as folder, Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections(),
                    program=testing_binary()) as service:
        hold = DecoderHold(folder)
        sensors = Sensors(broker.port)
        service.start(**hold.environment)
        service.wait_connected()
        hold.begin()
        sensors.publish(options.messages)
        wait_for("stalled", lambda: is_stalled(service))
        m = service.metrics()
        taken = total(m, "messages_taken_total")
        print(f"stalled after {taken:.0f} of {sensors.sent} messages, "
              f"{total(m, 'journal_bytes'):.0f} bytes")
        check(taken < sensors.sent, "nothing waits in the broker")
        check(service.http("GET", "/readyz")[0] == 503, "/readyz says yes")
        begin = time.monotonic()
        service.terminate()
        print(f"ended on SIGTERM in {time.monotonic() - begin:.1f} s")
        # Stalled once more, and this time it goes on by itself.
        service.start(wait=False, **hold.environment)
        wait_for("stalled again", lambda: service.answers()
                 and is_stalled(service))
        hold.end()
        service.wait_taken(sensors.sent, 120)
        wait_for("ready", service.ready)
        check(not is_stalled(service), "still stalled")
        sensors.publish(1000)
        service.wait_taken(sensors.sent)
        service.flush()
        m = service.wait_rest()
        again = total(m, "messages_taken_total") - sensors.sent
        print(f"{sensors.sent} messages, {again:.0f} delivered again")
        oracle.check_files(service, sensors.series, time.time(),
                           folder / "copy.rrd")
        check_counters(m)
        service.terminate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=60000)
    run(main, parser.parse_args())
