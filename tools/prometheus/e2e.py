#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A machine is monitored, with all that a fleet would use but Grafana.

usage: e2e.py

A guest in QEMU runs loads while tslabstat writes metrics there; node_exporter
and Prometheus of build/prometheus serve and scrape them on loopback. Then each
query of each panel of the dashboard has to have had data, within what can be,
and each alert has to have fired when there was a reason and at no other time.
Prints "ok NAME" or "not ok NAME" for each. What was seen is left under
build/monitoring/data; see draw.py.

So that nobody waits for hours, the rules are those of the fleet with all times
a SCALE-th, and with lower limits of contention, which two emulated CPUs on a
busy machine do not have enough of. The real ones are tested by promtool.
"""

import csv
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import dashboard

TOP = dashboard.TOOLS.parent
WORK = TOP / "build" / "monitoring"
SHARE = WORK / "share"          # with the guest
METRICS = SHARE / "metrics"
DATA = WORK / "data"
BIN = TOP / "build" / "prometheus" / "usr" / "bin"
MODULES = TOP / "build" / "module-6.12"

SCALE = 30
INTERVAL = "10s"                # of rates in the panels
STEP = 2                        # seconds between points of a panel
PATIENCE = 150                  # for whatever should come
DEADLINE = time.monotonic() + 700       # for all of it

# What can be: of a panel all values, and what the largest has to reach, as the
# loads make it do that on any machine.
PLAUSIBLE = {
    "Module": (0, 1, 1),
    "Age of the figures": (-2, 120, 0),
    "Duration of a collection": (0, 10, 1e-6),
    "Most contended classes": (0, 1, 1e-6),
    "CAS retries per allocation": (0, 10, 1e-6),
    "CAS retries per free": (0, 10, 1e-6),
    "Fast-path CAS failures": (0, 1, 1e-6),
    "Lock contention": (0, 1, 1e-6),
    "Waits for locks, by site": (0, 1e7, 1),
    "Slow allocations": (0, 1.01, 0.1),
    "Lock wait time": (0, 1e8, 100),
    "Lock hold time": (0, 1e8, 100),
    "Live and committed": (0, 1 << 30, 64 << 20),
    "Utilisation": (0, 1.01, 0.5),
    "Pages returned": (0, 1e7, 1),
    "Epochs by state and age": (0, 4 * 16, 1),
    "Held by closed epochs": (0, 1 << 30, 64 << 20),
    "Drainable share": (0, 20, 0.01),
    "Closed epochs that hold most": (0, 1 << 30, 64 << 20),
    "All memory by part": (0, 1 << 30, 64 << 20),
    "Memory by label": (0, 1 << 30, 64 << 20),
    "Memory by node": (0, 1 << 30, 64 << 20),
    "Classes and caches that hold most": (0, 1 << 30, 64 << 20),
    "Memory by instance": (0, 1 << 30, 4096),
    "Live in caches": (0, 1 << 20, 200),
    "Utilisation of caches": (0, 1.01, 0.001),
    "Committed to caches": (0, 1 << 30, 4096),
    "Allocations": (0, 1e8, 100),
    "Fast-path share": (0, 1.01, 0.1),
    "Remote frees": (0, 1e8, 1),
    "Lock contention by CPU": (0, 1, 1e-6),
    "Misuse": (0, 1e6, 1),
    "Failed allocations": (0, 1e6, 1),
}

# Prometheus extrapolates the rate of a counter that has just begun to where it
# would have been zero, if that is within 1.1 intervals before its first value,
# and else by half an interval. Of two values an interval apart the rate may be
# (1 + 1.1) / (1 + 0.5) of another's, so the ratio of two may exceed what can be
# by that.
EXTRAPOLATED = 1.4

failures = 0


def check(good, name, why=""):
    global failures
    print(f"ok {name}" if good else f"not ok {name}: {why}", flush=True)
    failures += not good


class Broken(Exception):
    """There is nothing left to be tested."""


def until(what, condition, seconds=PATIENCE):
    """Waits, and returns what the condition returned."""
    end = min(time.monotonic() + seconds, DEADLINE)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Broken(f"{what}: not in {seconds} s, or the test took too "
                         "long")
        time.sleep(0.2)


# === What runs ===

class Service:
    """A program that ends with the test."""

    running = []

    def __init__(self, name, *command):
        self.name = name
        with open(WORK / f"{name}.log", "wb") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                cwd=TOP)
        Service.running.append(self)

    def alive(self):
        return self.process.poll() is None

    def session(self):
        """It and its children, whatever groups timeout(1) puts them into."""
        found = []
        for name in os.listdir("/proc"):
            try:
                if name.isdigit() and os.getsid(int(name)) == self.process.pid:
                    found.append(int(name))
            except OSError:
                pass
        return found

    def end(self):
        for word, seconds in (signal.SIGTERM, 10), (signal.SIGKILL, 10):
            end = time.monotonic() + seconds
            for process in self.session():
                try:
                    os.kill(process, word)
                except ProcessLookupError:
                    pass
            while self.session() and time.monotonic() < end:
                self.process.poll()
                time.sleep(0.1)

    @classmethod
    def end_all(cls):
        for service in reversed(cls.running):
            service.end()


class Guest(Service):

    def __init__(self):
        add = [MODULES / "tslab.ko",
               MODULES / "samples/tslab_request_sample.ko",
               MODULES / "tools/bench/tslab_contend.ko",
               MODULES / "tools/bench/tslab_retention.ko",
               MODULES / "tools/bugs/tslab_bugs.ko",
               TOP / "tools/tslabstat"]
        super().__init__(
            "guest", "tools/qemu/boot.sh", "--kernel", "6.12", "--cpus", 2,
            "--timeout", 900, "--share", SHARE,
            *[word for file in add for word in ("--add", file)],
            "tools/qemu/monitoring-guest.sh")
        self.scripts = 0
        until("the guest boots", self.booted)

    def booted(self):
        if not self.alive():
            raise Broken("the guest is gone; see build/monitoring/guest.log")
        return (SHARE / "booted").exists()

    def begin(self, script):
        self.scripts += 1
        name = SHARE / str(self.scripts)
        new = SHARE / "new"
        new.write_text("cd /\n" + script, encoding="utf-8")
        new.rename(f"{name}.sh")
        return name

    def run(self, script):
        """Has the guest run it; returns its output."""
        name = self.begin(script)

        def done():
            self.booted()
            path = pathlib.Path(f"{name}.status")
            return path.exists() and path.read_text(encoding="utf-8")
        status = int(until(f"the guest runs {script.strip()!r}", done))
        output = pathlib.Path(f"{name}.output").read_text(encoding="utf-8")
        if status:
            raise Broken(f"the guest's script returned {status}: "
                         f"{script.strip()!r}: {output}")
        return output


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def scaled(rules):
    """The rules, faster and easier to alarm."""
    seconds = {"s": 1, "m": 60, "h": 3600}

    def time_of(match):
        return f"{int(match[1]) * seconds[match[2]] // SCALE}s"
    rules = re.sub(r"(?<=\[)(\d+)([smh])(?=\])", time_of, rules)
    rules = re.sub(r"(?<=for: )(\d+)([smh])$", time_of, rules, flags=re.M)
    rules = rules.replace("> 5 * 60", f"> {5 * 60 // SCALE}")
    for ratio, limit in (("retries_per_attempt", "0.00002"),
                         ("lock_contention", "0.0005")):
        rules, found = re.subn(rf"({ratio}:ratio_rate5m >) 0.20",
                               rf"\1 {limit}", rules)
        assert found == 1, ratio
    return rules


class Prometheus(Service):

    def __init__(self, exporter_port):
        with open(dashboard.RULES, encoding="utf-8") as file:
            (WORK / "rules.yml").write_text(scaled(file.read()),
                                            encoding="utf-8")
        (WORK / "prometheus.yml").write_text(f"""\
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [rules.yml]
scrape_configs:
  - job_name: node
    static_configs:
      - targets: ["127.0.0.1:{exporter_port}"]
        labels: {{instance: guest}}
""", encoding="utf-8")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/api/v1/"
        super().__init__(
            "prometheus", BIN / "prometheus",
            f"--config.file={WORK / 'prometheus.yml'}",
            f"--storage.tsdb.path={WORK / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn")
        until("Prometheus answers", self.answers)

    def answers(self):
        if not self.alive():
            raise Broken("Prometheus is gone; see "
                         "build/monitoring/prometheus.log")
        try:
            return self.get("query", query="up")
        except (OSError, Broken):
            return False

    def get(self, what, **arguments):
        query = urllib.parse.urlencode(arguments, doseq=True)
        try:
            with urllib.request.urlopen(f"{self.url}{what}?{query}",
                                        timeout=30) as answer:
                reply = json.load(answer)
        except urllib.error.HTTPError as error:
            raise Broken(f"{what} {arguments}: {error.read()}") from error
        return reply["data"]

    def query(self, expr, **when):
        """[(labels, value)] of now, or of a time."""
        return [(series["metric"], float(series["value"][1]))
                for series in self.get("query", query=expr, **when)["result"]]

    def range(self, expr, start, end, step=STEP):
        """[(labels, [(time, value)])]"""
        found = self.get("query_range", query=expr, start=start, end=end,
                         step=step)["result"]
        return [(series["metric"], [(at, float(value))
                                    for at, value in series["values"]])
                for series in found]

    def values(self, label, selector, start, end):
        return self.get(f"label/{label}/values", start=start, end=end,
                        **{"match[]": selector})

    def firing(self):
        return {labels["alertname"] for labels, _ in
                self.query('ALERTS{alertstate="firing"}')}


# === What happens ===

class Timeline:
    """Loads in the guest, and the alerts that come of them."""

    def __init__(self, guest, prometheus):
        self.guest = guest
        self.prometheus = prometheus
        self.phases = []
        self.fired = set()

    def phase(self, name):
        self.phases.append((time.time(), name))

    def fires(self, reason, *alerts):
        for alert in alerts:
            if self.wait(f"{alert} fires: {reason}",
                         lambda alert=alert: alert in
                         self.prometheus.firing()):
                self.fired.add(alert)

    def resolves(self, reason, *alerts):
        for alert in alerts:
            self.wait(f"{alert} resolves: {reason}",
                      lambda alert=alert: alert not in
                      self.prometheus.firing())

    @staticmethod
    def wait(name, condition):
        try:
            until(name, condition)
        except Broken as error:
            check(False, name, error)
            return False
        check(True, name)
        return True

    def start(self):
        self.guest.run("""
insmod tslab.ko debug=U,bugs
insmod tslab_contend.ko
insmod tslab_retention.ko objects=1200000
insmod tslab_bugs.ko
echo 64 > /sys/kernel/debug/tslab/lock_timing
echo 64 > /sys/kernel/debug/tslab/alloc_sampling
cat > /tmp/collect << 'END'
while [ ! -e /tmp/off ]; do
	root=
	[ -e /tmp/broken ] && root="--root /tmp/broken"
	/tslabstat $root --prometheus --percpu --output /share/metrics/tslab.prom
	/tslabstat $root --prometheus --instance contend_shared \\
		--output /share/metrics/tslab-contend_shared.prom
	sleep 1
done
END
sh /tmp/collect 2> /share/collect.log &
echo $! > /tmp/collect.pid
""")
        until("the first metrics arrive",
              lambda: self.prometheus.query("temporal_slab_up == 1"))

    def ordinary(self):
        self.phase("an ordinary load")
        self.guest.run("""
cat > /tmp/requests << 'END'
while [ ! -e /tmp/idle ]; do
	insmod tslab_request_sample.ko requests=20000
	rmmod tslab_request_sample
done
END
sh /tmp/requests &
echo $! > /tmp/requests.pid
echo fill 50 > /sys/kernel/debug/tslab_retention/stage
echo release > /sys/kernel/debug/tslab_retention/stage
""")
        time.sleep(2 * 300 / SCALE)     # what "for" of most alerts takes
        firing = self.prometheus.firing()
        check(not firing, "no alert fires at an ordinary load", firing)

    def trouble(self):
        self.phase("contention, misuse, an epoch that does not drain")
        self.guest.run("""
echo close > /sys/kernel/debug/tslab_retention/stage
echo leak_in_epoch > /sys/module/tslab_bugs/parameters/run
cat > /tmp/contend << 'END'
while [ ! -e /tmp/quiet ]; do
	echo shared 4 50000 > /sys/kernel/debug/tslab_contend/run
	echo percpu 4 50000 > /sys/kernel/debug/tslab_contend/run
done
END
sh /tmp/contend &
echo $! > /tmp/contend.pid
""")
        self.fires("threads free each other's objects",
                   "TslabHighLockContention", "TslabHighCasRetryRate")
        self.fires("the load makes mistakes", "TslabMisuse",
                   "TslabAllocationFailures")
        self.fires("an epoch was closed over its objects",
                   "TslabEpochStuck", "TslabMemoryNotDraining")
        self.fires("nobody knows of objects of a closed epoch",
                   "TslabObjectsLeaked")
        # All memory of what is closed now goes back first.
        self.guest.run("""
echo mix 5 > /sys/kernel/debug/tslab_retention/stage
echo release > /sys/kernel/debug/tslab_retention/stage
""")
        self.fires("few objects are left in each of many slabs",
                   "TslabMemoryNotReturning")
        kinds = {labels["kind"] for labels, _ in self.prometheus.query(
            'ALERTS{alertname="TslabMisuse",alertstate="firing"}')}
        check(kinds == {"free_double", "free_invalid", "handle_stale"},
              "TslabMisuse names the kinds of misuse", kinds)

    def relief(self):
        self.phase("all that has ended")
        self.guest.run("""
touch /tmp/quiet
while [ -e /proc/$(cat /tmp/contend.pid) ]; do
	usleep 100000
done
echo clear > /sys/kernel/debug/tslab_retention/stage
rmmod tslab_bugs
""")
        self.resolves("the load has ended", "TslabHighLockContention",
                      "TslabHighCasRetryRate")
        self.resolves("its objects were freed", "TslabEpochStuck",
                      "TslabMemoryNotDraining", "TslabMemoryNotReturning")
        self.resolves("their instance is gone", "TslabObjectsLeaked")

    def collector(self):
        self.phase("the collector reads half a file")
        self.guest.run("""
cp -r /sys/kernel/debug/tslab /tmp/half
dd if=/tmp/half/class_128 of=/tmp/class bs=100 count=1 2> /dev/null
mv /tmp/class /tmp/half/class_128
mv /tmp/half /tmp/broken
""")
        good = METRICS / "tslab.prom"
        status = METRICS / "tslab.collector.prom"
        until("the collector fails", lambda: "collector_success 0\n" in
              status.read_text(encoding="utf-8"))
        before = good.read_bytes()
        self.fires("what it reads is malformed", "TslabCollectorFailing",
                   "TslabCollectorStale")
        check(good.read_bytes() == before,
              "the last good file is not replaced", "it was")
        self.guest.run("rm -r /tmp/broken")
        self.resolves("it reads whole files again", "TslabCollectorFailing",
                      "TslabCollectorStale")
        # Of a family that nothing else here looks at.
        leftover = METRICS / "tslab-old.prom"
        leftover.write_text(
            "# HELP temporal_slab_cpu_flushes_total In other words.\n"
            "# TYPE temporal_slab_cpu_flushes_total counter\n"
            'temporal_slab_cpu_flushes_total{instance_name="old"} 1\n',
            encoding="utf-8")
        self.fires("an older version has left a file",
                   "TslabCollectorLeftover")
        leftover.unlink()
        self.resolves("it was removed", "TslabCollectorLeftover")
        self.resolves("there was no more of it", "TslabMisuse",
                      "TslabAllocationFailures")

    def cost(self):
        """What a collection comes to: (how, series, bytes, seconds)."""
        lines = []
        for name, option in (("as installed", ""), ("--percpu, 2 CPUs",
                             "--percpu"), ("--labels", "--labels"),
                             ("--epochs", "--epochs"), ("--instance NAME",
                             "--instance contend_shared")):
            took = []
            for _ in range(5):
                self.guest.run(f"./tslabstat --prometheus {option} "
                               "--output /share/cost.prom")
                text = (SHARE / "cost.prom").read_text(encoding="utf-8")
                series = [line for line in text.splitlines()
                          if not line.startswith("#")]
                took += [float(line.split()[-1]) for line in series
                         if "collector_duration_seconds" in line]
            lines.append((name, len(series), len(text), f"{min(took):.6f}"))
        check(lines[0][1] < 4000, "a collection is of less than 4000 series",
              lines[0])
        scrape = self.prometheus.query(
            'min_over_time(scrape_duration_seconds[1m])')
        write_csv("cost.csv", ("how", "series", "bytes", "seconds"), lines +
                  [("scrape of a machine and one instance", "", "",
                    f"{scrape[0][1]:.6f}")])

    def unloaded(self):
        self.phase("without the module")
        self.guest.run("""
touch /tmp/idle
while [ -e /proc/$(cat /tmp/requests.pid) ]; do
	usleep 100000
done
""")
        self.cost()
        self.guest.run("""
rmmod tslab_contend tslab_retention
# The collector may be looking.
for i in 1 2 3 4 5 6 7 8 9 10; do
	rmmod tslab && break
	sleep 1
done
[ ! -e /sys/module/tslab ]
""")
        self.fires("the module is gone", "TslabNotLoaded")
        self.guest.run("insmod tslab.ko; insmod tslab_contend.ko")
        self.resolves("it is back", "TslabNotLoaded")

    def run(self):
        self.start()
        self.ordinary()
        self.trouble()
        self.relief()
        self.collector()
        self.unloaded()
        self.phase("the end")


# === What was seen ===

def begun(prometheus, expr, start, end):
    """Times at which a counter in it is younger than its rate looks back.

    Those by CPU begin with their first event.
    """
    times = set()
    rates = rf"rate\((\w+_total)\{{[^}}]*\}}\[{INTERVAL}\]"
    for name in set(re.findall(rates, expr)):
        for _, points in prometheus.range(
                f"count({name} unless {name} offset {INTERVAL})", start, end):
            times |= {at for at, _ in points}
    return times


def plausible(panel, series, young):
    """What is wrong with it, or nothing."""
    low, high, reached = PLAUSIBLE[panel["title"]]
    values = [value for _, points in series for _, value in points]
    if not values:
        return "no data"
    # 0/0 cannot be: every ratio has a guard.
    bad = [(labels, at, value) for labels, points in series
           for at, value in points
           if not low <= value <= high * (EXTRAPOLATED if at in young else 1)]
    if bad:
        labels, at, value = bad[0]
        return f"{value} of {labels} at {at} is not within {low} and {high}"
    if max(values) < reached:
        return f"at most {max(values)}, less than {reached}"
    return ""


def panels_check(prometheus, start, end):
    """Each query of each panel; returns what is to be drawn."""
    drawn = []
    for panel in dashboard.panels():
        title = panel["title"]
        all_series = []
        young = set()
        for target in panel["targets"]:
            expr = dashboard.substitute(target["expr"], INTERVAL)
            if " / " in expr:
                young |= begun(prometheus, expr, start, end)
            series = prometheus.range(expr, start, end)
            all_series += series
            check(series, f"panel {title!r}, query {target['refId']} has data",
                  expr)
            for labels, points in series:
                name = dashboard.legend(target["legendFormat"], labels)
                drawn += [(panel["id"], name, round(at - start, 1),
                           f"{value:.5g}") for at, value in points
                          if any(value for _, value in points)]
        problem = plausible(panel, all_series, young) \
            if title in PLAUSIBLE else "nobody has said what is plausible"
        check(not problem, f"panel {title!r} is plausible", problem)
    return drawn


def counters_check(prometheus, start, end):
    """A counter that falls is one that began anew, for whoever reads it."""
    names = prometheus.values(
        "__name__", '{__name__=~"temporal_slab_.+_total"}', start, end)
    fallen = [(name, labels) for name in names for labels, _ in
              prometheus.query(f"resets({name}[{int(end - start)}s]) > 0",
                               time=end)]
    check(names and not fallen, "no counter falls while the module is loaded",
          fallen[:3])
    more = prometheus.range(
        "temporal_slab_cpu_hits_total > temporal_slab_alloc_objects_total",
        start, end)
    check(not more, "no more is taken of CPUs' slabs than is allocated",
          more[:1])


def choices_check(prometheus, start, end):
    """The variables have values, and choosing one leaves data."""
    for name, variable in dashboard.variables().items():
        selector, label = re.fullmatch(
            r"label_values\((.*), (\w+)\)",
            dashboard.substitute(variable["query"]["query"],
                                 INTERVAL)).groups()
        check(prometheus.values(label, selector, start, end),
              f"variable {name} has values", selector)
    chosen = {"machine": "guest", "instance": "contend_shared",
              "class": "128"}
    for panel in dashboard.panels():
        if "$class" not in panel["targets"][0]["expr"] or \
                "$__rate" not in panel["targets"][0]["expr"]:
            continue
        if "by (cpu)" in panel["targets"][0]["expr"]:
            chosen["instance"] = "^$"   # who alone is collected by CPU
        expr = dashboard.substitute(panel["targets"][0]["expr"], INTERVAL,
                                    chosen)
        check(prometheus.range(expr, start, end),
              f"panel {panel['title']!r} has data of instance "
              f"{chosen['instance']} and class {chosen['class']}", expr)


def rules_check(prometheus, timeline, start, end):
    for group in prometheus.get("rules")["groups"]:
        for rule in group["rules"]:
            name = rule["name"]
            check(rule["health"] == "ok", f"rule {name} {rule.get('labels')}",
                  rule.get("lastError"))
            if rule["type"] == "recording":
                check(prometheus.range(name, start, end),
                      f"rule {name} has data", rule["query"])
    check(timeline.fired == set(dashboard.alerts()), "every alert has fired",
          set(dashboard.alerts()) - timeline.fired)
    firing = prometheus.firing()
    check(not firing, "no alert is left in the end", firing)


def write_csv(name, heading, lines):
    with open(DATA / name, "w", encoding="utf-8", newline="") as file:
        file.write("# SPDX-License-Identifier: GPL-2.0\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(lines)


def test():
    port = free_port()
    Service("node_exporter", BIN / "prometheus-node-exporter",
            "--collector.disable-defaults", "--collector.textfile",
            f"--collector.textfile.directory={METRICS}",
            "--web.disable-exporter-metrics", "--log.level=warn",
            f"--web.listen-address=127.0.0.1:{port}")
    prometheus = Prometheus(port)
    guest = Guest()
    timeline = Timeline(guest, prometheus)
    try:
        timeline.run()
        start, end = timeline.phases[0][0], timeline.phases[-1][0]
        rules_check(prometheus, timeline, start, end)
        drawn = panels_check(prometheus, start, end)
        choices_check(prometheus, start, end)
        unloaded = timeline.phases[-2][0]
        counters_check(prometheus, start, unloaded)
        check(not prometheus.range("node_textfile_scrape_error == 1", start,
                                   end),
              "node_exporter never saw half a file", "it did")
        write_csv("panels.csv", ("panel", "series", "seconds", "value"),
                  drawn)
        write_csv("phases.csv", ("seconds", "phase"),
                  [(round(at - start, 1), name)
                   for at, name in timeline.phases])
    finally:
        # Not in the middle of a collection.
        guest.begin("""
touch /tmp/off
while [ -e /proc/$(cat /tmp/collect.pid) ]; do
	usleep 100000
done
touch /tmp/end
""")
    until("the guest ends", lambda: not guest.alive(), 30)
    files = sorted(path.name for path in METRICS.iterdir())
    check(files == ["tslab-contend_shared.collector.prom",
                    "tslab-contend_shared.prom", "tslab.collector.prom",
                    "tslab.prom"], "no temporary file is left", files)
    check(guest.process.returncode == 0, "the guest's kernel did not complain",
          "see build/monitoring/guest.log")


def main():
    if len(sys.argv) != 1:
        print("usage: e2e.py", file=sys.stderr)
        return 2
    shutil.rmtree(WORK, ignore_errors=True)
    for directory in METRICS, DATA:
        directory.mkdir(parents=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        test()
    except (Broken, OSError) as error:
        check(False, "the test comes to its end", error)
    finally:
        Service.end_all()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
