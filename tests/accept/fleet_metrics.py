# SPDX-License-Identifier: GPL-2.0-or-later
"""Recording rules and dashboard of tools/deploy/fleet: what they ask for is there."""
import json
import os
import re
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.join(HERE, "../../tools/deploy/fleet")
SCRAPED = {"job", "instance"}  # labels that Prometheus adds
NAME = r"\b(?:[a-z_]+:)?tasktoll_\w+(?::\w+)?"


def exported():
    """Names of series that serve gives, with their labels and the values of these."""
    found = {}
    with open(os.path.join(HERE, "../golden/metrics.txt"), encoding="utf-8") as file:
        for line in file:
            match = re.match(r"(tasktoll_\w+)(?:\{(.*)\})? ", line)
            if match:
                labels = found.setdefault(match.group(1), {})
                for label, value in re.findall(r'(\w+)="([^"]*)"', match.group(2) or ""):
                    labels.setdefault(label, set()).add(value)
    return found


def rules():
    import yaml
    with open(os.path.join(TOOLS, "rules.yaml"), encoding="utf-8") as file:
        return [rule for group in yaml.safe_load(file)["groups"] for rule in group["rules"]]


def recorded(known):
    """Names that rules record, with the labels that are left."""
    for rule in rules():
        if "record" in rule:
            kept = set(re.findall(r"\w+", re.search(r"\bby \(([^)]*)\)", rule["expr"]).group(1))) - {"le"}
            values = {}
            for name in re.findall(NAME, rule["expr"]):
                for label in kept & set(known.get(name, {})):
                    values.setdefault(label, set()).update(known[name][label])
            yield rule["record"], {label: values.get(label, set()) for label in kept}


def check_expression(text, known):
    """How many names it has; each name, label and value has to be known."""
    uses = re.findall(rf"({NAME})(?:\{{([^}}]*)\}})?", text)
    assert uses, f"nothing of tasktoll in: {text}"
    for name, matchers in uses:
        assert name in known, f"{name} in: {text}"
        for label, value in re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"', matchers):
            assert label in SCRAPED | set(known[name]), f"label {label} of {name} in: {text}"
            if label not in SCRAPED:
                for one in value.split("|"):
                    assert one in known[name][label], f'{label}="{one}" of {name} in: {text}'
    allowed = SCRAPED.union(*(known[name] for name, _ in uses))
    for labels in re.findall(r"\bby \(([^)]*)\)", text):
        assert set(re.findall(r"\w+", labels)) <= allowed, f"labels {labels} in: {text}"
    return len(uses)


def check_rules():
    known = exported()
    every = {**known, **dict(recorded(known))}
    assert sum(check_expression(rule["expr"], every) for rule in rules()) > 20
    for rule in rules():
        for label in re.findall(r"\$labels\.(\w+)", json.dumps(rule.get("annotations", {}))):
            assert label in SCRAPED, label


def check_dashboard():
    known = exported()
    every = {**known, **dict(recorded(known))}
    with open(os.path.join(TOOLS, "dashboard.json"), encoding="utf-8") as file:
        dashboard = json.load(file)
    places, panels = set(), dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 5
    for panel in panels:
        place = panel["gridPos"]
        places.add((place["x"], place["y"]))
        for target in panel["targets"]:
            check_expression(target["expr"], every)
            names = [name for name, _ in re.findall(rf"({NAME})(\{{)?", target["expr"])]
            labels = SCRAPED.union(*(every[name] for name in names))
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= labels, target
    assert len(places) == len(panels), "panels lie on one another"
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            check_expression(variable["definition"], every)


def promtool(*arguments):
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def has_promtool():
    return bool(shutil.which("promtool"))
