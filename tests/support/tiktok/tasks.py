# SPDX-License-Identifier: Apache-2.0
"""Reports as tasks: created, queued, processed and done by the clock, then fetched as CSV, at once or from an address good for an hour."""
import csv
import io
import urllib.parse

import params
import reports
from envelope import INVALID, NOT_READY, Refused, Reply, invalid
from events import json_object

PATH, DOWNLOAD = "/open_api/v1.3/report/task/", "/report-download/task.csv"
HOUR = 3600
TITLES = {"spend": "Cost", "ctr": "CTR", "cpc": "CPC", "cpm": "CPM", "stat_time_day": "By Day", "stat_time_hour": "By Hour"}


class Task:
    def __init__(self, number, query, switches, file_name, output, titles):
        self.id, self.query, self.file_name, self.output, self.titles = f"76{number:016d}", query, file_name, output, titles
        self.starts = query.call.now + switches.task_queue_seconds
        self.ends, self.fails, self.canceled, self.text = self.starts + switches.task_process_seconds, switches.task_fails, False, None

    def status(self, now):
        if self.canceled:
            return "CANCELED"
        if now < self.ends:
            return "QUEUING" if now < self.starts else "PROCESSING"
        return "FAILED" if self.fails else "SUCCESS"

    def csv(self, app):
        """As of the time when it was ready."""
        if self.text is None:
            report, query = reports.Report(app, self.query, self.ends), self.query
            metrics = [*query.metrics, *(("currency", "timezone", "advertiser_id") if query.several else ())]
            metrics = [name for name in dict.fromkeys(metrics) if name not in query.dimensions]
            out = io.StringIO()
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(title(name) if self.titles else name for name in [*query.dimensions, *metrics])
            for row in report.rows:
                shown = report.shown(row)
                found = {**shown["metrics"], **shown["dimensions"]}
                writer.writerow(found.get(name, "") for name in [*query.dimensions, *metrics])
            self.text = out.getvalue()
        return self.text.encode()


def title(name):
    return TITLES.get(name, name.replace("_", " ").title().replace("Id", "ID"))


class Tasks:
    """The caller holds the stand-in's lock."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.made = {}

    def of(self, call, asked):
        """The task, if the token may read the account that is named and the task is of that account."""
        advertiser = asked.id("advertiser_id")
        params.reach(call, advertiser)
        task = self.made.get(asked.id("task_id"))
        if task is None or advertiser not in task.query.advertisers:
            raise invalid("task_id", "no such task")
        return task


def create(call):
    asked, app = params.Params(json_object(call)), call.app
    for name in ("page", "page_size"):
        if name in asked.found:
            raise invalid(name, "a task has no pages")
    query = reports.Query(call, asked, task=True)
    output = asked.one_of("output_format", ("CSV_STRING", "CSV_DOWNLOAD", "XLSX_DOWNLOAD"), "CSV_STRING")
    if output == "XLSX_DOWNLOAD":
        raise invalid("output_format", "XLSX is not made by the stand-in")
    file_name = asked.text("file_name", "report")
    if len(file_name) > 255:
        raise invalid("file_name", "longer than 255")
    titles = asked.flag("enable_report_title_translation", True)
    with app.lock:
        task = Task(len(app.tasks.made) + 1, query, app.switches, file_name, output, titles)
        app.tasks.made[task.id] = task
    return Reply(data={"task_id": task.id})


def check(call):
    with call.app.lock:
        task = call.app.tasks.of(call, params.QueryParams(call))
        status = task.status(call.now)
    return Reply(data={"status": status, **({"message": "The task failed."} if status == "FAILED" else {})})


def cancel(call):
    with call.app.lock:
        task = call.app.tasks.of(call, params.Params(json_object(call)))
        if task.status(call.now) not in ("QUEUING", "PROCESSING"):
            raise invalid("task_id", f"the task is {task.status(call.now)}")
        task.canceled = True
    return Reply(data={"task_id": task.id})


def raw(content):
    reply = Reply()
    reply.raw = (content, "text/csv")
    return reply


def download(call):
    with call.app.lock:
        task = call.app.tasks.of(call, params.QueryParams(call))
        status = task.status(call.now)
        if status in ("QUEUING", "PROCESSING"):
            raise Refused(NOT_READY)
        if status != "SUCCESS":
            raise invalid("task_id", f"the task is {status}")
        if task.output == "CSV_STRING":
            return raw(task.csv(call.app))
    query = urllib.parse.urlencode({"task": task.id, "until": int(call.now) + HOUR})
    return Reply(data={"download_url": f"{call.request.scheme}://{call.request.headers.get('host', 'localhost')}{DOWNLOAD}?{query}",
                       "file_name": f"{task.file_name}.csv", "output_format": task.output})


def fetch(call):
    """Without a token, as from a store of files."""
    asked = params.QueryParams(call)
    with call.app.lock:
        task = call.app.tasks.made.get(asked.text("task"))
        if task is None or call.now >= asked.integer("until", 0, 0, 2**40):
            gone = Reply(INVALID, status=403)
            gone.raw = (b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
            return gone
        return raw(task.csv(call.app))


OPEN = {DOWNLOAD}
ROUTES = {f"{PATH}create/": ("POST", create), f"{PATH}check/": ("GET", check), f"{PATH}cancel/": ("POST", cancel),
          f"{PATH}download/": ("GET", download), DOWNLOAD: ("GET", fetch)}
