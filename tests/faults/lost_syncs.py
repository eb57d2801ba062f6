"""Syncs of the journal fail for a second, then power goes.

What a failed sync could not write is lost then, as on Linux: no later sync
writes it (shim/lost_pages.hpp). With journal.sync = "always" nothing that was
acknowledged may be among it.
"""

import random

from counters import total
from call_case import sections
from harness import Mosquitto, check, testing_binary
from sensors import Sensors, rule
from service import Rrdflow, merged
from shims import Shim
from watch import Watch

MESSAGES = 600


def settings():
    return merged(sections(), {
        "rule": [rule("l")],
        "journal": {"sync": "always"},
        # What a snapshot covers is not in the journal alone any more.
        "snapshot": {"every": "1h"},
        "cache": {"flush_after": "1h"},
    })


def lose_syncs(outcome, at, folder, heed):
    """One run; `heed` false: the journal takes each sync for a good one."""
    environment = {} if heed else {"RRDFLOW_TEST_HEED_SYNC": "off"}
    with Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, settings(),
                    program=testing_binary()) as service:
        shim = Shim(folder, service.store, call="sync", error="EIO", at=at,
                    seconds=1, below="journal")
        shim.keep_lost_pages()
        service.start(**shim.environment, **environment)
        service.wait_connected()
        sensors = Sensors(broker.port, "l", 4, 200)
        with Watch(service) as watch:
            sensors.stream(1.5, MESSAGES)
            sensors.finish()
            service.wait_taken(sensors.sent)
        service.kill()
        check(shim.faults(), "no sync failed")
        outcome.add("syncs of the journal that failed", shim.faults())
        outcome.add("pages lost with the power", shim.cut_power())
        if heed:
            outcome.check(watch.saw("stalled: io"),
                          "/readyz hides that the journal cannot be synced")
        service.start()
        service.wait_rest()
        service.flush()
        metrics = service.wait_rest()
        wrong, said = sensors.examine(service)
        if wrong:
            outcome.lose(f"{wrong} of {sensors.sent} messages are lost: "
                         f"{said[0]}", wrong)
        taken = total(metrics, "messages_taken_total")
        if heed:
            outcome.check(taken >= sensors.sent,
                          f"{taken:.0f} of {sensors.sent} messages are taken")
        outcome.add("runs with lost syncs", 1)
        service.terminate()


def run_all(outcome, rounds, seed, folder, heed):
    rng = random.Random(seed)
    for i in range(rounds):
        lose_syncs(outcome, rng.randint(20, 120), folder / str(i), heed)
