#!/usr/bin/env python3
"""Signals: SIGHUP takes new rules and keeps the old ones on a mistake; SIGUSR1
writes all rows; SIGTERM ends in seconds, also while intake is stalled; a second
process is refused; after kill -9 the next start has everything."""

import argparse
import signal
import time

import rrdtool
from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, wait_for
from publisher import Publisher
from service import Rrdflow

LOCKED = 75


def rule(name, **more):
    return {"name": name, "topics": [f"{name}/#"], "step": "1s",
            "archives": ["1s for 1h"], **more}


def send(broker, topics, value="1"):
    with Publisher(broker.port) as p:
        for topic in topics:
            p.publish(topic, value)
        return p.drain()


def signalled(service, number):
    service.process.child.send_signal(number)


def says(service, text, times=1):
    wait_for(f"it says {text!r}",
             lambda: service.log.read_text().count(text) >= times)


def names(service):
    return {x["name"] for x in service.get("/api/v1/series")}


def check_reload(service, broker):
    """From rule a to rule b."""
    # Ready is also: subscribed.
    send(broker, ["a/1"])
    service.wait_taken(1)
    service.configure({"rule": [rule("b")]})
    signalled(service, signal.SIGHUP)
    says(service, "are in force")
    broker.wait_logged(r" 1 b/#$")
    broker.wait_logged(r": \S+ a/#$")
    send(broker, ["a/2", "b/1"])
    service.wait_taken(2)
    m = service.metrics()
    check(total(m, "messages_taken_total") == 2, "a/# is still subscribed")
    check(names(service) == {"a/1", "b/1"}, f"series {names(service)}")
    # A mistake: nothing changes.
    text = service.configuration.read_text()
    service.configuration.write_text(text + "step = 3\n[nonsense]\n")
    signalled(service, signal.SIGHUP)
    says(service, "the configuration stays as it was")
    check(str(service.configuration) + ":" in service.log.read_text(),
          "the mistake has no place")
    send(broker, ["b/2"])
    service.wait_taken(3)
    # A key that needs a restart, and a rule.
    service.configure({"rule": [rule("b"), rule("c")],
                       "cache": {"memory": "512MiB"}})
    signalled(service, signal.SIGHUP)
    says(service, "[cache] has changed; a restart applies it")
    says(service, "are in force", 2)
    broker.wait_logged(r" 1 c/#$")
    send(broker, ["b/3", "c/1"])
    service.wait_taken(5)
    check(names(service) == {"a/1", "b/1", "b/2", "b/3", "c/1"},
          f"series {names(service)}")
    m = service.metrics()
    check(m.get('samples_late_total{rule="c"}') == 0, "no counters for rule c")


def check_flush(service):
    time.sleep(1.1)
    check(not service.rrd("b/3").exists(), "written before its time")
    signalled(service, signal.SIGUSR1)
    wait_for("all rows are written", lambda: total(
        service.metrics(), "rows_waiting") == 0)
    check(service.rrd("b/3").exists(), "SIGUSR1 writes nothing")
    check(service.process.alive(), "SIGUSR1 ends the service")


def check_kill(service, broker):
    service.verb("run", code=LOCKED)
    send(broker, ["b/9"], "42.5")
    service.wait_taken(6)
    service.kill()
    service.start()
    check("b/9" in names(service), "b/9 is lost")
    m = service.wait_rest()
    check(total(m, "messages_taken_total") >= 6, "messages are lost")
    check(total(m, "rows_written_total") > 0, "the counters are lost")


def end(service, limit=8.0):
    begin = time.monotonic()
    service.terminate()
    took = time.monotonic() - begin
    check(took < limit, f"SIGTERM took {took:.1f} s")


def check_stalled(service, broker, settings, reason):
    """Ends while stalled; what it did not take is still the broker's."""
    service.configure({"rule": [rule("s")], **settings})
    service.start(wait=False)
    stalled = f'stalled{{reason="{reason}"}}'
    service.wait_connected()
    before = total(service.metrics(), "messages_taken_total")
    with Publisher(broker.port) as p:
        for i in range(300):
            p.publish(f"s/{i % 10}", f'{{"v": {i}, "x": "{"y" * 30000}"}}')
        p.drain()
    wait_for(stalled, lambda: service.metrics().get(stalled) == 1)
    status, body = service.http("GET", "/readyz")
    check(status == 503 and f"stalled: {reason}" in body.decode(),
          f"/readyz: {status} {body}")
    check_counters(service.wait_rest())
    end(service)
    service.configure({"rule": [rule("s")]})
    service.start()
    service.wait_taken(before + 300)
    check_counters(service.wait_rest())


def main(_):
    with Scratch("signals") as folder, \
            Mosquitto(folder / "broker") as broker:
        with Rrdflow(folder / "1", broker.address,
                     {"rule": [rule("a")]}) as service:
            service.start()
            check_reload(service, broker)
            check_flush(service)
            check_kill(service, broker)
            check_counters(service.wait_rest())
            end(service)
            service.configure({"rule": [rule("b")],
                               "cache": {"flush_on_stop": True}})
            service.start()
            send(broker, ["b/last"], "7.5")
            wait_for("b/last", lambda: "b/last" in names(service))
            time.sleep(1.1)
            end(service)
            shown = rrdtool.tool("lastupdate", service.rrd("b/last"))
            check("7.5" in shown, f"flush_on_stop writes nothing: {shown}")
        with Rrdflow(folder / "2", broker.address) as service:
            service.base["journal"]["segment_size"] = "2MiB"
            small = {"journal": {"max_size": "4MiB"},
                     "snapshot": {"every": "1h"}}
            check_stalled(service, broker, small, "journal_full")
            end(service)
            check_stalled(service, broker,
                          {"limits": {"disk_reserve": "1000TiB"}},
                          "disk_reserve")
            service.process.child.send_signal(signal.SIGINT)
            check(service.process.child.wait(10) == 0, "SIGINT")


if __name__ == "__main__":
    run(main, argparse.ArgumentParser(description=__doc__).parse_args())
