#!/usr/bin/env python3
"""A network of the original, twenty-one datasources of nine sources each:
imported from its .conf, started, fed for several steps, flushed: every value
stands where it belongs, the index is exact, each node is alive; values that a
controller sets hold at once and after restarts. Then files of the original are
taken over (janitoo_takeover.py)."""

import argparse
import math
import time

import rrdtool
from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, wait_for
from janitoo_network import Controller
from janitoo_takeover import take_over
from service import Rrdflow
from simulated_clock import SimulatedClock

BUS, WEB = "0014/0000", "0018/0000"
DATASOURCES, SOURCES = 21, 9
STEPS = (60, 120, 180)
RATE = 20
ROUND = 60
KINDS = ["GAUGE"] * 6 + ["COUNTER", "DERIVE", "GAUGE"]
NODES = {i: f"0014/{i + 1:04d}" for i in range(DATASOURCES)}


def file_name(i):
    """Not always the name of the section."""
    return f"file_{i:02d}" if i % 3 == 0 else f"ds{i:02d}"


def step_of(i):
    return STEPS[i % len(STEPS)]


def address(i, k):
    """Value and index of a source: some values have several."""
    return f"0048/{i + 1:04d}", f"value{k // 3}", k % 3


def conf(broker_port, http_port):
    lines = ["# The original's.", "[system]", "service = jnt_datalog_rrd",
             "broker_ip = 127.0.0.1", f"broker_port = {broker_port}",
             "home_dir = /opt/janitoo", "[datarrd]", "auto_start = True",
             f"hadd = {BUS}", "name = Logger", "heartbeat = 2",
             "cache_rrd_ttl_0 = 3600", "cache_pickle_ttl_0 = 5"]
    lines += [f"components.ds{i:02d} = datarrd.datasource"
              for i in range(DATASOURCES)]
    lines += ["[http]", "auto_start = True", f"hadd = {WEB}",
              "http_host_0 = localhost", f"http_port_0 = {http_port}"]
    for i in range(DATASOURCES):
        lines += [f"[datarrd__ds{i:02d}]", f"hadd = {NODES[i]}",
                  f"name = Datasource {i}", f"heartbeat = {1 + i % 3}",
                  f"rrd_file_0 = {file_name(i)}", f"rrd_step_0 = {step_of(i)}"]
        for k in range(SOURCES):
            hadd, uuid, index = address(i, k)
            lines.append(f"source_config_{k} = {hadd}|{uuid}|{index}|"
                         f"{KINDS[k]}|label{k}")
    return "\n".join(lines) + "\n"


def sent(i, k, n):
    """What the source sends in round n; no number twice."""
    if KINDS[k] == "GAUGE":
        return i * 10000 + k * 1000 + n + 0.25
    return 100000 + (i * 20 + k) * ROUND * n


def feed(service, controller, clock, n):
    """One round. Returns its number and when it was sent and taken."""
    begin = clock.time()
    before = total(service.metrics(), "messages_taken_total")
    for i in range(DATASOURCES):
        for value in range(SOURCES // 3):
            hadd, uuid, _ = address(i, 3 * value)
            entries = {str(x): {"genre": 1, "hadd": hadd, "uuid": uuid,
                                "index": x, "data": sent(i, 3 * value + x, n)}
                       for x in range(3)}
            controller.mouth.publish(
                f"/values/basic/{hadd}/{uuid}", str(entries).replace("'", '"'))
    controller.mouth.drain()
    service.wait_taken(before + DATASOURCES * SOURCES // 3)
    return n, begin, clock.time()


def check_rows(service, i, rounds):
    """The file's rows have the last readings of their slots, and the counters'
    rates. The newest row waits for what the counters send next. Where a round
    took so long that its slot is not known, nothing is checked."""
    step = step_of(i)
    slots, doubtful = {}, set()
    for n, begin, end in rounds:
        ends = {(int(t) // step + 1) * step for t in (begin, end)}
        doubtful |= ends if len(ends) > 1 else set()
        slots[max(ends)] = n
    first, last = min(slots), max(slots)
    rows, real = rrdtool.fetch(service.rrd(file_name(i)), first - 2 * step,
                               last + 2 * step, step)
    check(real == step, f"{file_name(i)}: step {real}")
    checked = 0
    for t, xs in rows.items():
        if doubtful & {t, t - step} or t == last:
            continue
        for k, x in enumerate(xs):
            where = f"{file_name(i)} label{k} at {t}"
            if t not in slots:
                check(math.isnan(x), f"{where}: {x} from nowhere")
                continue
            tolerance = 1e-12
            if KINDS[k] == "GAUGE":
                wanted = sent(i, k, slots[t])
            elif t - step in slots:
                # By the times of the readings, which differ a little.
                tolerance = 0.2
                wanted = (sent(i, k, slots[t])
                          - sent(i, k, slots[t - step])) / step
            else:
                wanted = math.nan
            check(rrdtool.same(x, wanted, tolerance),
                  f"{where}: {x}, not {wanted}")
            checked += 1
    return checked


def check_network(service, controller, clock):
    for hadd in NODES.values():
        wait_for(f"a heartbeat of {hadd}", lambda: controller.beats(hadd))
        check({x[1] for x in controller.beats(hadd)} == {"OFFLINE"},
              f"{hadd} is alive without a file")
    rounds = []
    for n in range(1, 11):
        # The middle of the minute's first half.
        wait = (ROUND - clock.time() % ROUND + 8) % ROUND
        time.sleep(wait / RATE)
        rounds.append(feed(service, controller, clock, n))
    # The last slots end.
    time.sleep((max(STEPS) + 5) / RATE)
    controller.flush()
    # The files are there now.
    mark = controller.ear.mark()
    checked = sum(check_rows(service, i, rounds) for i in range(DATASOURCES))
    check(checked > DATASOURCES * SOURCES * 3,
          f"only {checked} values checked of rounds {rounds}")
    names = sorted(file_name(i) for i in range(DATASOURCES))
    status, body = service.http("GET", "/rrd/rrds/index.txt")
    check(status == 200 and body.decode() == "|".join(names),
          f"index.txt: {status} {body!r}")
    for i, hadd in NODES.items():
        def alive():
            beats = [x for x in controller.beats(hadd, mark)]
            return len(beats) > 2 and beats
        states = {x[1] for x in wait_for(f"beats of {hadd}", alive)}
        check(states == {"ONLINE"}, f"{hadd}: {states}")
        times = [x[0] for x in controller.beats(hadd, mark)]
        gap = (times[-1] - times[0]) / (len(times) - 1)
        check(abs(gap - (1 + i % 3)) < 0.9, f"{hadd} beats each {gap:.2f} s")
    check_counters(service.metrics())
    print(f"network: {checked} values in {DATASOURCES} files, index, "
          f"{len(NODES)} nodes alive")


# Node, value, genre, what is set.
SET = [(BUS, "cache_rrd_ttl", 3, 1800), (BUS, "cache_pickle_ttl", 3, 7),
       (BUS, "cache_dead_ttl", 3, 7200), (BUS, "heartbeat", 4, 3),
       (BUS, "location", 3, "Cellar \"2\""), (NODES[1], "source_poll", 3, 700),
       (NODES[1], "name", 3, "Renamed"), (NODES[2], "heartbeat", 4, 2),
       (NODES[4], "rrd_file", 3, "moved/away"),
       (NODES[5], "rrd_step", 3, 30)]
WRONG = [(BUS, "cache_rrd_ttl", 3, "often"), (BUS, "cache_rrd_ttl", 3, -1),
         (NODES[6], "rrd_file", 3, "../../etc/x"),
         (NODES[6], "rrd_file", 3, "moved/away"), (NODES[6], "rrd_step", 3, 0),
         (NODES[6], "source_config", 3, "0048/0001|x|0|GAUGE|a.b")]


def check_set(service, controller, clock):
    def refused():
        return total(service.metrics(), "janitoo_refused_total",
                     reason="setting")
    for hadd, uuid, genre, data in SET:
        answer = controller.set(hadd, uuid, data, genre)
        check(answer["data"] == data, f"set {hadd} {uuid}: {answer['data']!r}")
    for hadd, uuid, genre, data in WRONG:
        before = controller.get(hadd, uuid, genre)["data"]
        count = refused()
        controller.say(f"/nodes/{hadd}/request", {
            "cmd_class": 112, "genre": genre, "uuid": uuid, "hadd": hadd,
            "data": data, "is_writeonly": True, "is_readonly": False,
            "reply_hadd": "9999/9990"})
        wait_for(f"{hadd} {uuid} refuses {data!r}",
                 lambda: refused() == count + 1)
        after = controller.get(hadd, uuid, genre)["data"]
        check(before == after, f"{hadd} {uuid} took {data!r}: {after!r}")

    def still_set(when):
        for hadd, uuid, genre, data in SET:
            found = controller.get(hadd, uuid, genre)["data"]
            check(found == data, f"{when}: {hadd} {uuid} is {found!r}, not "
                                 f"{data!r}")
    still_set("at once")
    text = service.verb("check")
    check("set at run time: cache_rrd_ttl of datarrd = 1800" in text, text)
    kept = service.store / "settings.toml"
    check(kept.stat().st_mode & 0o777 == 0o640, "the mode of settings.toml")
    configuration = service.configuration.read_bytes()
    service.terminate()
    service.start(**clock.environment())
    still_set("after a restart")
    service.kill()
    service.start(**clock.environment())
    still_set("after kill -9")
    check(service.configuration.read_bytes() == configuration,
          "the user's file was changed")
    # The file moved: what comes now stands in the new one. The one with
    # another step keeps its own.
    # Its row waits for what its counters send behind it.
    for n in (11, 12):
        wait = (ROUND - clock.time() % ROUND + 8) % ROUND
        time.sleep(wait / RATE)
        feed(service, controller, clock, n)
        time.sleep((max(STEPS) + 5) / RATE)
    controller.flush()
    rows = rrdtool.fetch(service.rrd("moved/away"), clock.time() - 1000,
                         clock.time(), step_of(4))[0]
    check(any(x[0] == sent(4, 0, 11) for x in rows.values()),
          f"the new file: {rows}")
    check(rrdtool.info(service.rrd(file_name(5)))["step"]
          == str(step_of(5)), "a file changed its step")
    check(total(service.metrics(), "files_differ") >= 1, "it is not named")
    check_counters(service.metrics())
    print(f"{len(SET)} values set, {len(WRONG)} refused, all kept")


def network(folder):
    clock = SimulatedClock(folder / "clock", RATE)
    with Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder / "service", broker.address) as service:
        (folder / "original.conf").write_text(conf(broker.port, service.port))
        text = service.verb("import-janitoo", str(folder / "original.conf"))
        check(text.count("[[rrd]]") == DATASOURCES
              and text.count("fill = \"none\"") == DATASOURCES, "the TOML")
        service.configure({}, text=text + f'\n[store]\ndirectory = '
                          f'"{service.store}"\n[limits]\ndisk_reserve = "1MiB"'
                          '\n[writer]\ncreates_per_second = 1000\n'
                          '[journal]\nsegment_size = "16MiB"\n')
        service.verb("check")
        service.start(**clock.environment())
        with Controller(broker.port) as controller:
            check_network(service, controller, clock)
            check_set(service, controller, clock)
        service.terminate()


def main(_):
    with Scratch("janitoo-imported") as folder:
        (folder / "network").mkdir()
        network(folder / "network")
        (folder / "files").mkdir()
        take_over(folder / "files")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    run(main, parser.parse_args())
