#!/usr/bin/env python3
"""The broker: restarts with and without the session, MQTT 3.1.1, TLS with a CA
of one's own and a wrong host name, passwords, retained messages, and the
embedded one."""

import argparse
import subprocess
import time

from counters import check_counters
from harness import Mosquitto, Scratch, check, run, wait_for
from publisher import Publisher
from service import Rrdflow

RULE = {"name": "r", "topics": ["r/#"], "step": "1s",
        "archives": ["1s for 1h"]}


def send(port, topic, value="1", retain=False):
    with Publisher(port) as p:
        p.publish(topic, value, retain=retain)
        p.drain()


def check_restarts(folder, version):
    with Mosquitto(folder / f"b{version}") as broker, Rrdflow(
            folder / version, broker.address,
            {"rule": [RULE], "mqtt": {"version": version}}) as service:
        service.start()
        send(broker.port, "r/1")
        service.wait_taken(1)
        for session in (True, False):
            broker.stop()
            wait_for("it notices", lambda: not service.connected())
            body = service.http("GET", "/readyz")[1].decode()
            check("broker not connected" in body, f"/readyz: {body}")
            if not session:
                for x in broker.folder.glob("mosquitto.db*"):
                    x.unlink()
            broker.start()
            begin = time.monotonic()
            wait_for("subscribed again", service.connected, 60, 0.02)
            took = time.monotonic() - begin
            print(f"  {version}, session {session}: back after {took:.2f} s")
            check(took < 2.5, f"subscribed after {took:.1f} s")
            send(broker.port, "r/1")
            service.wait_taken(3 - session)
        check_counters(service.wait_rest())
        service.terminate()


def check_retained(folder):
    for mode, wanted in (("ignore", 0), ("accept", 1)):
        with Mosquitto(folder / f"b-{mode}") as broker, Rrdflow(
                folder / mode, broker.address,
                {"rule": [RULE], "mqtt": {"retained": mode}}) as service:
            send(broker.port, "r/old", "5", True)
            service.start()
            service.wait_taken(1)
            n = service.metrics()['samples_total{rule="r"}']
            check(n == wanted, f"retained = {mode}: {n:.0f} samples")
            check_counters(service.wait_rest())
            service.terminate()


def check_embedded(folder):
    with Rrdflow(folder / "embedded", "embedded", {"rule": [RULE]}) as service:
        service.start()
        port = int((service.store / "broker" / "port").read_text())
        send(port, "r/1")
        service.wait_taken(1)
        check("mosquitto" not in service.log.read_text().lower(),
              "the broker's log is mixed into the service's")
        check((service.store / "broker" / "mosquitto.log").exists(), "no log")
        check_counters(service.wait_rest())
        service.terminate()


def openssl(folder, *arguments):
    subprocess.run(["openssl", *map(str, arguments)], cwd=folder, check=True,
                   capture_output=True, timeout=30)


def check_tls(folder):
    tls = folder / "tls"
    tls.mkdir()
    openssl(tls, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2,
            "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(tls, "req", "-newkey", "rsa:2048", "-nodes", "-subj",
            "/CN=localhost", "-keyout", "b.key", "-out", "b.csr")
    openssl(tls, "x509", "-req", "-in", "b.csr", "-CA", "ca.pem", "-CAkey",
            "ca.key", "-CAcreateserial", "-days", 2, "-out", "b.pem")
    subprocess.run(["mosquitto_passwd", "-c", "-b", str(tls / "users"), "me",
                    "secret"], check=True, capture_output=True)
    password = tls / "password"
    password.write_text("secret\n")
    extra = (f"cafile {tls}/ca.pem\ncertfile {tls}/b.pem\n"
             f"keyfile {tls}/b.key\npassword_file {tls}/users\n")
    with Mosquitto(folder / "b-tls", extra) as broker:
        settings = {"username": "me", "password_file": str(password)}
        with Rrdflow(folder / "s-tls", f"ssl://localhost:{broker.port}", {
                "rule": [RULE], "mqtt": settings}) as service:
            text = (service.configuration.read_text()
                    + f'[mqtt.tls]\nca_file = "{tls}/ca.pem"\n')
            service.configure({}, text)
            password.chmod(0o644)
            service.verb("run", code=78)
            password.chmod(0o600)
            service.start()
            service.terminate()
            service.configure({}, text.replace("localhost", "127.0.0.1"))
            service.start(wait=False)
            wait_for("the log says TLS",
                     lambda: "TLS" in service.log.read_text())
            check(not service.connected(),
                  "a certificate for another host is good enough")
            service.terminate()


def main(_):
    with Scratch("brokers") as folder:
        check_restarts(folder, "5")
        check_restarts(folder, "3.1.1")
        check_retained(folder)
        check_embedded(folder)
        check_tls(folder)


if __name__ == "__main__":
    run(main, argparse.ArgumentParser(description=__doc__).parse_args())
