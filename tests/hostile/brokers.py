#!/usr/bin/env python3
"""Hostile brokers: garbage, half packets, refusals, silence, and another
client with the same name."""

import contextlib
import time

import cases
from counters import total
from cases import at_once
from harness import Failure, Mosquitto, check, wait_for
from publisher import topic_matches
from raw_broker import (CONNACK, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, RawBroker,
                        packet, text)
from service import Rrdflow
from world import RULE, World


@contextlib.contextmanager
def world(folder):
    """Each case has a broker of its own."""
    yield folder


def case_42_two_of_one_name(folder):
    """They throw each other out, ever more rarely, and say why."""
    with contextlib.ExitStack() as stack:
        services = {}
        for version in ("5", "3.1.1"):
            broker = stack.enter_context(Mosquitto(folder / f"42-{version}"))
            for i in (1, 2):
                x = stack.enter_context(Rrdflow(
                    folder / f"42-{version}-{i}", broker.address, {
                        "rule": [RULE], "mqtt": {"version": version,
                                                 "client_id": "logger"}}))
                x.start(wait=False)
                services[version, i] = x
        time.sleep(6.5)
        for (version, _), x in services.items():
            wait_for("it answers", lambda: x.http("GET", "/healthz"))
            log = x.log.read_text()
            n = total(x.metrics(), "mqtt_reconnects_total")
            check(n < 25, f"{version}: {n:.0f} connections in 7 s")
            why = "another client" in log
            # With MQTT 5 the one that is tried more rarely may win at once.
            check(why or n < 3, f"{version}: the log does not say why:\n{log}")
            check(len(log.splitlines()) < 40, f"{version}: much ado:\n{log}")
        for version in ("5", "3.1.1"):
            services[version, 2].terminate()
        # Some seconds later it is calm.
        for version in ("5", "3.1.1"):
            wait_for("the other one is subscribed", lambda: total(
                services[version, 1].metrics(), "mqtt_connected") == 1)
            services[version, 1].terminate()


def recovers(w, broker, taken, connects):
    """It comes back, and a message after that is stored."""
    broker.wait_client(connects + 1)
    broker.send(broker.publish_packet("calm", '{"v": 1}', 9))
    m = w.settled(taken + 1)
    check(total(m, "messages_decoded_total") == taken + 1, "not decoded")


GARBAGE = {
    "zeros": b"\0" * 100,
    "ones": b"\xff" * 100,
    "no such kind": b"\xf0\x02ab",
    "an endless length": b"\x30\xff\xff\xff\xff\xff\xff\xff",
    "a length of 256 MB": b"\x30\xff\xff\xff\x7f",
    "text": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "a topic beyond its packet": packet(PUBLISH, b"\xff\xffab\0\1", 2),
    "a publish of nothing": packet(PUBLISH, b"", 2),
    "QoS 3": packet(PUBLISH, text("a") + b"\0\1\0x", 6),
    "no properties": packet(PUBLISH, text("a") + b"\0\1", 2),
    "properties beyond their packet":
        packet(PUBLISH, text("a") + b"\0\1\xff\xff\xff\x7fx", 2),
    "unknown properties": packet(PUBLISH, text("a") + b"\0\1\5\x7f\1\2\3\4x",
                                 2),
    "a second CONNACK": packet(CONNACK, b"\0\0\0"),
    "an acknowledgement of nothing": b"\x40\x02\x12\x34",
    "a SUBACK of nothing": b"\x90\x04\x12\x34\0\0",
}


def sections(version, rule=RULE):
    return {"rule": [rule],
            "mqtt": {"version": "5" if version == 5 else "3.1.1"}}


def send_garbage(folder, version, names):
    with RawBroker(version) as broker, World(
            folder, sections(version), broker=broker) as w:
        broker.wait_client()
        for i, name in enumerate(names):
            broker.send_last(GARBAGE[name])
            time.sleep(0.05)
            broker.drop()
            before = total(w.service.metrics(), "messages_taken_total")
            try:
                recovers(w, broker, before, i + 1)
            except Failure as e:
                raise Failure(f"after {name}, version {version}: {e}")


def case_44_garbage(folder):
    """Each ends with the connection closed in its middle."""
    jobs = []
    for version in (5, 4):
        names = [x for x in GARBAGE if version == 5 or "propert" not in x]
        jobs += [(folder / f"44-{version}-{i}", version, names[i:i + 2])
                 for i in range(0, len(names), 2)]
    at_once(send_garbage, jobs)


def cut(folder, place):
    """Closes in the middle of a message."""
    with RawBroker() as broker, World(folder, broker=broker) as w:
        broker.wait_client()
        broker.send_last(message(broker)[:place])
        time.sleep(0.01)
        broker.drop()
        broker.wait_client(2)
        m = w.service.metrics()
        check(total(m, "messages_taken_total") == 0, "half a message is taken")
        broker.send(message(broker))
        w.settled(1)


def message(broker):
    return broker.publish_packet("mid", '{"v": 1}', 5)


def case_44_in_mid_packet(folder):
    """Taken whole or not at all."""
    with RawBroker() as broker:
        places = range(1, len(message(broker)), 2)
    at_once(cut, [(folder / f"44-mid-{x}", x) for x in places])


def refuse_subscription(folder, version, code):
    rule = {**RULE, "topics": ["secret/#", "open/#"]}
    with RawBroker(version, suback=lambda x: code if x == b"secret/#"
                   else 1) as broker, World(
            folder, sections(version, rule), broker=broker) as w:
        w.says("refuses the subscription secret/#")
        m = w.service.metrics()
        check(m["mqtt_subscriptions_refused_total"] == 1, "no alarm")
        w.send(("open/x", '{"v": 1}'), by=broker.publish)


def case_44_refused_subscription(folder):
    at_once(refuse_subscription, [
        (folder / f"44-suback-{v}-{code}", v, code)
        for v, code in ((5, 0x87), (5, 0x80), (4, 0x80))])


def copy_for_each_filter(folder, refused):
    """Returns what was asked for in the order of the questions."""
    topics = ["s/+/x", "s/#"]
    with RawBroker(4, suback=lambda x: 0x80 if x in refused else 1) as broker, \
            World(folder, sections(4, {**RULE, "topics": topics}),
                  broker=broker) as w:
        # An earlier version may have left it.
        wait_for("it is subscribed", lambda: any(
            x in broker.filters for x in topics))
        wait_for("the other one is settled", lambda: len(
            [x for x in broker.asked if x[1] in topics]) >= 2)
        copies = sum(topic_matches(x, "s/1/x") for x in broker.filters)
        w.send(*[("s/1/x", '{"v": 1}')] * copies, by=broker.publish)
        check(copies == 1, f"the broker sends {copies} copies")
        return [x for x in broker.asked if x[1] in topics]


def case_44_copy_for_each_filter(folder):
    """MQTT 3.1.1 says not whose copy a message is: each must come once."""
    asked = copy_for_each_filter(folder / "44-copies", ())
    check(asked == [(SUBSCRIBE, "s/#"), (UNSUBSCRIBE, "s/+/x")],
          f"asked for {asked}")
    asked = copy_for_each_filter(folder / "44-copies-refused", (b"s/#",))
    check((SUBSCRIBE, "s/+/x") in asked
          and (UNSUBSCRIBE, "s/+/x") not in asked, f"asked for {asked}")


def refuse_connection(folder, version, connack):
    with RawBroker(version, connack=connack) as broker, Rrdflow(
            folder, broker.address, sections(version)) as x:
        x.start(wait=False)
        wait_for("it is refused", lambda:
                 "refuses the connection: Not authorized"
                 in x.log.read_text())
        time.sleep(1.5)
        check(broker.connects <= 3, f"{broker.connects} attempts")
        check(x.http("GET", "/readyz")[0] == 503, "/readyz says yes")
        broker.connack = None
        wait_for("it is ready", x.ready)
        x.terminate()


def case_44_refused_connection(folder):
    """It is asked ever more rarely; then it may change its mind."""
    at_once(refuse_connection, [
        (folder / "44-connack-5", 5, packet(CONNACK, b"\0\x87\0")),
        (folder / "44-connack-4", 4, packet(CONNACK, b"\0\5"))])


def case_44_silence(folder):
    """No answer to CONNECT: it can be stopped all the same."""
    with RawBroker(connack=b"") as broker, Rrdflow(
            folder / "44-silence", broker.address, {"rule": [RULE]}) as x:
        x.start(wait=False)
        wait_for("it connects", lambda: broker.connects > 0)
        body = x.http("GET", "/readyz")[1].decode()
        check("broker not connected" in body, f"/readyz: {body}")
        begin = time.monotonic()
        x.terminate()
        took = time.monotonic() - begin
        check(took < 8, f"SIGTERM took {took:.1f} s")


if __name__ == "__main__":
    cases.main(world)
