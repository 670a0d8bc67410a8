#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What deploy/ promises a cluster is what the program does: paths, users, names, limits, alerts. No broker and no Kubernetes needed."""
import base64
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import yaml  # noqa: E402
from harness import LOOKBACK, ROOT, check, equal, wait_for  # noqa: E402

K8S = os.path.join(ROOT, "deploy", "k8s")
OVERLAYS = ("dev", "prod")
ROLES = ("attribution", "events-sink", "spend-ingest")
PAGES = ("/livez", "/readyz", "/metrics")
UNITS = {"Mi": 1 << 20, "Gi": 1 << 30, "MiB": 1 << 20, "GiB": 1 << 30}


class Directory:
    """Where a test writes, as harness.Lookback wants it."""

    def __init__(self, path):
        self.dir = path


def text_of(*path):
    with open(os.path.join(ROOT, *path)) as f:
        return f.read()


def load(*path):
    return yaml.safe_load(text_of("deploy", "k8s", *path))


def manifests():
    return [load("base", name) for name in load("base", "kustomization.yaml")["resources"]]


def base(kind, name=None):
    found = [m for m in manifests() if m["kind"] == kind and name in (None, m["metadata"]["name"])]
    equal(len(found), 1, f"manifests of kind {kind}" + (f" named {name}" if name else ""))
    return found[0]


def pod_of(manifest):
    return manifest["spec"]["template"]["spec"]


def container_of(manifest):
    equal(len(pod_of(manifest)["containers"]), 1, "containers")
    return pod_of(manifest)["containers"][0]


def bytes_of(text):
    number, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()
    return int(number) * UNITS[unit]


def workloads():
    return *(base("StatefulSet", role) for role in ROLES), base("Job")


def mounts(role="events-sink"):
    return {m["name"]: m["mountPath"] for m in container_of(base("StatefulSet", role))["volumeMounts"]}


def call(*arguments, cwd=None):
    return subprocess.run([LOOKBACK, *arguments], capture_output=True, text=True, cwd=cwd, timeout=60)


def config_in(directory, *path):
    """The config as a pod of the events sink has it, with the pod's folders under `directory`, and Secrets."""
    moved = {place: os.path.join(directory, name) for name, place in mounts().items() if name in ("kafka", "tenants", "tiktok", "seal")}
    secret, tenants, tokens, keys = (moved[mounts()[name]] for name in ("kafka", "tenants", "tiktok", "seal"))

    def at_home(text):
        for inside, outside in moved.items():
            text = text.replace(inside, outside)
        return text
    for folder in moved.values():
        os.makedirs(folder)
    for generator in load("base", "kustomization.yaml")["configMapGenerator"]:
        for name in generator["files"]:
            if generator["name"] == "lookback-tenants":
                with open(os.path.join(tenants, os.path.basename(name)), "w") as f:
                    f.write(at_home(text_of("deploy", "k8s", "base", name)))
    files = [(secret, "username", "username-of-a-test"), (secret, "password", "password-of-a-test"), (tokens, "demo-shop", "token-of-a-test"),
             (keys, "2026a", base64.b64encode(bytes(range(32))).decode())]
    for folder, name, content in files:
        with open(os.path.join(folder, name), "w") as f:
            f.write(content + "\n")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-keyout", "/dev/null", "-out",
                    os.path.join(secret, "ca.crt")], check=True, capture_output=True)
    config = at_home(text_of("deploy", "k8s", *path))
    file = os.path.join(directory, "lookback.yaml")
    with open(file, "w") as f:
        f.write(config)
    return file


def test_every_name_leads_somewhere(_):
    kustomization = load("base", "kustomization.yaml")
    maps = {g["name"] for g in kustomization["configMapGenerator"]}
    for generator in kustomization["configMapGenerator"]:
        for name in generator["files"]:
            check(os.path.exists(os.path.join(K8S, "base", name)), f"kustomization.yaml names {name}, which is not there")
    files = {f for f in os.listdir(os.path.join(K8S, "base")) if f.endswith(".yaml")} - {"kustomization.yaml", "lookback.yaml"}
    equal(files, set(kustomization["resources"]), "manifests in base/ and in its kustomization.yaml")
    for workload in workloads():
        pod, container = pod_of(workload), container_of(workload)
        claims = {c["metadata"]["name"] for c in workload["spec"].get("volumeClaimTemplates", [])}
        equal({m["name"] for m in container["volumeMounts"]}, {v["name"] for v in pod["volumes"]} | claims, f"volumes of {workload['metadata']['name']}")
        equal({v["configMap"]["name"] for v in pod["volumes"] if "configMap" in v}, maps, "config maps")
        equal(container["image"], kustomization["images"][0]["name"], "the image that kustomization.yaml renames")
    for role in ROLES:
        stateful = base("StatefulSet", role)
        labels = stateful["spec"]["template"]["metadata"]["labels"]
        for kind, selector in (("Service", base("Service", role)["spec"]["selector"]), ("StatefulSet", stateful["spec"]["selector"]["matchLabels"]),
                               ("PodDisruptionBudget", base("PodDisruptionBudget", role)["spec"]["selector"]["matchLabels"]),
                               ("PodMonitor", base("PodMonitor", role)["spec"]["selector"]["matchLabels"])):
            equal(selector, labels, f"the selector of {kind} {role}")
        equal(stateful["spec"]["serviceName"], base("Service", role)["metadata"]["name"], "the governing Service")
        equal(labels["app.kubernetes.io/component"], role, "the component")
        equal(container_of(stateful)["args"], ["run", role], "what it runs")
        check(labels != base("Job")["spec"]["template"]["metadata"]["labels"], "the Job's pod would be selected as a worker")


def test_tokens_are_where_the_sink_alone_sees_them(_):
    # Access tokens and the keys that open them are files of Secrets; folders are mounted whole, because a file mounted by subPath is never renewed.
    sink, places = base("StatefulSet", "events-sink"), mounts()
    equal({v["name"]: v["secret"]["secretName"] for v in pod_of(sink)["volumes"] if "secret" in v},
          {"kafka": "lookback-kafka", "tiktok": "lookback-tiktok", "seal": "lookback-seal"}, "Secrets of the events sink")
    ingest = base("StatefulSet", "spend-ingest")
    equal({v["secret"]["secretName"] for v in pod_of(ingest)["volumes"] if "secret" in v}, {"lookback-kafka", "lookback-seal"},
          "Secrets of spend ingest: its tokens are records, sealed")
    for workload in (base("StatefulSet", "attribution"), base("Job")):
        equal({v["secret"]["secretName"] for v in pod_of(workload)["volumes"] if "secret" in v}, {"lookback-kafka"}, "Secrets of the others")
    check(not any("subPath" in m for m in container_of(sink)["volumeMounts"]), "a subPath is never renewed")
    for name in load("base", "kustomization.yaml")["configMapGenerator"][1]["files"]:
        tenant = load("base", name)
        equal(tenant["tiktok"]["access_token"], f"${{file:{places['tiktok']}/{tenant['id']}}}", f"the token of {tenant['id']}")
    for key, place in load("base", "lookback.yaml")["seal"]["keys"].items():
        equal(place, f"${{file:{places['seal']}/{key}}}", f"the key {key}")
    dev = {r["name"]: r["count"] for r in load("overlays", "dev", "kustomization.yaml")["replicas"]}
    equal((dev["events-sink"], dev["spend-ingest"]), (0, 0), "dev tells TikTok nothing and asks it nothing")


def test_overlays_patch_what_is_there(_):
    names = {(m["kind"], m["metadata"]["name"]) for m in (load("base", r) for r in load("base", "kustomization.yaml")["resources"])}
    for overlay in OVERLAYS:
        kustomization = load("overlays", overlay, "kustomization.yaml")
        equal(kustomization["resources"], ["../../base"], f"resources of {overlay}")
        used = {p["path"] for p in kustomization["patches"]} | {f for g in kustomization.get("configMapGenerator", []) for f in g["files"]}
        equal(used, set(os.listdir(os.path.join(K8S, "overlays", overlay))) - {"kustomization.yaml"}, f"files of {overlay}")
        for patch in kustomization["patches"]:
            m = load("overlays", overlay, patch["path"])
            check((m["kind"], m["metadata"]["name"]) in names, f"{overlay}/{patch['path']} patches {m['kind']} {m['metadata']['name']}")


def test_configs_are_valid(directory):
    for i, path in enumerate((("base", "lookback.yaml"), ("overlays", "dev", "lookback.yaml"))):
        file = config_in(os.path.join(directory, str(i)), *path)
        done = call("validate", "--config", file, cwd=directory)
        equal(done.returncode, 0, f"lookback validate of {'/'.join(path)} said {done.stdout}{done.stderr}")
        printed = call("config", "print", "--config", file, cwd=directory).stdout
        for secret in ("password-of-a-test", "token-of-a-test", base64.b64encode(bytes(range(32))).decode()):
            check(secret not in printed, f"config print shows {secret}")
        config = yaml.safe_load(text_of("deploy", "k8s", *path))
        places = mounts()
        equal(config["state"]["directory"], places["state"], "the state is on the volume")
        equal(config["tenants_directory"], places["tenants"], "tenants come from their ConfigMap")
        equal(config["admin"]["listen"], f"0.0.0.0:{container_of(base('StatefulSet', 'events-sink'))['ports'][0]['containerPort']}", "the admin port")


def test_memory_has_headroom(_):
    limits = {"base": min((container_of(base("StatefulSet", role))["resources"]["limits"]["memory"] for role in ROLES), key=bytes_of),
              "overlays/dev": container_of(load("overlays", "dev", "attribution.yaml"))["resources"]["limits"]["memory"]}
    for where, limit in limits.items():
        budget = bytes_of(yaml.safe_load(text_of("deploy", "k8s", where, "lookback.yaml"))["state"]["memory"])
        check(bytes_of(limit) * 2 >= budget * 3, f"{where}: the limit {limit} leaves less than half of state.memory beside it")


def test_a_pod_as_the_manifest_has_it(directory):
    for role in ROLES:
        run_pod(os.path.join(directory, role), role)


def run_pod(directory, role):
    # The program is started with the manifest's arguments and config, no broker is there: it lives, is not ready, and ends in time.
    stateful = base("StatefulSet", role)
    container = container_of(stateful)
    paths = {container[probe]["httpGet"]["path"]: container[probe]["httpGet"]["port"] for probe in ("livenessProbe", "readinessProbe")}
    endpoint = base("PodMonitor", role)["spec"]["podMetricsEndpoints"][0]
    paths[endpoint["path"]] = endpoint["port"]
    equal(paths, {path: container["ports"][0]["name"] for path in PAGES}, "the paths that are asked, and where")
    variables = {e["name"]: e for e in container["env"]}
    equal(variables["LOOKBACK_INSTANCE"]["valueFrom"]["fieldRef"]["fieldPath"], "metadata.name", "the member's name")
    equal(variables["LOOKBACK_CONFIG"]["value"], mounts(role)["config"] + "/lookback.yaml", "the config's place")
    file = config_in(os.path.join(directory, "pod"), "base", "lookback.yaml")
    address = f"127.0.0.1:{harness.free_port()}"
    process = harness.Lookback(Directory(directory), f"{role}-0",
                               [*container["args"], "--set", f"admin.listen={address}", "--set", "kafka.bootstrap_servers=127.0.0.1:1", "--set",
                                f"state.directory={directory}/state"], {"LOOKBACK_CONFIG": file, "LOOKBACK_INSTANCE": f"{role}-0"})
    process.admin = address
    try:
        wait_for(lambda: f"the admin port{process.tail()}", lambda: process.get("/livez")[0], 20)
        equal({path: process.get(path)[0] for path in PAGES}, {"/livez": 200, "/readyz": 503, "/metrics": 200}, "without a broker")
        began = time.monotonic()
        process.stop(pod_of(stateful)["terminationGracePeriodSeconds"])
        check("-of-a-test" not in process.text(), "the log shows a secret")
    finally:
        process.end()
    stop_ms = int(re.search(r"STOP_MS = (\d+)", text_of("runtime", "life.c"))[1])
    check(pod_of(stateful)["terminationGracePeriodSeconds"] * 1000 > stop_ms >= (time.monotonic() - began) * 1000, "the grace is shorter than the stop")


def test_pods_have_no_rights(_):
    user = re.search(r"^USER (\d+):(\d+)$", text_of("deploy", "Dockerfile"), re.M)
    for workload in workloads():
        pod, container = pod_of(workload), container_of(workload)
        equal([str(pod["securityContext"][k]) for k in ("runAsUser", "runAsGroup")], [user[1], user[2]], "the image's user")
        check(pod["securityContext"]["runAsNonRoot"] and container["securityContext"]["readOnlyRootFilesystem"], f"{workload['kind']}: root")
        equal(container["securityContext"]["capabilities"], {"drop": ["ALL"]}, "capabilities")
        equal((container["securityContext"]["allowPrivilegeEscalation"], pod["automountServiceAccountToken"]), (False, False), "escalation, token")


def test_the_job_calls_a_command(directory):
    job = base("Job")
    done = call(*container_of(job)["args"], "--help", cwd=directory)
    equal(done.returncode, 0, "the Job's command")
    equal(container_of(job)["name"], job["spec"]["podFailurePolicy"]["rules"][0]["onExitCodes"]["containerName"], "whose exit codes are judged")


def test_the_image_holds_what_the_program_links(_):
    listed = set(re.findall(r"\blib[a-z0-9.-]+", re.search(r"--no-install-recommends (.*?)&&", text_of("deploy", "Dockerfile"), re.S)[1]))
    needed = re.findall(r"NEEDED\s+(\S+)", subprocess.run(["objdump", "-p", LOOKBACK], capture_output=True, text=True, check=True).stdout)
    check(len(needed) > 5, f"objdump knows no libraries of {LOOKBACK}")
    for library in needed:
        owners = subprocess.run(["dpkg", "-S", f"*/{library}"], capture_output=True, text=True).stdout
        packages = {line.split(":")[0] for line in owners.splitlines()}
        check(packages & (listed | {"libc6", "libgcc-s1", "libasan8", "libubsan1", "libtsan2"}), f"{library} is in {packages}, none in the image")


def one_line(text):
    return " ".join(text.split())


def test_alerts_are_those_of_the_page(directory):
    # The page is what the person on call reads: same names, same expressions, and only metrics that exist.
    rules = {r["alert"]: r for g in base("PrometheusRule")["spec"]["groups"] for r in g["rules"]}
    page = text_of("docs", "operations.md")
    told = {name: one_line(expression) for name, expression in re.findall(r"^### (Lookback\w+)\n.*?^```promql\n(.*?)^```", page, re.M | re.S)}
    equal(told, {name: one_line(r["expr"]) for name, r in rules.items()}, "alerts of docs/operations.md and of base/alerts.yaml")
    metrics = set(re.findall(r"^\| `(\w+)`", call("config", "reference", "--metrics", cwd=directory).stdout, re.M))
    used = {re.sub(r"_bucket$", "", m) for r in rules.values() for m in re.findall(r"lookback_\w+", r["expr"])}
    check(used and used <= metrics, f"alerts look at {used - metrics}, which no process tells")
    for name, rule in rules.items():
        check(rule["labels"]["severity"] in ("warning", "critical") and rule["annotations"]["summary"], f"{name} lacks severity or summary")


def test_the_page_names_every_code(_):
    # Whoever is called finds the last line's code there: whatever may end a running process, or be found at its start.
    page = text_of("docs", "operations.md")
    table = page[page.index("## When a process ends"):page.index("## Sizing")]
    told = {code for row in re.findall(r"^\| (`[^|]*) \|", table, re.M) for code in re.findall(r"`([a-z_]+)`", row)}
    sources = "".join(text_of(folder, name) for room in ("base", "runtime", "state", "config", "schemas", "net", "processors")
                      for folder, _folders, files in os.walk(os.path.join(ROOT, room)) for name in files if name.endswith(".c"))
    codes = set(re.findall(r'ERR_FATAL,\s*"([a-z_]+)"', sources))
    codes |= set(re.findall(r'VALIDATE_PROBLEM, "([a-z_]+)"', text_of("runtime", "validate_rules.c")))
    check(len(codes) > 30, f"the sources are not understood: {codes}")
    equal(codes - told, set(), "codes that docs/operations.md does not explain")
    others = {code for code in told - codes if not code.startswith("kafka_")}
    equal({code for code in others if f'"{code}"' not in sources}, set(), "codes that nothing gives")


def main():
    tests = [f for name, f in globals().items() if name.startswith("test_") and any(n in name for n in sys.argv[1:] or [""])]
    passed = 0
    for test in tests:
        with tempfile.TemporaryDirectory(prefix="lookback-") as directory:
            try:
                test(directory)
                passed += 1
                print(f"ok   {test.__name__[5:].replace('_', ' ')}", flush=True)
            except Exception as error:
                words = str(error) if isinstance(error, harness.Failed) else traceback.format_exc()
                print(f"FAIL {test.__name__[5:].replace('_', ' ')}\n     {words}", flush=True)
    print(f"{passed} passed, {len(tests) - passed} failed")
    return 0 if passed == len(tests) else 1


if __name__ == "__main__":
    sys.exit(main())
