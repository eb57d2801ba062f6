"""Files of the original: taken over by the names of their sources, whatever
their order; refused, and named, while their last update is ahead of now."""

import time

import rrdtool
from counters import check_counters, total
from harness import Mosquitto, check
from janitoo_network import Controller
from service import Rrdflow
from simulated_clock import SimulatedClock

SOURCES, RATE = 9, 20


def original_file(path, labels, last):
    """As the original made it: its archives, its order of sources."""
    rrdtool.create(path, "--start", last - 600, "--step", 60,
                   *(f"DS:{x}:GAUGE:120:U:U" for x in labels),
                   *(f"RRA:{cf}:0.5:{n}:1440" for cf in
                     ("AVERAGE", "MAX", "MIN") for n in (1, 12, 144, 288)))
    rrdtool.update(path, [f"{last - 60 * i}:" + ":".join(
        str(100 + j) for j in range(len(labels))) for i in range(9, -1, -1)])


def take_over(folder):
    labels = [f"label{k}" for k in range(SOURCES)]
    now = int(time.time()) // 60 * 60
    with Mosquitto(folder / "broker") as broker:
        service = Rrdflow(folder / "service", broker.address, {
            "janitoo": {"original_timezone": "Europe/Paris"},
            "rrd": [{"name": name, "step": "60s", "sources": [
                {"janitoo": f"0048/000{i}|v|{k}", "label": x}
                for k, x in enumerate(labels)]}
                for i, name in ((1, "turned"), (2, "ahead"))]})
        service.store.joinpath("rrd").mkdir()
        # Another order than the configuration's.
        original_file(service.rrd("turned"), labels[::-1], now - 3600)
        ahead = now + 7200
        original_file(service.rrd("ahead"), labels, ahead)
        with service:
            clock = SimulatedClock(folder / "clock", RATE)
            service.start(**clock.environment())
            log = service.log.read_text()
            check("ahead: its last update, " in log and "Europe/Paris" in log,
                  f"not named: {log}")
            check("turned: its last update" not in log, "named for nothing")
            with Controller(broker.port) as controller:
                at = clock.time()
                for i in (1, 2):
                    for k in range(SOURCES):
                        controller.mouth.publish(
                            f"/values/basic/0048/000{i}/v",
                            f'{{"genre": 1, "hadd": "0048/000{i}", "uuid": '
                            f'"v", "index": {k}, "data": {7 * k + 0.5}}}')
                controller.mouth.drain()
            time.sleep(70 / RATE + 1)
            service.flush()
            rows = rrdtool.fetch(service.rrd("turned"), at - 600, at + 600,
                                 60)[0]
            wanted = [7 * k + 0.5 for k in range(SOURCES)][::-1]
            check(wanted in rows.values(),
                  f"not by name: {wanted} is not in {rows}")
            check(rrdtool.header(service.rrd("ahead")).last_update == ahead,
                  "a file ahead of now was written")
            check(total(service.metrics(), "samples_late_total") == SOURCES,
                  "the refused values are not counted")
            check_counters(service.metrics())
            service.terminate()
    print("files of the original: by name, and none ahead of now")
