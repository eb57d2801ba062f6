#!/usr/bin/env python3
"""Hostile TLS: certificates that are no good. The service refuses, says why,
and sends nothing."""

import contextlib
import subprocess

import cases
from counters import total
from harness import Mosquitto, check, wait_for
from publisher import Publisher
from service import Rrdflow, merged, toml
from world import RULE


class Authority:
    """Makes certificates in a folder."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        for name in ("ca", "other"):
            self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes",
                          "-days", 2, "-subj", f"/CN=test {name}", "-keyout",
                          f"{name}.key", "-out", f"{name}.pem")

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *map(str, arguments)],
                              cwd=self.folder, capture_output=True, text=True,
                              timeout=60)
        check(done.returncode == 0, f"openssl {arguments[0]}: {done.stderr}")

    def certificate(self, name, host, by="ca", begin="-1 day", end="+1 day"):
        """NAME.pem and NAME.key; times as `date -d` reads them."""
        def at(x):
            return subprocess.run(
                ["date", "-u", "-d", x, "+%Y%m%d%H%M%SZ"], check=True,
                capture_output=True, text=True).stdout.strip()
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj",
                      f"/CN={host}", "-keyout", f"{name}.key", "-out",
                      f"{name}.csr")
        (self.folder / "ext").write_text(f"subjectAltName=DNS:{host}\n")
        (self.folder / "index").write_text("")
        (self.folder / "ca.conf").write_text(
            "[ca]\ndefault_ca=x\n[x]\nnew_certs_dir=.\ndatabase=index\n"
            "rand_serial=yes\ndefault_md=sha256\npolicy=p\n"
            "[p]\ncommonName=supplied\n")
        self._openssl("ca", "-batch", "-notext", "-config", "ca.conf", "-cert",
                      f"{by}.pem", "-keyfile", f"{by}.key", "-in",
                      f"{name}.csr", "-out", f"{name}.pem", "-startdate",
                      at(begin), "-enddate", at(end), "-extfile", "ext")
        return name

    def path(self, name):
        return str(self.folder / name)


@contextlib.contextmanager
def world(folder):
    yield Authority(folder / "tls")


def attempt(authority, name, certificate, reason, extra="", tls=None,
            scheme="ssl"):
    """Starts a service against a broker that shows this certificate; it must
    not connect and must say `reason`. None: it must connect."""
    folder = authority.folder.parent / name
    extra = (f"cafile {authority.path('ca.pem')}\n"
             f"certfile {authority.path(certificate + '.pem')}\n"
             f"keyfile {authority.path(certificate + '.key')}\n{extra}")
    with Mosquitto(folder / "broker", extra) as broker, Rrdflow(
            folder, f"{scheme}://localhost:{broker.port}") as x:
        settings = {"ca_file": authority.path("ca.pem"), **(tls or {})}
        x.configure({}, toml(merged(x.base, {"rule": [RULE]}))
                    + toml({"mqtt.tls": settings}))
        x.start(wait=False)
        if reason is None:
            wait_for("ready", x.ready)
        else:
            def said():
                return [y for y in x.log.read_text().splitlines()
                        if "mqtt:" in y]
            wait_for(f"the log says {reason!r}",
                     lambda: any(reason in y for y in said()))
            check(total(x.metrics(), "mqtt_connected") == 0, "connected")
            body = x.http("GET", "/readyz")[1].decode()
            check("broker not connected" in body, f"/readyz: {body}")
            lines = said()
            check(len(lines) < 4, f"much ado: {lines}")
            check(f"localhost:{broker.port}" in lines[0],
                  f"the log does not name the broker: {lines}")
            print("  " + lines[0].split(" ", 2)[2])
        x.terminate()


def case_45_good(authority):
    """The rest would prove nothing without it."""
    attempt(authority, "good", authority.certificate("good", "localhost"),
            None)


def case_45_expired(authority):
    attempt(authority, "expired", authority.certificate(
        "expired", "localhost", begin="-3 days", end="-1 day"), "expired")


def case_45_not_yet_valid(authority):
    attempt(authority, "early", authority.certificate(
        "early", "localhost", begin="+1 day", end="+3 days"), "not yet valid")


def case_45_wrong_host(authority):
    attempt(authority, "host", authority.certificate(
        "host", "evil.example.org"), "certificate is not for localhost")


def case_45_wrong_authority(authority):
    attempt(authority, "authority", authority.certificate(
        "authority", "localhost", by="other"),
            "unable to get local issuer certificate")


def case_45_no_client_certificate(authority):
    demand = "require_certificate true\n"
    name = authority.certificate("strict", "localhost")
    attempt(authority, "client-none", name, "certificate required", demand)
    mine = authority.certificate("mine", "logger")
    attempt(authority, "client-good", name, None, demand, {
        "certificate_file": authority.path(mine + ".pem"),
        "key_file": authority.path(mine + ".key")})


def case_45_no_tls_at_all(authority):
    """A broker that speaks plainly, and the other way round."""
    folder = authority.folder.parent / "plain"
    with Mosquitto(folder / "broker") as broker, Rrdflow(
            folder, f"ssl://localhost:{broker.port}", {"rule": [RULE]}) as x:
        x.start(wait=False)
        wait_for("the log says why",
                 lambda: "does it speak TLS?" in x.log.read_text())
        check(total(x.metrics(), "mqtt_connected") == 0, "connected")
        with Publisher(broker.port) as p:
            p.publish("a", "1")
        x.terminate()


if __name__ == "__main__":
    cases.main(world)
