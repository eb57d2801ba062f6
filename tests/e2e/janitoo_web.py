#!/usr/bin/env python3
"""What a controller sets for the web server's node never keeps the service from
starting: addresses that it may not choose are refused; one that is in use, or
that only an older version took, is named in the log, and the file's own counts."""

import argparse
import socket

from counters import total
from harness import Mosquitto, Scratch, check, run, wait_for
from janitoo_expected import BUS, WEB, sections
from janitoo_network import ASKER, FLAGS_SET, Controller
from service import Rrdflow

WRONG = [("http_host", x) for x in (
    "192.0.2.1", "nowhere.example", "127.evil.example", "unix:/tmp/x", "::")]
WRONG += [("http_port", x) for x in (0, 80, 1023, 65536)]


def refused(service, controller, uuid, data):
    def count():
        return total(service.metrics(), "janitoo_refused_total",
                     reason="setting")
    before = count()
    controller.say(f"/nodes/{WEB}/request", {
        "cmd_class": 112, "genre": 3, "uuid": uuid, "hadd": WEB,
        "data": data, **FLAGS_SET, "reply_hadd": ASKER})
    wait_for(f"{uuid} = {data!r} is refused", lambda: count() == before + 1)


def starts(service, why):
    """At the file's own address, with the reason in the log."""
    before = service.log.stat().st_size
    service.start()
    with service.log.open() as log:
        log.seek(before)
        text = log.read()
    check(why in text, f"{why} is not in the log: {text}")


def main(_):
    with Scratch("janitoo-web") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder / "service", broker.address,
                    sections("5")) as service, \
            Controller(broker.port) as controller, \
            socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        service.start()
        for uuid, data in WRONG:
            refused(service, controller, uuid, data)
        check(controller.get(WEB, "http_port", 3)["data"] == service.port,
              "a refused port was set")
        check(not (service.store / "settings.toml").exists(), "it was kept")
        controller.set(WEB, "http_port", port, 3)
        service.terminate()
        starts(service, "Address already in use")
        check(controller.get(WEB, "http_port", 3)["data"] == service.port,
              "not the port that is in use")
        controller.set(BUS, "cache_rrd_ttl", 1900)
        service.terminate()
        # As an older version would have kept it.
        kept = service.store / "settings.toml"
        text = kept.read_text()
        check(f'"{port}"' in text, f"the port is not kept: {text}")
        kept.write_text(text.replace(f'"{port}"', '"80"') + '[[set]]\nnode = '
                        '"http"\nkey = "http_host"\nvalue = "192.0.2.1"\n')
        starts(service, "left out: http_host of http = 192.0.2.1")
        check(controller.get(BUS, "cache_rrd_ttl", 3)["data"] == 1900,
              "other values are lost")
        service.terminate()
    print(f"{len(WRONG)} addresses refused, 2 starts at the file's own")


if __name__ == "__main__":
    run(main, argparse.ArgumentParser(description=__doc__).parse_args())
