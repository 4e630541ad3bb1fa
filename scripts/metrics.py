#!/usr/bin/env python3
"""Checks that a running node exports everything which the alerts and the dashboard ask about, with
the labels that they ask for. Exits with 1 and names what is missing."""

import json
import re
import sys
import urllib.request
from pathlib import Path

OPS = Path(__file__).resolve().parent.parent / "ops"
#: What Prometheus itself knows, and what prometheus-node-exporter tells about the machine.
OTHERS = re.compile(r"up$|node_(?!roles)")
WORDS = {"and", "or", "unless", "bool", "offset", "by", "on", "without", "ignoring"}


def expressions():
    """Each with where it stands."""
    for line in (OPS / "alerts.yml").read_text().splitlines():
        found = re.match(r"\s*(?:- )?expr: (.+)", line)
        if found:
            yield "alerts.yml", found[1]
    dashboard = json.loads((OPS / "grafana" / "guerdon.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield f"guerdon.json, {panel['title']}", target["expr"]


def selectors(expression):
    """The metrics of an expression with the labels that they must have."""
    # Grouping names labels, not metrics, and durations and strings neither.
    expression = re.sub(r"\b(by|on|without|ignoring)\s*\([^)]*\)", " ", expression)
    expression = re.sub(r"\[[^]]*\]", " ", expression)
    for found in re.finditer(r"\b([a-zA-Z_:][\w:]*)\b(\{[^}]*\})?(\s*\()?", expression):
        name, labels, call = found.groups()
        if not call and name not in WORDS and f'"{name}' not in expression:
            yield name, re.findall(r'(\w+="[^"$]*")', labels or "")


def exported(url):
    with urllib.request.urlopen(url, timeout=30) as response:
        return [line for line in response.read().decode().splitlines() if line[:1] != "#"]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: metrics.py http://127.0.0.1:9615/metrics")
    series = exported(sys.argv[1])
    missing, count = [], 0
    for where, expression in expressions():
        for name, labels in selectors(expression):
            if OTHERS.match(name):
                continue
            count += 1
            if not any(re.match(rf"{name}[{{ ]", line) and all(label in line for label in labels)
                       for line in series):
                missing.append(f"{where}: {name}{labels or ''}")
    if missing:
        sys.exit("not exported by the node:\n" + "\n".join(f"    {each}" for each in missing))
    if not count:
        sys.exit("no metric was found in alerts.yml and guerdon.json")
    print(f"The node exports all {count} metrics that alerts and dashboard ask about.")


if __name__ == "__main__":
    main()
