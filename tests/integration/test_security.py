#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""TLS and SASL work, and neither secrets nor personal data leak: not into logs, argv, topics that we write, or state."""
import hashlib
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
from harness import check, equal, wait_for  # noqa: E402

T = int(time.time() * 1000) - 2 * harness.DAY
OWNER = {"tenant": "shop", "user": "ada"}
PERSONAL = {"email": "Ada.Lovelace@mail.example", "phone": "+44 20 7946 0958", "external_id": "customer-4711", "ip": "198.51.100.7",
            "user_agent": "Curious/1.0"}
CLICK = OWNER | {"event_time": T - 60_000, "ttclid": "c1", "landing_url": "https://shop.example/?session=s3cr3t-token&ttclid=c1"}
ORDER = OWNER | {"order_id": "o1", "status": "placed", "status_time": T, "placed_at": T, "value": "10.00", "currency": "EUR",
                 "context": {**PERSONAL, "page_url": "https://shop.example/thanks?voucher=s3cr3t-voucher&utm_source=x#top"}}
CLEAR = [PERSONAL["email"], PERSONAL["email"].lower(), PERSONAL["phone"], "+442079460958", PERSONAL["external_id"], PERSONAL["ip"],
         PERSONAL["user_agent"], "s3cr3t-token", "s3cr3t-voucher"]


def secure(place, **changes):
    about = place.broker.about
    secret = os.path.join(place.dir, "password")
    with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
        f.write(about["password"] + "\n")
    place.settings["kafka"] = {"bootstrap_servers": about["secure_bootstrap"], "properties": {
        "security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": about["user"], "sasl.password": "${file:" + secret + "}",
        "ssl.ca.location": about["ca"], "session.timeout.ms": "6000", **changes}}


def everything(folder):
    for path, _, files in os.walk(folder):
        for name in files:
            with open(os.path.join(path, name), "rb") as f:
                yield os.path.join(path, name), f.read()


def test_tls_and_sasl(place):
    secure(place)
    place.create_topics()
    process = place.started()
    place.publish("clicks", [CLICK])
    place.publish("orders", [ORDER])
    place.settle()
    equal([o["outcome"] for o in place.latest().values()], ["attributed"], "through TLS")
    password = place.broker.about["password"]
    with open(f"/proc/{process.process.pid}/cmdline", "rb") as f:
        check(password.encode() not in f.read(), "the password is in argv")
    for path in ("/status", "/metrics"):
        check(password not in process.get(path)[1], f"{path} shows the password")
    printed, _ = place.call("config", "print", config=place.config())
    check(password not in printed, "config print shows the password")
    process.stop()
    check(password not in process.text(), "the log shows the password")


def test_wrong_password_says_so(place):
    secure(place, **{"sasl.password": "wrong-password"})
    process = place.start()
    wait_for(lambda: f"a word about authentication{process.tail()}",
             lambda: "uthentication" in process.text() or not process.alive, 60)
    check("uthentication" in process.text(), f"no word about authentication{process.tail()}")
    check("wrong-password" not in process.text(), "the log shows the password")


def test_unknown_authority_says_so(place):
    secure(place, **{"ssl.ca.location": "/etc/ssl/certs/ca-certificates.crt"})
    process = place.start()
    wait_for(lambda: f"a word about the certificate{process.tail()}", lambda: "certificate" in process.text().lower(), 60)


def test_personal_data_is_hashed_or_left_out(place):
    place.create_topics()
    process = place.started(log__level="debug")
    place.publish("clicks", [CLICK])
    place.publish("orders", [ORDER, ORDER | {"status": "delivered", "status_time": T + 1000}])
    place.settle()
    output = list(place.latest().values())[0]
    equal(output["context"]["email_sha256"] if "email_sha256" in output["context"] else output["context"]["email"],
          hashlib.sha256(b"ada.lovelace@mail.example").hexdigest(), "the e-mail address")
    written = {topic: b"".join((r.key or b"") + (r.value or b"") for r in place.read(topic))
               for topic in ("attributed-conversions", "attribution-credits", "dead-letters")}
    process.stop()
    written["the log"] = process.text().encode()
    written.update(everything(place.state_dir()))
    for where, data in written.items():
        for text in CLEAR:
            check(text.encode() not in data, f"{text!r} is in clear in {where}")


harness.main(__name__, __doc__, ("--secure",))
