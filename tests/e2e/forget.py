#!/usr/bin/env python3
"""Forgetting survives a kill: what waited in the last snapshot is in the file
afterwards, although the catalog had freed the name already; and a file that was
deleted stays away."""

import argparse
import time

from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, wait_for
from publisher import Publisher
import rrdtool
from service import Rrdflow, value_rule

ROWS = 20


def sections():
    return {
        "rule": [value_rule("f", "10s for 1h LAST", step="10s")],
        "cache": {"flush_after": "1d"},
        "snapshot": {"every": "1d"},
    }


def known(path, base):
    rows = rrdtool.fetch_text(path, base, base + 10 * ROWS, 10, "LAST")
    return {t: v[0] for t, v in rows.items() if v[0] == v[0]}


def main(options):
    base = int(time.time()) // 10 * 10 - 600
    expected = {base + 10 * i: float(i) for i in range(1, ROWS + 1)}
    with Scratch("forget") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections()) as service:
        service.start()
        with Publisher(broker.port) as publisher:
            for i in range(1, ROWS + 1):
                for name in ("kept", "gone"):
                    publisher.publish(
                        f"f/{name}", f'{{"ts": {base + 10 * i}, "v": {i}}}')
        service.wait_taken(2 * ROWS)
        # Stops with all rows in the snapshot.
        service.terminate()
        service.start()
        check(total(service.metrics(), "rows_waiting") == 2 * ROWS,
              "rows do not wait")
        service.verb("forget", "--yes", "f/kept")
        service.verb("forget", "--yes", "--delete", "f/gone")
        check(known(service.rrd("f/kept"), base) == expected,
              "forgetting does not write what waits")
        service.kill()
        service.start()
        m = service.wait_rest()
        check_counters(m)
        check(total(m, "rows_abandoned_total") == 0, "rows are abandoned")
        wait_for("the file", service.rrd("f/kept").exists)
        check(known(service.rrd("f/kept"), base) == expected,
              "rows that were written are lost")
        check(not service.rrd("f/gone").exists(), "a deleted file is back")
        check(service.verb("list").split() == [], "a forgotten name is back")
        service.terminate()


if __name__ == "__main__":
    run(main, argparse.ArgumentParser(description=__doc__).parse_args())
