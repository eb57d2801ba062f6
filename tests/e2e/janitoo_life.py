"""Signs of life of the nodes: heartbeats, polls, OFFLINE, the will; and what they
outlive."""

import json
import time

from counters import total
from harness import Mosquitto, Scratch, check, testing_binary, wait_for
from janitoo_expected import (BUS, FILES, NODES, PERIODS, WEB, same_value,
                              sections, sensor)
from janitoo_network import Controller
from service import Rrdflow


def check_beats(controller, mark, begin):
    """States and periods, from the start on."""
    end = time.monotonic()
    for hadd in NODES:
        beats = controller.beats(hadd, mark)
        first, period = beats[0][0] - begin, PERIODS[hadd]
        if hadd in (BUS, WEB):
            check(first > period - 0.5, f"{hadd}: first beat after {first} s")
        gaps = [b[0] - a[0] for a, b in zip(beats, beats[1:])]
        check(len(beats) >= (end - begin) / period - 2,
              f"{hadd}: {len(beats)} beats in {end - begin:.1f} s")
        check(all(abs(x - period) < 1.2 for x in gaps),
              f"{hadd}: {[round(x, 2) for x in gaps]}, not {period} s")
    states = {h: [x[1] for x in controller.beats(h, mark)] for h in NODES}
    for hadd, xs in states.items():
        wanted = {"0014/0010": {"OFFLINE"}, "0014/0008": {"OFFLINE", "ONLINE"},
                  "0014/0009": {"OFFLINE", "ONLINE"}}.get(hadd, {"ONLINE"})
        check(set(xs) <= wanted and xs[-1] == sorted(wanted)[-1],
              f"{hadd}: {xs}")
    check(states["0014/0008"][0] == "OFFLINE", "online without its file")
    heard = [x for x in controller.ear.since(
        mark, f"/values/basic/{BUS}/count_values")
        if not json.loads(x[2])["reply_hadd"]]
    check(len(heard) >= (end - begin) / 2 - 4, f"{len(heard)} count_values")
    for x in heard:
        same_value("poll", {**json.loads(x[2]), "data": None},
                   sensor("datarrd", BUS, "count_values", type=4,
                          entry_name="sensor_integer", label="#Values",
                          help="The number of values in the store",
                          is_polled=True, poll_delay=2))
    source = json.loads(controller.ear.next(
        "/values/basic/0014/0008/source", mark)[0])
    check(set(source) == {"0"} and source["0"]["data"] == "load1" and
          source["0"]["label"] == f"Source label ({FILES['load'][1][0]})",
          f"poll of source: {source}")
    check(not controller.ear.retained(), f"{controller.ear.retained()}")
    print(f"heartbeats and polls of {end - begin:.0f} s")


def check_end(service, controller):
    """OFFLINE at SIGTERM, the will at kill -9, ONLINE after the start."""
    mark = controller.ear.mark()
    service.terminate()
    for hadd in NODES:
        controller.ear.next(f"/dhcp/heartbeat/{hadd}", mark)
        states = [x[1] for x in controller.beats(hadd, mark)]
        check(states[-1] == "OFFLINE" and states.count("OFFLINE") <= 2,
              f"{hadd}: {states} at SIGTERM")
    mark = controller.ear.mark()
    service.start()
    wait_for("ONLINE", lambda: ("ONLINE" in [
        x[1] for x in controller.beats(BUS, mark)]))
    mark = controller.ear.mark()
    service.kill()
    wait_for("the will", lambda: [x[1] for x in controller.beats(BUS, mark)]
             [-1:] == ["OFFLINE"])
    service.start()
    wait_for("ONLINE", lambda: [x[1] for x in controller.beats(BUS, mark)]
             [-1:] == ["ONLINE"])
    print("OFFLINE at SIGTERM and at kill -9")


def check_broker_restart(service, broker):
    broker.stop()
    broker.start()
    with Controller(broker.port) as controller:
        begin = time.monotonic()
        for hadd in NODES:
            wait_for(f"{hadd} beats", lambda: controller.beats(hadd))
        # Heartbeats that may be lost come again at once.
        late = [controller.beats(h)[0][0] - begin for h in NODES]
        controller.flush()
        print(f"after the broker's restart all beat within {max(late):.1f} s")


def restarts():
    """The node outlives the flow and the connection, and an exception."""
    with Scratch("controller") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections("5"),
                    program=testing_binary()) as service, \
            Controller(broker.port) as controller:
        service.start(RRDFLOW_TEST_THROW="decoder:25,mqtt-source:60,"
                                         "janitoo-node:30")
        for actor in ("decoder", "mqtt-source"):
            wait_for(f"{actor} has died", lambda: total(
                service.metrics(), "restarts_total", actor=actor) == 1)
        wait_for("the node's exception", lambda: "janitoo-node" in
                 service.log.read_text())
        wait_for("a new flow", service.ready)
        mark = controller.ear.mark()
        for hadd in NODES:
            wait_for(f"{hadd} beats",
                     lambda: controller.beats(hadd, mark))
        controller.flush()
        controller.set(BUS, "cache_rrd_ttl", 77)
        service.terminate()
        print("the node outlives the flow and the connection")
