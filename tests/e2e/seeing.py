#!/usr/bin/env python3
"""What goes wrong is seen: a stall, a damaged file, a gap in the journal, a
restart, what the broker drops and a session that it loses, each caused here,
each as a metric and one line of the log that names it and says why."""

import argparse
import re
import time
from pathlib import Path

from counters import check_counters, total
from frugal_broker import FrugalBroker
from harness import (Mosquitto, Scratch, binary, check, run, testing_binary,
                     wait_for)
from publisher import publish_all
from service import DecoderHold, Rrdflow


def sections(**more):
    return {
        "rule": [{"name": "r", "topics": ["r/#"], "step": "1s",
                  "archives": ["1s for 1h"]}],
        "journal": {"segment_size": "1MiB", "max_size": "2MiB"},
        "snapshot": {"every": "1s"},
        "cache": {"flush_after": "1s", "flush_jitter": "0s"},
        "limits": {"payload": "16KiB", "disk_reserve": "1MiB"}, **more,
    }


def check_line(service, pattern, times=1):
    """The log says it, and not more often."""
    wait_for(f"the log says {pattern}",
             lambda: re.search(pattern, service.log.read_text()))
    lines = [x for x in service.log.read_text().splitlines()
             if re.search(pattern, x)]
    print(f"  {lines[0]}")
    check(len(lines) <= times, f"{len(lines)} lines say {pattern}")


def check_stall(folder, broker):
    with Rrdflow(folder / "stall", broker.address, sections(),
                 program=testing_binary()) as service:
        hold = DecoderHold(folder)
        hold.file.touch()
        service.start(wait=False, **hold.environment)
        service.wait_connected()
        publish_all(broker.port, ((f"r/{i % 9}", "1." + "0" * 500)
                                  for i in range(6000)))
        name = 'stalled{reason="journal_full"}'
        wait_for(name, lambda: service.metrics()[name] == 1)
        check_line(service, f"journal: {service.store}/journal takes no "
                            r"messages \(journal_full\): journal.max_size")
        hold.end()
        service.wait_taken(6000)
        m = service.metrics()
        check(m[name] == 0 and m['stalls_total{reason="journal_full"}'] >= 1,
              "the stall is not counted")
        lines = len(re.findall("journal: .*takes", service.log.read_text()))
        stalls = total(m, "stalls_total")
        print(f"  {stalls:.0f} stalls, {lines} lines")
        check(2 <= lines <= 10, f"{lines} lines about stalls")
        check_counters(service.wait_rest())
        service.terminate()


def check_damage(folder, broker):
    """A damaged file, then a gap in the journal."""
    # No snapshot has what is damaged.
    with Rrdflow(folder / "damage", broker.address,
                 sections(snapshot={"every": "1h"})) as service:
        service.start()
        service.wait_connected()
        for i in range(3):
            publish_all(broker.port, [("r/a", str(i))])
            time.sleep(1.1)
        wait_for("it is written", lambda: service.rrd("r/a").exists())
        service.rrd("r/a").write_bytes(b"RRD" + bytes(2000))
        publish_all(broker.port, [("r/a", "7")])
        wait_for("files_quarantined", lambda: total(
            service.metrics(), "files_quarantined") == 1)
        check_line(service, r"r/a\.rrd: moved to bad/: \S+")
        publish_all(broker.port, ((f"r/{i % 9}", "1") for i in range(300)))
        service.wait_taken(304)
        service.kill()
        segment = sorted((service.store / "journal").glob("*.journal"))[-1]
        data = bytearray(segment.read_bytes())
        middle = data.rfind(b"r/4")
        data[middle] ^= 1
        segment.write_bytes(data)
        service.start()
        check(total(service.metrics(), "journal_gap_messages_total") > 0,
              "the gap is not counted")
        check_line(service, r"journal: bytes \d+ to \d+ are damaged")
        service.terminate()


def check_undo_log(folder, broker):
    """The first record of an undo log is damaged, those behind it are sound."""
    with Rrdflow(folder / "undo", broker.address, sections()) as service:
        names = [f"r/{i}" for i in range(9)]

        def publish():
            publish_all(broker.port, ((x, "1") for x in names))
            return True

        service.start()
        wait_for("all files", lambda: publish() and all(
            service.rrd(x).exists() for x in names), 30, 0.5)
        service.terminate()
        service.configure(sections(snapshot={"every": "1h"}))
        service.start()

        def largest():
            return max((service.store / "snapshot").glob("undo-*"),
                       key=lambda x: x.stat().st_size, default=None)

        wait_for("an undo log of several records",
                 lambda: publish() and largest()
                 and largest().stat().st_size > 2000, 30, 0.5)
        service.kill()
        log = largest()
        data = bytearray(log.read_bytes())
        data[len("RRDUNDO1") + 20] ^= 1
        log.write_bytes(data)
        service.start()
        check(total(service.metrics(), "undo_damaged_bytes_total") > 0,
              "the damage is not counted")
        check_line(service, rf"{log}: \d+ bytes are damaged: files whose headers")
        service.terminate()


def check_restart(folder, broker, what, error, line):
    """A sync that fails, of the journal or the catalog, restarts the flow. That
    of a disk that is full, too: what reached it is unknown."""
    library = Path(binary()).with_name("fail_calls.so")
    if not library.exists():
        print(f"  skipped: no {library}")
        return
    report = folder / "report"
    report.write_bytes(bytes(8192))
    with Rrdflow(folder / f"restart-{what}", broker.address,
                 sections()) as service:
        service.start(
            LD_PRELOAD=str(library), RRDFLOW_SHIM_STORE=str(service.store),
            RRDFLOW_SHIM_REPORT=str(report), RRDFLOW_SHIM_CALL="sync",
            RRDFLOW_SHIM_BELOW=what, RRDFLOW_SHIM_ERROR=error,
            # The start syncs the catalog once, the journal several times.
            RRDFLOW_SHIM_AT="2" if what == "catalog" else "8")
        service.wait_connected()

        def restarted():
            publish_all(broker.port, [("r/a", "1")])
            return total(service.metrics(), "restarts_total") == 1
        wait_for("a restart", restarted, 30, 0.3)
        check_line(service, line)
        wait_for("ready", service.ready)
        wait_for("it is written", lambda: service.rrd("r/a").exists())
        check_counters(service.wait_rest())
        service.terminate()


def check_broker(folder):
    """What the broker throws away, and a session that it forgets."""
    with Mosquitto(folder / "small", "max_queued_messages 10\n"
                   "max_inflight_messages 1\nmax_keepalive 10") as broker, \
            Rrdflow(folder / "drops", broker.address, sections()) as service:
        service.start()
        service.wait_connected()
        publish_all(broker.port, [("r/a", "1")])
        service.wait_taken(1)
        check_line(service, "max_queued_messages .* cannot be known|"
                            "cannot be known .* max_queued_messages")
        check("max_queued_messages" in service.verb("check"), "no advice")
        before = total(service.metrics(), "messages_taken_total")
        service.terminate()
        publish_all(broker.port, [("r/a", "1")] * 50)
        service.start()
        wait_for("it drops", lambda: total(
            service.metrics(), "broker_dropped_messages") == 40)
        check_line(service, "has dropped 40 messages.*max_queued_messages")
        m = service.wait_rest()
        check(total(m, "messages_taken_total") == before + 10
              and "r" == series_prefix(service), "it counts as a message")
        broker.stop()
        for x in broker.folder.glob("mosquitto.db*"):
            x.unlink()
        broker.start()
        wait_for("a lost session", lambda: total(
            service.metrics(), "mqtt_sessions_lost_total") == 1)
        check_line(service, "no longer has our session.*persistence")
        service.wait_connected()
        check_counters(service.wait_rest())
        service.terminate()
    with Mosquitto(folder / "zero", "max_qos 0") as broker, \
            Rrdflow(folder / "lowered", broker.address, sections()) as service:
        service.start()
        service.wait_connected()
        check_line(service, r"delivers r/# at QoS 0 only")
        service.terminate()


def check_frugal(folder):
    """A broker that says what it does not do is taken at its word."""
    with FrugalBroker() as broker, Rrdflow(
            folder / "frugal", broker.address, {**sections(), "rule": [
                {"name": "r", "topics": ["r/#", "s/#"], "step": "1s",
                 "archives": ["1s for 1h"]}]}) as service:
        service.start()
        check_line(service, "keeps our session for 3600 s and not for the "
                            "604800 s of mqtt.session_expiry")
        check_line(service, "no subscription identifiers")
        wait_for("it subscribes", lambda: len(broker.subscribes) >= 4)
        for x in broker.subscribes:
            check(x[2] == 0, f"a SUBSCRIBE with properties: {x!r}")
        wait_for("it asks to be kept", lambda: broker.pings > 3)
        check(broker.keep_alives[-1] == 1, f"{broker.keep_alives}")
        check_line(service, "lost the connection", 2)
        service.wait_connected()
        service.terminate()


def series_prefix(service):
    """The first level of all series, if it is one."""
    names = {x["name"].split("/")[0] for x in service.get("/api/v1/series")}
    return names.pop() if len(names) == 1 else ""


def main(_):
    with Scratch("seeing") as folder, Mosquitto(folder / "broker") as broker:
        check_stall(folder, broker)
        check_damage(folder, broker)
        check_undo_log(folder, broker)
        check_restart(folder, broker, "journal", "EIO",
                      "journal-keeper ended: .*Input/output error; .*again")
        check_restart(folder, broker, "catalog", "ENOSPC",
                      "catalog ended: catalog: No space left on .*again")
        check_broker(folder)
        check_frugal(folder)


if __name__ == "__main__":
    run(main, argparse.ArgumentParser(description=__doc__).parse_args())
