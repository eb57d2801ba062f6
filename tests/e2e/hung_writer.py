#!/usr/bin/env python3
"""An RRD_WRITER that hangs, as on a disk that does not answer: /metrics still
shows every figure, the writer's too, and at once; /readyz answers."""

import argparse
import subprocess
import time

from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, testing_binary, wait_for
from publisher import publish_all
from service import Rrdflow

SERIES = 20


def sections():
    return {
        "rule": [{"name": "r", "topics": ["r/#"], "step": "1s",
                  "archives": ["1s for 1h"]}],
        "cache": {"flush_after": "1h", "shards": 2},
    }


def main(_):
    with Scratch("hung-writer") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections(),
                    program=testing_binary()) as service:
        hold = folder / "hold"
        service.start(RRDFLOW_TEST_HOLD_WRITER=str(hold))
        publish_all(broker.port, ((f"r/{i}", "1") for i in range(SERIES)))
        service.wait_taken(SERIES)
        time.sleep(1.2)  # The slots end.
        names = set(service.metrics())
        hold.touch()
        flush = subprocess.Popen(
            [service.program, "flush", "-c", str(service.configuration)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=service.env)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            begin = time.monotonic()
            m = service.metrics()
            seconds = time.monotonic() - begin
            missing = names - set(m)
            check(not missing, f"missing while the writers hang: {missing}")
            check(total(m, "rows_waiting") == SERIES, "rows_waiting")
            status, _ = service.http("GET", "/readyz")
            check(status == 200, f"/readyz: {status}")
        check(flush.poll() is None, "the writers do not hang")
        print(f"{len(names)} figures while writers hang, the last look took "
              f"{1000 * seconds:.0f} ms")
        hold.unlink()
        check(flush.wait(120) == 0, "the flush failed")
        wait_for("all rows are written", lambda: total(
            service.metrics(), "rows_written_total") == SERIES)
        check_counters(service.wait_rest())
        service.terminate()


if __name__ == "__main__":
    run(main, argparse.ArgumentParser(description=__doc__).parse_args())
