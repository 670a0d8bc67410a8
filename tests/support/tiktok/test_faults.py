#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Transport and faults: requests are read strictly, replies vary in form alone, and each fault looks on the wire as it is called."""
import http.client
import json
import os
import select
import socket
import ssl
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from tiktok.client import PROGRAM, TRACK, Failed, StandIn, stand_in_of_file  # noqa: E402

UNKNOWN = "/open_api/v1.3/no/such/path/"


def setUpModule():
    global tiktok
    tiktok = stand_in_of_file()


def body(event_id="e"):
    return json.dumps({"event_source": "web", "event_source_id": "C4EXAMPLE0PIXEL0CODE",
                       "data": [{"event": "Purchase", "event_time": int(time.time()), "event_id": event_id}]}).encode()


def raw(*parts, server=None):
    """All that comes back for these bytes, and whether the connection ended with a reset. `server`: another one, with TLS."""
    host, _, port = (server or tiktok).address.rpartition(":")
    got = b""
    with socket.create_connection((host, int(port)), timeout=10) as s:
        try:
            with ssl._create_unverified_context().wrap_socket(s) if server else s as stream:
                for part in parts:
                    stream.sendall(part)
                while piece := stream.recv(65_536):
                    got += piece
                return got, False
        except (ConnectionResetError, BrokenPipeError):
            return got, True


def post(content, *headers, path=TRACK, length=True):
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", f"Access-Token: {tiktok.token('both')}",
             "Connection: close", *headers, *([f"Content-Length: {len(content)}"] if length else [])]
    return "\r\n".join(lines + ["", ""]).encode() + content


class Case(unittest.TestCase):
    def setUp(self):
        tiktok.reset()
        tiktok.switch(app_per_second=None, advertiser_per_second=None)

    def counted(self):
        return tiktok.counters()["accepted"]


class Transport(Case):
    def test_chunked_bodies_and_any_case_of_header_names(self):
        content = body()
        chunks = b"%x\r\n%s\r\n%x;ext=1\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (10, content[:10], len(content) - 10, content[10:])
        got, _ = raw(post(chunks, "TRANSFER-ENCODING: chunked", length=False).replace(b"Access-Token", b"aCCESS-tOKEN"))
        self.assertIn(b'"code": 0', got)
        self.assertEqual(tiktok.requests(bodies=1)[0]["body"], content.decode())

    def test_it_asks_for_a_body_that_waits_to_be_asked_for(self):
        head, content = post(body(), "Expect: 100-continue").split(b"\r\n\r\n", 1)
        got, _ = raw(head + b"\r\n\r\n", content)
        self.assertTrue(got.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), got)

    def test_what_is_no_http_gets_a_400(self):
        for wrong in (b"POST /x\r\n\r\n", b"POST http://x/ HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\nHost: x\n\n",
                      b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
                      post(b"{}", "Content-Length: 3"),
                      post(b"0\r\n\r\n", "Transfer-Encoding: chunked"), post(b"zz\r\n", "Transfer-Encoding: chunked", length=False),
                      post(b"{}", "Access-Token: again"), post(b"", "Content-Length: -1", length=False),
                      b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101):
            got, _ = raw(wrong)
            self.assertTrue(got.startswith(b"HTTP/1.1 400 "), (wrong, got))
        self.assertEqual(tiktok.counters()["malformed"], 12)

    def test_one_connection_serves_many_requests_until_a_switch_ends_it(self):
        connection = tiktok.connect()
        for _ in range(5):
            self.assertEqual(tiktok.call(TRACK, body(), connection=connection)[1]["code"], 0)
        self.assertEqual(len({r["connection"] for r in tiktok.requests()}), 1)
        connection.close()
        tiktok.switch(keep_alive_requests=2, keep_alive_idle_ms=50)
        connection = tiktok.connect()
        self.assertEqual([tiktok.call(TRACK, body(), connection=connection)[2]["Connection"] for _ in range(2)], ["keep-alive", "close"])
        connection.close()
        connection = tiktok.connect()
        tiktok.call(TRACK, body(), connection=connection)
        self.assertEqual(connection.sock.recv(1), b"", "closed when idle")
        connection.close()

    def test_many_clients_at_once_are_counted_exactly(self):
        def client(_):
            connection = tiktok.connect()
            codes = [tiktok.call(TRACK, body(f"same-{i}"), connection=connection)[1]["code"] for i in range(50)]
            connection.close()
            return codes
        with ThreadPoolExecutor(4) as pool:
            self.assertEqual(list(pool.map(client, range(4))), [[0] * 50] * 4)
        counters = tiktok.counters()
        self.assertEqual((counters["accepted"], counters["duplicate"], counters["requests"], counters["errors"]), (50, 150, 200, 0))
        self.assertEqual([r["number"] for r in tiktok.requests()], list(range(200)))

    def test_replies_vary_in_form_and_not_in_content(self):
        seen = set()
        for _ in range(60):
            got, _ = raw(post(body(), "Accept-Encoding: gzip"))
            head = got.split(b"\r\n\r\n")[0]
            seen |= {word for word in (b"Content-Length", b"Transfer-Encoding", b"content-length", b"transfer-encoding", b"X-Tt-Logid",
                                       b"Content-Encoding") if word in head}
        self.assertEqual(len(seen), 6, seen)
        self.assertEqual({tiktok.call(TRACK, body())[1]["message"] for _ in range(20)}, {"OK"})
        tiktok.switch(framing="length", gzip="never", header_case="usual")
        for _ in range(20):
            got, _ = raw(post(body(), "Accept-Encoding: gzip"))
            self.assertIn(b"\r\nContent-Length: %d\r\n" % len(got.split(b"\r\n\r\n", 1)[1]), got)

    def test_the_envelope(self):
        tiktok.set_clock(1_784_709_895)
        said = [tiktok.call(TRACK, body())[1] for _ in range(50)]
        self.assertEqual({tuple(s) for s in said}, {("code", "message", "request_id", "data")})
        self.assertEqual(len({s["request_id"] for s in said}), 50)
        for s in said:
            self.assertRegex(s["request_id"], r"^20260722084455[0-9A-F]{20}$")

    def test_new_fields_come_at_every_level(self):
        tiktok.switch(unknown_fields=True, partial="failed_events")
        said = tiktok.track([{}])
        self.assertIn("new_field", said)
        self.assertIn("new_field", said["data"])
        self.assertIn("new_field", said["data"]["failed_events"][0])

    def test_paths_are_exact(self):
        for path, method in ((TRACK[:-1], "POST"), (UNKNOWN, "POST"), (TRACK, "GET"), (TRACK.upper(), "POST"), ("/", "GET")):
            status, said, _ = tiktok.call(path, body() if method == "POST" else None, method=method)
            self.assertEqual((status, said["code"]), (200, 40400), path)
        tiktok.switch(unknown_path_404=True, wrong_method_405=True)
        self.assertEqual([tiktok.call(path, None, method="GET")[0] for path in (UNKNOWN, TRACK)], [404, 405])

    def test_real_statuses_have_the_same_body(self):
        tiktok.switch(real_status=True)
        self.assertEqual(tiktok.call(TRACK, body())[0], 200)
        for token, headers, status, code in ((None, {}, 401, 40104), (None, {"Access-Token": "x"}, 401, 40105),
                                             ("both", {"Content-Type": "x"}, 400, 40002)):
            got = tiktok.call(TRACK, body(), token, headers)
            self.assertEqual((got[0], got[1]["code"]), (status, code))
        for code, status in ((40100, 429), (40133, 429), (40001, 403), (50000, 500), (61000, 429)):
            tiktok.fault({"do": "code", "code": code})
            got = tiktok.call(TRACK, body())
            self.assertEqual((got[0], got[1]["code"]), (status, code))

    def test_tls(self):
        key, certificate = os.path.join(tiktok.directory, "key"), os.path.join(tiktok.directory, "certificate")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                        "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        with StandIn(tiktok.directory, name="tls", options=("--tls", certificate, key)) as secure:
            self.assertEqual(secure.call(TRACK, body())[1]["code"], 0)
            secure.fault({"do": "reset_before", "processed": True}, {"do": "reset_during", "first": 2, "processed": True})
            self.assertEqual(raw(post(body("t")), server=secure)[0], b"")
            got, _ = raw(post(body("u")), server=secure)
            self.assertTrue(got.startswith(b"HTTP/1.1 200"))
            self.assertNotIn(b'"data"', got)
            self.assertEqual(secure.counters()["accepted"], 3)
            secure.stop()


class Script(Case):
    def wire(self, fault):
        """What one request sees under the fault, with replies of the plainest form."""
        tiktok.switch(framing="length", gzip="never", header_case="usual")
        tiktok.fault(fault)
        got, reset = raw(post(body(fault["do"] + str(fault.get("processed")))))
        head, _, rest = got.partition(b"\r\n\r\n")
        length = [int(line.split()[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")]
        return head.split(b"\r\n")[0], length[0] if length else None, rest, reset

    def test_each_kind_on_the_wire_processed_or_not(self):
        for processed in (False, True):
            before = self.counted()
            done = {"processed": processed}
            self.assertEqual(self.wire({"do": "reset_before", **done}), (b"", None, b"", True))
            line, length, rest, reset = self.wire({"do": "reset_during", **done})
            self.assertEqual((line, len(rest), reset), (b"HTTP/1.1 200 OK", length // 2, True))
            line, length, rest, reset = self.wire({"do": "reset_after", **done})
            self.assertEqual((line, len(rest), reset, json.loads(rest)["code"]),
                             (b"HTTP/1.1 200 OK", length, True, 0 if processed else 50002))
            line, length, rest, reset = self.wire({"do": "short_body", **done})
            self.assertEqual((line, len(rest), reset), (b"HTTP/1.1 200 OK", length // 2, False))
            line, length, rest, reset = self.wire({"do": "truncated", **done})
            self.assertEqual((len(rest), reset), (length, False))
            self.assertRaises(ValueError, json.loads, rest)
            self.assertEqual(self.wire({"do": "empty", **done}), (b"HTTP/1.1 200 OK", 0, b"", False))
            for status in (502, 504):
                line, _, rest, _ = self.wire({"do": "html", "status": status, **done})
                self.assertIn(f"HTTP/1.1 {status} ".encode(), line)
                self.assertIn(f"<h1>{status} ".encode(), rest)
            self.assertNotIn("code", json.loads(self.wire({"do": "no_code", **done})[2]))
            self.assertRaises(ValueError, json.loads, self.wire({"do": "not_json", **done})[2])
            line, _, rest, _ = self.wire({"do": "status", "status": 503, "code": 50002, **done})
            self.assertEqual((line, json.loads(rest)["code"]), (b"HTTP/1.1 503 Service Unavailable", 50002))
            for code in (40016, 40100, 40132, 40133, 40200, 40202, 40700, 50000, 50002, 51001, 51010, 51039, 60001, 61000, 40105, 20001):
                said = json.loads(self.wire({"do": "code", "code": code, **done})[2])
                self.assertEqual((said["code"], said["message"] != "Error."), (code, True))
            self.assertEqual(self.counted() - before, 11 if processed else 0)

    def test_reset_request_comes_before_the_body_is_read(self):
        tiktok.fault({"do": "reset_request"})
        head = post(body()).split(b"\r\n\r\n")[0] + b"\r\n\r\n"
        self.assertEqual(raw(head), (b"", True))
        self.assertEqual((self.counted(), tiktok.requests()[0]["body_bytes"]), (0, None))

    def test_a_delay_may_lose_the_reply_of_a_processed_request(self):
        for processed in (True, False):
            tiktok.fault({"do": "delay", "delay_ms": 300, "processed": processed})
            connection = tiktok.connect(0.1)
            self.assertRaises(TimeoutError, tiktok.call, TRACK, body(f"slow-{processed}"), connection=connection)
            connection.close()
        self.assertEqual([e["event_id"] for e in tiktok.events()], ["slow-True"])
        self.assertEqual(tiktok.call(TRACK, body("slow-True"))[1]["code"], 0)
        self.assertEqual(tiktok.counters()["duplicate"], 1)
        tiktok.fault({"do": "delay", "delay_ms": 50, "processed": False})
        self.assertEqual(tiktok.call(TRACK, body())[1]["code"], 50002)

    def test_a_body_that_drips_comes_whole_in_the_end(self):
        tiktok.fault({"do": "drip", "delay_ms": 200})
        began = time.monotonic()
        self.assertEqual(tiktok.call(TRACK, body())[1]["code"], 0)
        self.assertGreater(time.monotonic() - began, 0.19)

    def test_the_script_chooses_requests_by_path_order_and_content(self):
        tiktok.fault({"do": "code", "code": 50000, "path": TRACK, "first": 2, "count": 2},
                     {"do": "code", "code": 40100, "body_contains": "poison", "count": None},
                     {"do": "html", "path": UNKNOWN})
        said = [tiktok.call(TRACK, body(e))[1]["code"] for e in ("a", "b", "c", "d", "poison", "poison")]
        self.assertEqual(said, [0, 50000, 50000, 0, 40100, 40100])
        self.assertEqual(tiktok.call(UNKNOWN, b"{}")[0], 502)
        self.assertEqual([(f["seen"], f["given"]) for f in tiktok.control("GET", "faults")], [(6, 2), (2, 2), (1, 1)])
        self.assertEqual([(r["fault"], r["processed"], r["code"]) for r in tiktok.requests(path=TRACK)][:3],
                         [(None, True, 0), ("code", False, None), ("code", False, None)])
        self.assertEqual(tiktok.counters()["faults"], {"code": 4, "html": 1})
        tiktok.calm()
        self.assertEqual(tiktok.call(TRACK, body("poison"))[1]["code"], 0)

    def test_a_wrong_script_says_what_is_wrong(self):
        for wrong in ({"do": "explode"}, {"do": "code", "cod": 1}, {"do": "reset_request", "body_contains": "x"}):
            self.assertRaisesRegex(Failed, "a fault has|reset_request", tiktok.fault, wrong)
        self.assertRaisesRegex(Failed, "more than 1", tiktok.storm, {"empty": 0.6, "code:50000": 0.6})
        self.assertRaisesRegex(Failed, "does one of", tiktok.storm, {"hurricane": 0.1})


class Weather(Case):
    FAULTS = {"reset_before": 0.1, "reset_after": 0.1, "code:50000": 0.2, "html:504": 0.1, "empty": 0.1}

    def results(self, count):
        found = []
        for i in range(count):
            try:
                status, said, _ = tiktok.call(TRACK, body(str(i)))
                found.append(f"{status} {said['code'] if isinstance(said, dict) else len(said)}")
            except (OSError, http.client.HTTPException) as error:
                found.append(type(error).__name__)
        return found

    def test_a_storm_is_a_function_of_its_seed(self):
        runs = []
        for seed in (7, 7, 8):
            tiktok.reset()
            tiktok.switch(app_per_second=None, advertiser_per_second=None)
            tiktok.storm(self.FAULTS, seed=seed)
            results = self.results(60)
            runs.append((results, [e["event_id"] for e in tiktok.events()], tiktok.control("GET", "storm", preview=60)["preview"]))
            log = [r["fault"] for r in tiktok.requests()]
            self.assertEqual(log, [p and p[0] for p in runs[-1][2]])
        self.assertEqual(runs[0][1:], runs[1][1:])
        self.assertNotEqual(runs[0][1:], runs[2][1:])
        kinds = {p and p[0] for p in runs[0][2]}
        self.assertEqual(kinds, {None, "reset_before", "reset_after", "code", "html", "empty"})

    def test_a_storm_processes_as_often_as_it_says_and_passes(self):
        for processed, accepted in ((0, 0), (1, 20)):
            tiktok.reset()
            tiktok.switch(app_per_second=None, advertiser_per_second=None)
            tiktok.storm({"code:50000": 1}, processed=processed, first=3, count=20)
            self.assertEqual(self.results(25), ["200 0"] * 2 + ["200 50000"] * 20 + ["200 0"] * 3)
            self.assertEqual(self.counted(), accepted + 5)


class Process(unittest.TestCase):
    def test_it_ends_on_sigterm_with_connections_open_and_delays_under_way(self):
        with StandIn(tiktok.directory, name="ended") as one:
            one.fault({"do": "delay", "delay_ms": 60_000})
            connection = one.connect()
            connection.request("POST", TRACK, body(), {"Access-Token": one.token("both"), "Content-Type": "application/json"})
            began = time.monotonic()
            one.stop()
            self.assertLess(time.monotonic() - began, 3)
            connection.close()

    def test_it_ends_with_its_parent(self):
        shell = subprocess.Popen(["sh", "-c", f"{sys.executable} -B {PROGRAM} --end-with $$ & wait"], stdout=subprocess.PIPE)
        with shell.stdout as output:
            self.assertIn(b"listening on ", output.readline())
            time.sleep(0.7)
            self.assertFalse(select.select([output], [], [], 0)[0], "it lives while its parent does")
            shell.kill()
            shell.wait()
            self.assertTrue(select.select([output], [], [], 5)[0], "it lives after its parent")
            self.assertEqual(output.read(), b"")

    def test_it_says_why_it_does_not_start(self):
        with self.assertRaisesRegex(Failed, "does not exist"):
            StandIn(tiktok.directory, {"tokens": [{"name": "x", "token": "x", "app_id": "1", "advertisers": []}]}, name="wrong")
        with self.assertRaisesRegex(Failed, "Address already in use"):
            StandIn(tiktok.directory, name="second", listen=tiktok.address)


if __name__ == "__main__":
    unittest.main()
