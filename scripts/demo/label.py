"""Labels items as a person does: right as often as their skill says, seeded by the item.

The demo copies it beside what it reads."""

import json
import random
import sys
from pathlib import Path

here = Path(__file__).parent
skill = int(sys.argv[1])
lines = (here / "answers.csv").read_text().splitlines()[1:]
rows = [[float(cell) for cell in line.split(",")] for line in lines]
spec = json.loads((here / "Sponsor-source" / "features.json").read_text())["csv"]
unit = [10 ** c["decimals"] for c in spec["columns"]]
known = []
for row in rows:
    values = [min(max(v * u, c["min"]), c["max"]) for v, u, c in zip(row, unit, spec["columns"])]
    known.append(([round((v - c["min"]) * 255 / (c["max"] - c["min"]))
                   for v, c in zip(values, spec["columns"])], int(row[-1])))
for line in sys.stdin:
    item = json.loads(line)
    item = item["features"] if isinstance(item, dict) else item
    label = min(known, key=lambda k: sum((a - b) ** 2 for a, b in zip(k[0], item)))[1]
    if random.Random(str(item) + sys.argv[1]).randrange(100) >= skill:
        label = (label + 1) % spec["classes"]
    print(label, flush=True)
