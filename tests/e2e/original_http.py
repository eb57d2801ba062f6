#!/usr/bin/env python3
"""The original's addresses below /rrd/, under load: each body of a file that is
being written is a whole file that holds what was taken before it was asked for,
byte for byte what rrdtool makes of the same rows; javascriptRRD reads it; HEAD,
Range, ETag and index.txt; nothing else of the disk can be had."""

import argparse
import http.client
import threading
import time

import rrdtool
from counters import check_counters, total
from harness import Mosquitto, Scratch, check, run, wait_for
from javascript_rrd import JavascriptRrd
from publisher import Publisher
from service import Rrdflow
from steady_load import NOISE, ROWS, SOURCES, STEP, Load

INDEX = "|".join(["arduino", "load",
                  *sorted(f"noise/{i}" for i in range(NOISE)),
                  "plant/hall=201/temp"]).encode()
FILE = "/rrd/rrds/load.rrd"


def sections():
    archives = [f"{STEP}s for {STEP * ROWS}s", "1m for 1d"]
    source = [{"topic": "t/load", "path": label, "type": kind, "label": label}
              for label, kind in SOURCES]
    return {
        "rrd": [
            {"name": "load", "step": f"{STEP}s", "archives": archives,
             "sources": source},
            # By default the archives are the original's.
            {"name": "arduino", "step": "5m", "sources": [
                {"topic": "t/arduino", "path": "v", "type": "GAUGE",
                 "label": "inside"}]},
            {"name": "never", "step": "5m", "sources": [
                {"topic": "t/never", "path": "", "type": "GAUGE",
                 "label": "x"}]}],
        "rule": [{"name": "plant", "topics": ["plant/#", "noise/#"],
                  "series": "{topic}", "step": f"{STEP}s",
                  "archives": archives}],
        "cache": {"shards": 1, "flush_after": "1s", "flush_jitter": "0s"},
        "writer": {"creates_per_second": 1000}}


class Client:
    """Sends a path as it stands, over one connection."""

    def __init__(self, service):
        self.connection = http.client.HTTPConnection(
            "127.0.0.1", service.port, timeout=60)

    def ask(self, path, method="GET", **fields):
        fields = {k.replace("_", "-"): v for k, v in fields.items()}
        self.connection.request(method, path, headers=fields)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()


def look_at(body, load, least, scratch, whole):
    """Checks a body; returns its newest slot."""
    path = scratch.with_suffix(".rrd")
    path.write_bytes(body)
    facts = rrdtool.info(path)
    last = int(facts["last_update"])
    slot = (last - load.base) // STEP
    check(last == load.time_of(slot) and slot >= least,
          f"newest slot {slot}, but {least} had been taken")
    begin = max(1, slot - ROWS + 1)
    found, step = rrdtool.fetch(path, load.time_of(begin - 1), last, STEP)
    check(step == STEP, f"step {step}")
    for i in range(begin, slot + 1):
        has, should = found[load.time_of(i)], load.shows(i)
        # A counter's first row has no row before it.
        skip = 1 if i == 1 else 4
        check(all(rrdtool.same(x, y, 1e-12)
                  for x, y in list(zip(has, should))[:skip]),
              f"slot {i} of {slot}: {has} instead of {should}")
    page = JavascriptRrd(body)
    check(page.sources == SOURCES, f"sources {page.sources}")
    check(page.last_update == last, "the newest row")
    rows = page.rows()
    check(rows[last] == found[last], f"{rows[last]} for the newest row")
    if whole:
        texts = [(load.time_of(i), ":".join(map(rrdtool.number_text,
                                                load.row(i))))
                 for i in range(1, slot + 1)]
        made = rrdtool.replayed(path, texts, scratch.with_suffix(".made"))
        check(made == body, f"the bytes differ at slot {slot}")
    return slot


def under_load(service, load, scratch, gets, threads):
    """Some threads get the file again and again while it is written."""
    slots, errors, tags = [], [], {}

    def work(number):
        try:
            for i in range(gets // threads):
                least = load.taken()
                # A new one: comparing takes longer than a connection may idle.
                status, fields, body = Client(service).ask(FILE)
                check(status == 200, f"{status} {body[:200]!r}")
                check(tags.setdefault(fields["ETag"], body) == body,
                      "one ETag for two contents")
                slots.append(look_at(body, load, least,
                                     scratch / f"{number}", i % 10 == 0))
        except Exception as e:
            errors.append(e)

    workers = [threading.Thread(target=work, args=(i,))
               for i in range(threads)]
    for x in workers:
        x.start()
    for x in workers:
        x.join()
    if errors:
        raise errors[0]
    check(len(set(slots)) > gets // threads // 2,
          f"{len(slots)} bodies had {len(set(slots))} states only")
    return slots


def check_fields(service):
    """HEAD, ETag, Range on a file at rest."""
    client = Client(service)
    status, fields, body = client.ask(FILE)
    check(status == 200, f"{status}")
    tag, size = fields["ETag"], len(body)
    check(fields["Content-Type"] == "application/octet-stream", "type")
    check(fields["Cache-Control"] == "no-cache", "Cache-Control")
    check(fields["Content-Length"] == str(size), "Content-Length")
    on_disk = service.rrd("load").read_bytes()
    check(body == on_disk, "not the bytes of the file")

    def expect(status, content, method="GET", **more):
        got = client.ask(FILE, method, **more)
        check(got[0] == status and (content is None or got[2] == content),
              f"{method} {more}: {got[0]}, {len(got[2])} bytes")
        return got[1]

    head = expect(200, b"", "HEAD")
    for name in ("ETag", "Content-Length", "Last-Modified", "Content-Type"):
        check(head[name] == fields[name], f"HEAD says {name} {head[name]}")
    expect(304, b"", If_None_Match=tag)
    expect(304, b"", "HEAD", If_None_Match=f'"x", W/{tag}')
    expect(200, body, If_None_Match='"x"')
    part = expect(206, body[100:200], Range="bytes=100-199")
    check(part["Content-Range"] == f"bytes 100-199/{size}", "Content-Range")
    expect(206, body[-64:], Range="bytes=-64", If_Range=tag)
    expect(200, body, Range="bytes=-64", If_Range='"x"')
    expect(200, body, Range="bytes=0-1,4-5")
    expect(206, body, Range="bytes=0-")
    outside = expect(416, None, Range=f"bytes={size}-")
    check(outside["Content-Range"] == f"bytes */{size}", "Content-Range")
    return tag


def check_places(service):
    """The index, the page, and that nothing else is there."""
    client = Client(service)
    status, fields, body = client.ask("/rrd/rrds/index.txt")
    check((status, body) == (200, INDEX), f"index.txt: {status} {body!r}")
    check(fields["Content-Type"].startswith("text/plain"), "type of the index")
    status, fields, _ = client.ask("/rrd")
    check((status, fields["Location"]) == (301, "/rrd/"), f"/rrd: {status}")
    status, fields, body = client.ask("/rrd/")
    check(status == 200 and b"default-src 'self'"
          in fields["Content-Security-Policy"].encode(), f"/rrd/: {status}")
    for name in INDEX.split(b"|"):
        check(b'<a href="rrds/' + name + b'.rrd">' in body, f"{name} missing")
        status, _, file = client.ask(f"/rrd/rrds/{name.decode()}.rrd")
        check(status == 200 and file[:9] == b"RRD\0" b"0003\0",
              f"{name}: {status} {file[:9]!r}")
        JavascriptRrd(file)
    (service.store / "rrd" / "foreign.rrd").write_bytes(b"a secret")
    (service.store / "secret.rrd").write_bytes(b"a secret")
    for path in ("/rrd/rrds/foreign.rrd", "/rrd/rrds/../../secret.rrd",
                 "/rrd/rrds/..%2f..%2fsecret.rrd", "/rrd/rrds/never.rrd",
                 "/rrd/rrds/%2e%2e/%2e%2e/secret.rrd", "/rrd/rrds/",
                 "/rrd/rrds/plant/../foreign.rrd", "/rrd/rrds//load.rrd",
                 f"/rrd/rrds/{service.store}/secret.rrd", "/rrd/rrds/load",
                 "/rrd/rrds/.new/0-1.rrd", "/rrd/rrds/load.rrd/",
                 "/rrd/rrds/load.rrd%00", "/rrd/rrds/%00.rrd",
                 "/rrd/rrds/plant/hall 1/temp.rrd".replace(" ", "%20"),
                 "/rrd/rrds/LOAD.rrd", "/rrd/rrds/load.rrd.rrd",
                 "/rrd/rrds/" + "a/" * 2000 + "b.rrd",
                 "/rrd/rrds/" + "a" * 4000 + ".rrd"):
        status, _, body = client.ask(path)
        check(status in (400, 404) and b"secret" not in body,
              f"{path}: {status}")
    status, _, _ = client.ask(FILE, Host="example.org")
    check(status == 403, f"foreign name of this host: {status}")
    status, _, _ = client.ask(FILE, "POST", X_Rrdflow="1")
    check(status == 405, f"POST: {status}")


def main(options):
    with Scratch("original-http") as folder, \
            Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections()) as service:
        service.start()
        # There is room for so many rows between its beginning and now.
        load = Load(broker, service, 0.0001 * max(options.gets, 200))
        load.thread.start()
        try:
            wait_for("there is something to get", lambda: load.taken() > 2)
            begin = time.monotonic()
            slots = under_load(service, load, folder, options.gets,
                               options.threads)
        finally:
            load.stopped.set()
            load.thread.join()
        check(load.error is None, f"the publisher: {load.error}")
        seconds = time.monotonic() - begin
        with Publisher(broker.port) as publisher:
            stamp = load.time_of(load.sent)
            publisher.publish("plant/hall 1/temp",
                              f'{{"ts":{stamp},"v":21.5}}')
            publisher.publish("t/arduino", f'{{"ts":{stamp},"v":1}}')
        taken = load.sent + NOISE * (load.sent // 30) + 2
        service.wait_taken(taken)
        check_places(service)
        tag = check_fields(service)
        # The file is taken from the same path after a restart.
        service.terminate()
        service.start()
        status, fields, body = Client(service).ask(FILE)
        check((status, fields["ETag"]) == (200, tag), f"restarted: {status}")
        look_at(body, load, load.sent, folder / "last", True)
        size = len(body)
        service.verb("forget", "plant/*", "--yes")
        status, _, body = Client(service).ask("/rrd/rrds/index.txt")
        check(body == INDEX.rsplit(b"|", 1)[0], f"forgotten: {body!r}")
        status, _, _ = Client(service).ask(
            "/rrd/rrds/plant/hall=201/temp.rrd")
        check(status == 404, f"forgotten: {status}")
        m = service.wait_rest()
        check_counters(m)
        check(total(m, "samples_late_total") == 0, "a reading came too late")
        print(f"{len(slots)} bodies of {size} bytes, {len(set(slots))} "
              f"states, {load.sent} rows in {seconds:.1f} s: none torn")


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--gets", type=int, default=200)
    p.add_argument("--threads", type=int, default=4)
    run(main, p.parse_args())
