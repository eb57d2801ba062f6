#!/usr/bin/env python3
"""Hostile configurations: credentials that are missing or readable by all, and
mistakes of all kinds. The exit code is 78, and the text says where."""

import contextlib
import time

import cases
from harness import check
from service import Rrdflow, toml
from world import RULE

BAD = 78


@contextlib.contextmanager
def world(folder):
    yield Rrdflow(folder, "tcp://127.0.0.1:1", {"rule": [RULE]})


def refused(service, text, *says):
    """`run` and `check` end with 78 and say it."""
    service.configure({}, text)
    for verb in ("check", "run"):
        begin = time.monotonic()
        shown = output(service, verb)
        check(time.monotonic() - begin < 20, f"{verb} takes too long")
        for x in says:
            check(x in shown, f"{verb} does not say {x!r}: {shown[-600:]}")


def output(service, verb, code=BAD):
    """Both streams of a verb that must end with `code`."""
    import subprocess
    done = subprocess.run(
        [service.program, verb, "-c", str(service.configuration)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        env=service.env)
    shown = done.stdout + done.stderr
    check(done.returncode == code,
          f"{verb}: exit code {done.returncode}: {shown[-600:]}")
    return shown


def base(service, **more):
    return toml({**service.base, "rule": [RULE], **more})


def case_46_credentials(service):
    password = service.folder / "password"
    token = service.folder / "token"
    for section, key, file in (("mqtt", "password_file", password),
                               ("http", "token_file", token)):
        text = base(service, **{section: {**service.base[section],
                                          key: str(file)}})
        service.configure({}, text)
        shown = output(service, "run")
        check(str(file) in shown and "No such file" in shown
              and key in shown, shown)
        file.write_text("secret\n")
        file.chmod(0o644)
        shown = output(service, "run")
        check(str(file) in shown and "chmod" in shown
              and "secret" not in shown, shown)
        file.chmod(0o600)
        file.write_text("")
        if section == "http":
            shown = output(service, "run")
            check(str(file) in shown, f"an empty token: {shown}")
        file.unlink()
        file.mkdir()
        shown = output(service, "run")
        check(str(file) in shown, f"a folder: {shown}")


def case_53_unknown_key(service):
    refused(service, base(service) + "[mqtt.tsl]\nx = 1\n", "tsl")
    refused(service, base(service, mqtt={"brokr": "x"}), ":4:", "brokr",
            "broker")
    refused(service, base(service) + "[nonsense]\nx = 1\n", "nonsense")


def case_53_wrong_type(service):
    for section, key, value in (
            ("mqtt", "qos", "one"), ("mqtt", "qos", 7),
            ("mqtt", "version", 5.5), ("cache", "flush_after", 3600),
            ("cache", "flush_after", "1 fortnight"),
            ("cache", "memory", "1GiBi"), ("limits", "series", -1),
            ("limits", "payload", "-1KiB"), ("limits", "future", True),
            ("http", "listen", "127.0.0.1:1"), ("store", "directory", 5),
            ("journal", "sync", "sometimes"), ("snapshot", "every", [1])):
        text = base(service, **{section: {**service.base.get(section, {}),
                                          key: value}})
        line = 1 + [x.split(" ")[0] for x in text.splitlines()].index(key)
        refused(service, text, f"{service.configuration}:{line}:", key)


def case_53_topic_filters(service):
    for bad in ("a#", "#/a", "a/#/b", "a+/b", "", "a\\u0000b", "$share/",
                "\\uffff"):
        text = base(service).replace('topics = ["#"]', f'topics = ["{bad}"]')
        check(f'["{bad}"]' in text, "the test is wrong")
        if bad == "\\uffff":
            # Allowed by MQTT, although not advised.
            continue
        refused(service, text, f"{service.configuration}:", "topics")


def case_53_templates_and_times(service):
    for key, bad in (("series", "{nope}"), ("series", "{0"), ("series", ""),
                     ("step", "0s"), ("heartbeat", "500ms"),
                     ("step", "1e9s"), ("format", "xml"), ("type", "gauge"),
                     ("fill", "zero"), ("sample", "median")):
        text = toml({**service.base, "rule": [{**RULE, key: bad}]})
        refused(service, text, f"{service.configuration}:", key)
    for bad in ("10s", "10s for", "RRA:AVERAGE:0.5:0:1", "1s for 1000000y",
                "RRA:AVERAGE:0.5:1:99999999999", "RRA:HWPREDICT:1:1:1:1:1"):
        text = toml({**service.base,
                     "rule": [{**RULE, "archives": [bad]}]})
        refused(service, text, f"{service.configuration}:", "archives")


def case_53_no_toml(service):
    for text in ("[store", "\0", "x = ", "= 1", "[a]\n[a]\n", "a = 'b\n",
                 "\xff", "a = 1 b = 2", "[" * 100000, "{" * 100000,
                 "a = " + "[" * 100000, 'a = "' + "x" * 1000000):
        service.configuration.write_bytes(text.encode("latin-1"))
        for verb in ("check", "run"):
            shown = output(service, verb)
            check(f"{service.configuration}:" in shown,
                  f"{text[:20]!r}: no place: {shown[:300]}")
            check(len(shown) < 5000, f"{text[:20]!r}: {len(shown)} bytes")


def case_53_very_many_rules(service):
    """Good ones, and as many mistakes: in bounded time and text."""
    rules = "".join(f'[[rule]]\nname = "r{i}"\ntopics = ["t/{i}/#"]\n'
                    for i in range(20000))
    service.configure({}, toml(service.base) + rules)
    begin = time.monotonic()
    output(service, "check", 0)
    refused(service, toml(service.base) + rules.replace("topics", "topic"),
            f"{service.configuration}:")
    check(time.monotonic() - begin < 60, "20,000 rules take too long")


def case_53_no_file(service):
    service.configuration.unlink()
    check(str(service.configuration) in output(service, "run"), "not named")
    service.configuration.mkdir()
    check(str(service.configuration) in output(service, "run"), "not named")
    service.configuration.rmdir()
    service.configure({}, base(service))


if __name__ == "__main__":
    cases.main(world)
