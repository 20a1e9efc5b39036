# SPDX-License-Identifier: GPL-2.0
"""The dashboard and the rules, as a test asks for what they would ask for."""

import json
import pathlib
import re

TOOLS = pathlib.Path(__file__).resolve().parent.parent
DASHBOARD = TOOLS / "grafana" / "tslab.json"
RULES = TOOLS / "prometheus" / "tslab.rules.yml"


def load():
    with open(DASHBOARD, encoding="utf-8") as file:
        return json.load(file)


def panels():
    """All that show something, in the order of the page."""
    return [panel for panel in load()["panels"] if panel["type"] != "row"]


def rows():
    """[(title of the row, its panels)]"""
    found = []
    for panel in load()["panels"]:
        if panel["type"] == "row":
            found.append((panel["title"], []))
        else:
            found[-1][1].append(panel)
    return found


def variables():
    return {entry["name"]: entry for entry in load()["templating"]["list"]
            if entry["type"] == "query"}


def substitute(expr, interval, chosen=()):
    """What Grafana sends: of each variable all, or what was chosen."""
    chosen = dict(chosen)
    for name, variable in variables().items():
        expr = expr.replace(f"${name}",
                            chosen.get(name, variable["allValue"]))
    return expr.replace("$__rate_interval", interval)


def legend(template, labels):
    return re.sub(r"\{\{\s*(\w+)\s*\}\}",
                  lambda match: labels.get(match[1], ""), template)


def alerts():
    """Names of the alerts."""
    return re.findall(r"(?m)^ *- alert: (\w+)$",
                      RULES.read_text(encoding="utf-8"))
