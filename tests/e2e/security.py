#!/usr/bin/env python3
"""Security: who may ask, secrets that others can read, names that would fool a
reader, and the unit file. Modes and owners are in rights.py, hostile requests
in tests/hostile."""

import argparse
import base64
import http.client
import os
import re
import shutil
import subprocess

from counters import check_counters, total
from harness import ROOT, Mosquitto, Scratch, check, run, wait_for
from publisher import Publisher
from service import Rrdflow

RULE = {"name": "r", "topics": ["r/#"], "step": "1s",
        "archives": ["1s for 1h"]}
BAD_CONFIG = 78

# What takes no room, turns the direction, or moves a terminal's cursor.
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f"
                    "\u2028-\u202e\u2060-\u206f\ufeff]")


def ask(port, method, path, headers, host="127.0.0.1"):
    """Status, header fields and body of one request."""
    connection = http.client.HTTPConnection(host, port, timeout=60)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def basic(password):
    pair = base64.b64encode(b"anybody:" + password.encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def check_headers(fields, what):
    policy = fields.get("Content-Security-Policy", "")
    check("default-src 'self'" in policy and "unsafe" not in policy,
          f"{what}: Content-Security-Policy {policy!r}")
    for name, value in (("X-Content-Type-Options", "nosniff"),
                        ("X-Frame-Options", "DENY")):
        check(fields.get(name) == value, f"{what}: no {name}")
    check("Access-Control-Allow-Origin" not in fields, f"{what}: CORS")


def check_token(folder, broker):
    """Off loopback nobody enters without it, and nothing starts."""
    token = folder / "token"
    token.write_text("correct-horse\n")
    token.chmod(0o640)
    with Rrdflow(folder / "token-s", broker, {"rule": [RULE]}) as service:
        door = {"listen": [f"0.0.0.0:{service.port}"]}
        service.configure({"rule": [RULE], "http": door})
        service.verb("check", code=BAD_CONFIG)
        service.verb("run", code=BAD_CONFIG)
        door["token_file"] = str(token)
        service.configure({"rule": [RULE], "http": {**door,
                                                    "hosts": ["logger.lan"]}})
        service.start(wait=False)
        wait_for("it answers", lambda: answers(service))
        port = service.port
        good = {"Authorization": "Bearer correct-horse"}
        for path in ("/", "/readyz", "/metrics", "/api/v1/series", "/app.js",
                     "/nothing"):
            status, fields, _ = ask(port, "GET", path, {})
            check(status == 401 and "WWW-Authenticate" in fields,
                  f"{path} without a token: {status}")
            check_headers(fields, path)
            status, fields, _ = ask(port, "GET", path, good)
            check(status != 401, f"{path} with the token: {status}")
            check_headers(fields, path)
        for x in ({"Authorization": "Bearer correct-hors"}, basic("wrong"),
                  {"Authorization": "Bearer correct-horsf"}, basic(""),
                  {"Authorization": "Bearer "}, {"Authorization": "Bearer"},
                  {"Authorization": "Basic !!!"},
                  {"Authorization": "Bearer correct-horse2"},
                  {"Authorization": "correct-horse"}):
            check(ask(port, "GET", "/metrics", x)[0] == 401, f"good: {x}")
        check(ask(port, "GET", "/metrics", basic("correct-horse"))[0] == 200,
              "Basic with the token as password is refused")
        check(ask(port, "GET", "/healthz", {})[0] == 200, "/healthz")
        # The token alone does not let a foreign page post, nor by any name.
        check(ask(port, "POST", "/api/v1/flush", good)[0] == 403, "POST")
        check(ask(port, "POST", "/api/v1/flush",
                  {**good, "X-Rrdflow": "1"})[0] == 200, "POST with header")
        for name, wanted in (("evil.example", 403), ("logger.lan", 200),
                             (f"logger.lan:{port}", 200), ("localhost", 200)):
            status = ask(port, "GET", "/metrics", {**good, "Host": name})[0]
            check(status == wanted, f"Host {name}: {status}")
        check(service.verb("stats"), "the verbs do not know the token")
        service.terminate()
        check("correct-horse" not in service.log.read_text(),
              "the token is in the log")


def answers(service):
    check(service.process.alive(), service.process.tail())
    try:
        return ask(service.port, "GET", "/healthz", {})[0] == 200
    except OSError:
        return False


def check_secrets(folder, broker):
    """A secret that everybody may read is refused, and named."""
    secret = folder / "secret"
    secret.write_text("s3cret\n")
    with Rrdflow(folder / "secrets-s", broker) as service:
        tls = (f'[mqtt.tls]\ncertificate_file = "{secret}"\n'
               f'key_file = "{secret}"\n')
        plain = {"rule": [RULE]}
        cases = {
            "http.token_file": {**plain, "http": {"token_file": secret}},
            "mqtt.password_file": {**plain, "mqtt": {
                "username": "me", "password_file": secret}},
            "mqtt.tls.key_file": plain,
        }
        for key, sections in cases.items():
            service.configure(sections)
            if "tls" in key:
                text = service.configuration.read_text()
                service.configure({}, text + tls)
            for mode in (0o644, 0o604, 0o602):
                secret.chmod(mode)
                done = subprocess.run(
                    [service.program, "run", "-c", service.configuration],
                    capture_output=True, text=True, timeout=30,
                    env=service.env)
                text = f"{key}: {secret}: everybody may read or change it"
                check(done.returncode == BAD_CONFIG and text in done.stderr,
                      f"{key} with mode {mode:o}: {done.returncode} "
                      f"{done.stderr}")


def check_names(folder, broker):
    """Names and payloads do nothing to those who read them."""
    names = ["a\u202egnp", "b\u200bc", "d\ufeffe", "<script>alert(1)</script>",
             'quote"back\\slash', "=HYPERLINK()", "f,g", "%s%n", "line\u2028h"]
    with Rrdflow(folder / "names", broker.address, {
            "rule": [{**RULE, "format": "number"}]}) as service:
        service.start()
        wait_for("connected", lambda: total(
            service.metrics(), "mqtt_connected") == 1)
        with Publisher(broker.port) as p:
            for x in names:
                p.publish(f"r/{x}", "1")
                p.publish(f"r/{x}", "\x1b]0;owned\x07\x1b[2J\nnot\ta number")
        service.wait_taken(2 * len(names))
        for text in (service.verb("list"), service.verb("dead"),
                     service.verb("stats"), service.verb("stats", "--json"),
                     service.verb("explain", f"r/{names[0]}", "1"),
                     service.verb("explain", "--json", f"r/{names[0]}", "1"),
                     *(service.http("GET", x)[1].decode() for x in (
                         "/api/v1/series", "/api/v1/dead", "/metrics"))):
            found = UNSEEN.search(text)
            check(not found, f"{found and text[found.start() - 20:][:40]!r}")
        shown = sorted(x["name"] for x in service.get("/api/v1/series"))
        check(shown == sorted(f"r/{x}" for x in names), f"{shown}")
        dead = service.get("/api/v1/dead")
        check(len(dead) == len(names) and "\x1b" in dead[0]["payload"],
              "the dead messages are not whole")
        check_counters(service.wait_rest())
        service.terminate()
        text = service.log.read_text()
        check("could not be decoded" in text, "the log names no dead message")
        check(not UNSEEN.search(text), "the log is not clean")
        check(all(re.match(r"\d{4}-\d\d-\d\d ", x) for x in text.splitlines()),
              "a message has more than one line")


def check_unit():
    """The unit file's exposure, as systemd sees it."""
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        print("  skipped: systemd-analyze is not installed")
        return
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=15",
         str(ROOT / "packaging/rrdflow.service")],
        capture_output=True, text=True, timeout=60, env={
            **os.environ, "SYSTEMD_PAGER": "", "LC_ALL": "C.UTF-8"})
    overall = done.stdout.strip().splitlines()[-1:] or [done.stderr]
    print(f"  {overall[0]}")
    check(done.returncode == 0, f"the unit is exposed: {overall[0]}")


def main(_):
    check_unit()
    with Scratch("security") as folder, \
            Mosquitto(folder / "broker") as broker:
        check_token(folder, broker.address)
        check_secrets(folder, broker.address)
        check_names(folder, broker)


if __name__ == "__main__":
    run(main, argparse.ArgumentParser(description=__doc__).parse_args())
