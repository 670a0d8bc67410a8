# SPDX-License-Identifier: Apache-2.0
"""Workloads by name: bench/workloads/NAME.yaml, whose settings are those of bench_kafka, and the configuration of ours that goes with them."""
import os
import subprocess
import sys

import yaml

from runner import BUILD, ROOT

FOLDER = os.path.join(ROOT, "bench", "workloads")
CONFIG = """run: {run}
kafka: {{bootstrap_servers: {bootstrap}}}
topics: {{clicks: {clicks}, orders: {orders}, attributed_conversions: {outputs}, attribution_credits: {deltas}}}
topic_defaults: {{partitions: {partitions}, replication_factor: 1}}
state: {{directory: {state}, memory: {memory}}}
attribution: {{workers: {workers}, commit_interval: {interval}}}
admin: {{listen: 127.0.0.1:0}}
tenants:
"""
TENANT = """  - id: {id}
    max_lookback: 7d
    goals:
      - {{name: purchase, source: orders, lookback: 7d, model: participation}}
"""


def names():
    return sorted(name.removesuffix(".yaml") for name in os.listdir(FOLDER) if name.endswith(".yaml"))


class Workload:
    def __init__(self, name, scale=1.0, **changes):
        with open(os.path.join(FOLDER, f"{name}.yaml"), encoding="utf-8") as text:
            self.settings = yaml.safe_load(text)
        self.name = name
        self.settings.update({key: value for key, value in changes.items() if value is not None})
        for key in ("clicks", "orders"):
            self.settings[key] = max(1, int(self.settings[key] * scale))

    @property
    def clicks(self):
        return self.settings["clicks"]

    @property
    def events(self):
        return self.settings["clicks"] + self.settings["orders"]

    @property
    def span_ms(self):
        return self.settings.get("span_ms", 7 * 86400 * 1000)

    def tenants(self):
        count = self.settings.get("tenants", 1)
        return ["bench"] if count == 1 else [f"bench-{i}" for i in range(count)]

    def arguments(self, **more):
        return [f"{key}={value}" for key, value in {**self.settings, **more}.items()]

    def preload(self, bootstrap, **more):
        subprocess.run([f"{BUILD}/bench_kafka", "preload", bootstrap, *self.arguments(**more)], check=True)

    def verify(self, bootstrap, quiet=False, **more):
        """Ends the program when the totals are wrong: then there is no figure."""
        done = subprocess.run([f"{BUILD}/bench_kafka", "verify", bootstrap, *self.arguments(**more)], stdout=subprocess.PIPE, text=True, check=False)
        if not quiet or done.returncode != 0:
            print(done.stdout, end="", flush=True)
        if done.returncode != 0:
            sys.exit(f"workload {self.name}: what came out is wrong, so there is no figure")


def write_config(path, workload, **values):
    settings = {"run": "bench", "clicks": "clicks", "orders": "orders", "outputs": "attributed-conversions", "deltas": "attribution-credits",
                "partitions": 4, "memory": "1GiB", "workers": 1, "interval": "500ms", **values}
    with open(path, "w", encoding="utf-8") as out:
        out.write(CONFIG.format(**settings))
        out.writelines(TENANT.format(id=tenant) for tenant in workload.tenants())
    return path
