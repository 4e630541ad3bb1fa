"""What is printed, and how."""

import time

GRD = 10**12
#: The test dollar, asset 1.
DOLLAR = 10**6


def say(text=""):
    print(text, flush=True)


def step(text):
    say(f"\n\033[1m{time.strftime('%H:%M:%S')}  {text}\033[0m")


def grd(units):
    units = int(units)
    return f"{units // GRD:,}.{units % GRD:012d}"


def amount(units, asset):
    """An amount of GRD, or of the test dollar."""
    if asset is None:
        return f"{grd(units)} GRD"
    units = int(units)
    return f"{units // DOLLAR:,}.{units % DOLLAR:06d} TUSD"


def table(heads, rows):
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [heads] + rows) for i in range(len(heads))]
    numeric = [all(row[i][:1] in "-0123456789" for row in rows) for i in range(len(heads))]

    def line(cells):
        padded = [c.rjust(w) if n else c.ljust(w) for c, w, n in zip(cells, widths, numeric)]
        return "  " + "  ".join(padded).rstrip()

    say(line(heads))
    say("  " + "  ".join("-" * width for width in widths))
    for row in rows:
        say(line(row))
