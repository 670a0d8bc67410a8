# SPDX-License-Identifier: Apache-2.0
"""A file of what was accepted, one JSON line per event, for tests that compare after the stand-in has ended."""
import json
import threading


class Journal:
    def __init__(self, path):
        self.lock = threading.Lock()
        self.file = open(path, "ab", buffering=0) if path else None

    def write(self, call, source, source_id, events, outcomes):
        if self.file is None:
            return
        head = {"request": call.number, "at": call.now, "event_source": source, "event_source_id": source_id}
        lines = [json.dumps({**head, "outcome": outcome, "event": event}) for event, outcome in zip(events, outcomes)]
        with self.lock:
            self.file.write("".join(line + "\n" for line in lines).encode())
