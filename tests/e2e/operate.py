#!/usr/bin/env python3
"""What an operator types and reads: each verb with its exit codes and formats,
the addresses under /api/v1/, /readyz, and every metric from the start."""

import argparse
import csv
import io
import json
import re
import subprocess
import time

from counters import check_counters
from harness import Mosquitto, Scratch, check, run, wait_for
from publisher import Publisher
from service import Rrdflow

USAGE, NO_INPUT, NO_SERVICE, LOCKED, BAD_CONFIG = 64, 66, 69, 75, 78

METRICS = """messages_taken_total messages_decoded_total messages_ignored_total
messages_dead_total journal_waiting_messages journal_bytes samples_total
samples_late_total samples_refused_total rows_opened_total rows_written_total
rows_waiting rows_abandoned_total rule_last_message_seconds series files
files_differ files_quarantined oldest_waiting_row_seconds snapshot_age_seconds
snapshots_total headers_put_back_total restarts_total stalled mqtt_connected
broker_dropped_messages build_info rrd_update_seconds_bucket
rrd_update_seconds_sum rrd_update_seconds_count process_cpu_seconds_total
process_resident_memory_bytes process_open_fds""".split()

LABELLED = ['samples_total{rule="p"}', 'samples_late_total{rule="p"}',
            'samples_late_total{rule="rrd/two"}',
            'samples_refused_total{reason="future",rule="p"}',
            'samples_refused_total{reason="limit",rule="rrd/two"}',
            'rule_last_message_seconds{rule="p"}',
            'messages_dead_total{reason="json"}',
            'messages_ignored_total{reason="overlap"}',
            'rows_abandoned_total{reason="unwritable"}',
            'rows_abandoned_total{reason="forgotten"}',
            'stalled{reason="disk_reserve"}', 'stalled{reason="journal_full"}',
            'restarts_total{actor="snapshotter"}',
            'restarts_total{actor="rrd-writer"}']


def sections():
    return {
        "rule": [{"name": "p", "topics": ["s/+/+", "s/#"], "exclude": ["s/no/#"],
                  "step": "1s", "archives": ["1s for 1h"], "max_series": 8},
                 {"name": "noise", "topics": ["s/no/#"], "drop": True}],
        "rrd": [{"name": "two", "step": "1s", "sources": [
            {"topic": "two/a", "path": "x", "type": "GAUGE", "label": "a"},
            {"topic": "two/b", "path": "", "type": "GAUGE", "label": "b"}]}],
    }


def check_metrics(service):
    m = service.metrics()
    names = {x.split("{")[0] for x in m}
    missing = [x for x in METRICS if x not in names]
    missing += [x for x in LABELLED if x not in m]
    check(not missing, f"not in /metrics from the start: {missing}")
    shown = service.verb("stats")
    as_json = json.loads(service.verb("stats", "--json"))
    for name in ("rrdflow_series", 'rrdflow_samples_late_total{rule="p"}'):
        check(name in shown and name in as_json, f"stats lacks {name}")


def publish(broker):
    """Returns how many copies come here."""
    with Publisher(broker.port) as p:
        for i in range(3):
            p.publish(f"s/a/{i}", json.dumps({"t": 20.5 + i, "ok": True}))
        p.publish("s/b", "ON")
        p.publish("two/a", '{"x": 1}')
        p.publish("two/b", "2")
        p.publish("s/a/0", "{bad\x1b[31m")
        p.publish("s/x", "text")
        p.drain()
    # s/+/+ and s/# both match three topics, and one again.
    return 8 + 4


def check_lists(service):
    shown = service.verb("list")
    check("s/a/0/t" in shown and "20.5" in shown and "two/a" in shown, shown)
    check("two" not in service.verb("list", "s/*"), "list does not choose")
    check("s/b" in service.verb("list", "s/b"), "list does not find s/b")
    first = service.get("/api/v1/series?limit=3")
    rest = service.get("/api/v1/series?limit=1000&after=" + first[-1]["name"])
    names = [x["name"] for x in first + rest]
    check(len(first) == 3 and names == sorted(names) and len(names) == 9,
          f"pages of series: {names}")
    check(all(x["alive"] for x in first + rest), "not alive")
    found = service.get("/api/v1/series?query=s/*/t")
    check([x["value"] for x in found] == [20.5, 21.5, 22.5], f"{found}")
    dead = service.get("/api/v1/dead")
    check([x["reason"] for x in dead] == ["json"], f"dead: {dead}")
    text = service.verb("dead")
    check("{bad" in text and "\x1b" not in text, f"verb dead: {text!r}")


def check_data(service, sent):
    """The same rows however one asks for them."""
    iso = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(sent + x))
           for x in (-10, 10)]
    ranges = [(str(int(sent) - 10), str(int(sent) + 10)), tuple(iso)]
    for begin, end in ranges:
        rows = list(csv.reader(io.StringIO(service.verb(
            "fetch", "s/a/1/t", "--from", begin, "--to", end))))
        check(rows[0] == ["time", "value"], f"csv's head: {rows[0]}")
        check([v for _, v in rows[1:] if v] == ["21.5"], f"csv: {rows}")
        text = service.verb("fetch", "s/a/1/t", "--from", begin, "--to", end,
                            "--format", "json", "--cf", "MAX")
        pairs = [[x["time"], x["value"]] for x in json.loads(text)]
        check([[t, "" if v is None else str(v)] for t, v in pairs] == rows[1:],
              "json and csv differ")
        api = service.get(f"/api/v1/data?series=s/a/1/t&from={begin}&to={end}")
        check(api == json.loads(text), "the verb and the address differ")
    rows = service.get("/api/v1/data?series=two/b&from=-1m&cf=min&points=50")
    check([x["value"] for x in rows if x["value"] is not None] == [2],
          f"a source of an [[rrd]]: {rows}")
    for query, status in (
            ("", 400), ("series=nope", 404), ("series=two/b&from=x", 400),
            ("series=two/b&from=-1h&to=-2h", 400), ("series=two/b&cf=p", 400),
            ("series=two/b&points=0", 400), ("series=two/b&format=xml", 400)):
        got = service.http("GET", f"/api/v1/data?{query}")[0]
        check(got == status, f"data?{query}: {got}, not {status}")


def check_mistakes(service, folder):
    service.verb("nonsense", code=USAGE)
    service.verb("list", "--nonsense", code=USAGE)
    service.verb("fetch", "two/a", "--from", "yesterday", code=USAGE)
    service.verb("fetch", "two/a", "--cf", "MEDIAN", code=USAGE)
    service.verb("fetch", "two/a", "--format", "xml", code=USAGE)
    service.verb("fetch", "nope", code=NO_INPUT)
    service.verb("flush", "nope", code=NO_INPUT)
    service.verb("forget", "s/b", code=USAGE)
    bad = folder / "bad.toml"
    bad.write_text('[store]\ndirectory = "x"\n[mqtt]\nqoz = 1\n')
    for verb in ("check", "run", "list", "stats"):
        done = subprocess.run([service.program, verb, "-c", str(bad)],
                              capture_output=True, text=True, timeout=20)
        check(done.returncode == BAD_CONFIG
              and f"{bad}:4:" in done.stdout + done.stderr,
              f"{verb} of a bad file: {done}")
    service.verb("run", code=LOCKED)
    status = service.http("POST", "/api/v1/flush?series=nope")[0]
    check(status == 404, f"flush of nothing: {status}")


def check_local(service):
    check("good" in service.verb("check"), "check")
    text = service.verb("explain", "s/a/1", '{"t": 1, "ok": "OFF"}')
    check("s/a/1/ok" in text and "rrd/s/a/1/t.rrd" in text, text)
    found = json.loads(service.verb("explain", "two/a", '{"x":7}', "--json"))
    value = found["values"][0]
    check((found["result"], value["series"], value["source"])
          == ("decoded", "two/a", "a"), f"explain --json: {found}")
    check("no_rule" in service.verb("explain", "other", "1"), "explain")
    check("dropped" in service.verb("explain", "s/no/x", "1"), "explain drop")
    check("librrd" in service.verb("version"), "version")


def check_demo(service, folder):
    """On a free port, which it prints, with a store that is new."""
    store = folder / "demo"
    done = subprocess.run(
        [service.program, "demo", "--port", "0", "--seconds", "2",
         "--sensors", "50", "--directory", store],
        capture_output=True, text=True, timeout=300, env=service.env)
    check(done.returncode == 0, f"demo: {done}")
    check(re.search(r"page +http://127\.0\.0\.1:[1-9]\d*/", done.stdout),
          f"demo prints no address: {done.stdout}")
    check(list((store / "store" / "snapshot").glob("*.snapshot")),
          "demo ends without a snapshot")


def check_forget(service, broker):
    path = service.rrd("s/b")
    service.flush()
    check(path.exists(), "a flush makes no file")
    service.verb("forget", "s/b", "--yes")
    check("s/b" not in service.verb("list", "s/b"), "forgotten, yet listed")
    check(path.exists(), "forget deletes a file that it should keep")
    with Publisher(broker.port) as p:
        p.publish("s/b", "0")
    wait_for("s/b comes back", lambda: "s/b" in service.verb("list", "s/b"))
    time.sleep(1.1)
    service.verb("forget", "s/b", "--delete", "--yes")
    check(not path.exists(), "forget --delete leaves the file")
    with Publisher(broker.port) as p:
        p.publish("s/b", "1")
    wait_for("s/b comes back", lambda: "s/b" in service.verb("list", "s/b"))
    time.sleep(1.1)
    service.flush()
    check(path.exists(), "forgotten, deleted, and not made again")
    check("rows" in service.verb("forget", "nothing*", "--yes"), "forget none")


def main(_):
    with Scratch("operate") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections()) as service:
        for verb in (["list"], ["stats"], ["dead"], ["flush"], ["fetch", "x"],
                     ["forget", "x", "--yes"]):
            service.verb(*verb, code=NO_SERVICE)
        service.start()
        check(service.http("GET", "/healthz")[0] == 200, "/healthz")
        check_metrics(service)
        # Both values of the [[rrd]] in one slot.
        time.sleep(1.1 - time.time() % 1)
        sent = time.time()
        copies = publish(broker)
        service.wait_taken(copies)
        m = service.metrics()
        for key, n in (('samples_total{rule="p"}', 7),
                       ('messages_ignored_total{reason="overlap"}', 4),
                       ('messages_ignored_total{reason="text"}', 1)):
            check(m[key] == n, f"{key}: {m[key]:.0f}, not {n}")
        time.sleep(1.1)
        check_lists(service)
        check_data(service, sent)
        check("8 rows" in service.flush(), "flush")
        check("0 rows" in service.verb("flush", "two/a"), "flush of one")
        check_data(service, sent)
        check_mistakes(service, folder)
        check_local(service)
        check_demo(service, folder)
        check_forget(service, broker)
        check_counters(service.wait_rest())
        log = service.log.read_text()
        check(log.count("listening on") == 1, f"said twice:\n{log}")
        check("\x1b" not in log, "a topic reaches the terminal as it is")
        service.terminate()


if __name__ == "__main__":
    run(main, argparse.ArgumentParser(description=__doc__).parse_args())
