#!/usr/bin/env python3
"""Recovery is quick: a store of many series, killed while many messages wait in
the journal and each file was written since the last snapshot, is ready and
caught up soon after its start.

The full size: --series 100000 --messages 1000000, in under 10 s."""

import argparse
import time

from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, testing_binary, wait_for
from publisher import Publisher
from service import DecoderHold, Rrdflow
from simulated_clock import SimulatedClock


def sections():
    return {
        "rule": [{"name": "r", "topics": ["r/#"], "format": "number",
                  "series": "{topic}", "step": "1m",
                  "archives": ["1m for 2h LAST"]}],
        "journal": {"segment_size": "64MiB"},
        "cache": {"flush_after": "1d"},
        "snapshot": {"every": "1d"},  # One at each stop is all.
        "writer": {"creates_per_second": 1000000},
    }


def topic(i):
    return f"r/{i % 100}/{i}"


def read_all(service, broker, clock, options, taken):
    """Each series gets a reading, and its file a row."""
    with Publisher(broker.port) as publisher:
        for i in range(options.series):
            publisher.publish(topic(i), f"{i}.25")
    service.wait_taken(taken + options.series, 600)
    clock.step(120)
    wait_for("the slots are over", lambda: total(
        service.metrics(), "rows_waiting") == 0 or service.flush(), 600, 1)


def main(options):
    with Scratch("recovery") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections(),
                    program=testing_binary()) as service:
        hold = DecoderHold(folder)
        clock = SimulatedClock(folder / "clock")
        environment = {**hold.environment, **clock.environment()}
        begin = time.monotonic()
        service.start(**environment)
        read_all(service, broker, clock, options, 0)
        service.terminate(60)
        service.start(**environment)
        read_all(service, broker, clock, options, options.series)
        hold.begin()
        with Publisher(broker.port) as publisher:
            for i in range(options.messages):
                publisher.publish(topic(i * 7919 % options.series), f"{i}.5")
        sent = 2 * options.series + options.messages
        wait_for("all messages in the journal", lambda: total(
            service.metrics(), "messages_taken_total") >= sent, 600, 0.5)
        m = service.metrics()
        waiting = total(m, "journal_waiting_messages")
        print(f"{total(m, 'series'):.0f} series, {waiting:.0f} messages wait, "
              f"{total(m, 'rows_written_total'):.0f} rows in files "
              f"(made in {time.monotonic() - begin:.0f} s)")
        check(total(m, "series") == options.series, "series are missing")
        check(waiting >= options.messages, "the decoder is not held back")
        broker.wait_acknowledged("r/")
        service.kill()
        hold.end()
        begin = time.monotonic()
        ready = service.start(timeout=300, **environment)
        wait_for("caught up", lambda: total(
            service.metrics(), "journal_waiting_messages") == 0, 300)
        caught_up = time.monotonic() - begin
        m = service.wait_rest()
        put_back = total(m, "headers_put_back_total")
        print(f"ready after {ready:.2f} s, caught up after {caught_up:.2f} s, "
              f"{put_back:.0f} headers put back")
        check(put_back == options.series, "not every file was put back")
        check(total(m, "messages_taken_total") >= sent, "messages are lost")
        check(total(m, "series") == options.series, "series are lost")
        check(total(m, "samples_late_total") == 0, "readings are late")
        check_counters(m)
        service.terminate(60)
        check(caught_up < options.limit,
              f"caught up after {caught_up:.1f} s, not {options.limit:g}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=10000)
    parser.add_argument("--messages", type=int, default=100000)
    parser.add_argument("--limit", type=float, default=10,
                        help="seconds it may take")
    run(main, parser.parse_args())
