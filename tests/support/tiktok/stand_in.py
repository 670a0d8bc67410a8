#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Answers as TikTok's API would, strictly and with faults on demand, for tests without a network (docs/tiktok-stand-in.md).

Prints one line with its address when it is ready, and ends on SIGTERM.
"""
import argparse
import gc
import os
import signal
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import world  # noqa: E402
from app import App  # noqa: E402
from transport import Server, tls_of  # noqa: E402

ENDING = {signal.SIGTERM, signal.SIGINT}


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", type=address, default=("127.0.0.1", 0), metavar="HOST:PORT", help="port 0: any free one")
    parser.add_argument("--world", default=os.path.join(HERE, "world.json"), metavar="FILE", help="who exists; default: an invented world")
    parser.add_argument("--seed", type=int, default=1, help="of all that varies in replies")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    parser.add_argument("--journal", metavar="FILE", help="append each accepted event as a line of JSON")
    parser.add_argument("--end-with", type=int, metavar="PID", help="end when this parent process has ended")
    return parser.parse_args()


def wait_for_the_end(parent):
    """A signal is waited for and not handled: a handler that sets an event can meet its own thread inside that event's lock."""
    while parent is None or os.getppid() == parent:
        signalled = signal.sigtimedwait(ENDING, 0.5)
        if signalled is not None and signalled.si_signo in ENDING:  # a stop and a continue give one of nothing
            return


def main():
    args = arguments()
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)  # before there are threads, which inherit it
    gc.set_threshold(100_000, 20, 100)  # events are kept for long and hold no cycles
    try:
        server = Server(args.listen, App(world.load(args.world), args.seed, args.journal), tls_of(*args.tls) if args.tls else None)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"stand_in: {type(error).__name__}: {error}")
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    host, port = server.server_address[:2]
    print(f"listening on {'https' if args.tls else 'http'}://{host}:{port}", flush=True)
    wait_for_the_end(args.end_with)
    server.ending.set()
    server.shutdown()
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
