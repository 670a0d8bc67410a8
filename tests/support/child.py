# SPDX-License-Identifier: Apache-2.0
"""A program that a test runs beside itself: its output is in a file, and it can be asked, frozen, told to stop and killed."""
import signal
import subprocess


class Failed(AssertionError):
    pass


class Child:
    """`end` ends it whatever state it is in."""

    def __init__(self, name, log, command, **more):
        self.name, self.log = name, log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, **more)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    @property
    def alive(self):
        return self.process.poll() is None

    def text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def tail(self, lines=15):
        return "".join(f"\n      {self.name}: {line}" for line in self.text().splitlines()[-lines:])

    def signal(self, number):
        if self.alive:
            self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def stop(self, seconds=30):
        """SIGTERM and a clean end."""
        self.thaw()
        self.signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.end()
            raise Failed(f"{self.name} did not end within {seconds} s of SIGTERM{self.tail()}") from None
        if code != 0 or self.had_trouble():
            raise Failed(f"{self.name} ended with {code}{self.tail(40)}")

    def had_trouble(self):
        """What an end with 0 does not tell."""
        return False

    def wait_end(self, seconds=60):
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} still runs after {seconds} s{self.tail()}") from None

    def end(self):
        self.kill()
