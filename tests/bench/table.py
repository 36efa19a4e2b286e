#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""table - the results of the runs: medians, ratios, and which goals are met

In: the file of cases, and the file that run.py wrote.
Out: two tables with a head line and aligned columns, on stdout and in files.  No value contains a space.
Does not know: how the runs were measured.
"""
import statistics
import sys

from run import read_cases

HEAD = "case source target run wall_s min_s max_s cpu_s anon_MiB MiB stored_MiB pages".split()
GOALS_HEAD = "case source target measure of goal measured result".split()
MIB = 1 << 20


def read_runs(path):
    """{(case, source, target): {run: {measure: [value of each round]}}}, in the order of the file."""
    found = {}
    with open(path, encoding="utf-8") as f:
        columns = f.readline().split()
        for line in f:
            row = dict(zip(columns, line.split()))
            runs = found.setdefault((row["case"], row["source"], row["target"]), {})
            values = runs.setdefault(row["run"], {})
            for measure in columns[5:]:
                values.setdefault(measure, []).append(float(row[measure]))
    return found


def value(values, measure):
    """The value of a measure over all rounds: the median; for memory the maximum."""
    return max(values[measure]) if measure == "anon_kb" else statistics.median(values[measure])


def compare(runs, measure, of):
    """The value of RUN, or the ratio RUN/RUN, in one case; None if one of them was not run."""
    names = of.split("/")
    if any(n not in runs for n in names):
        return None
    found = [value(runs[n], measure) for n in names]
    if len(found) == 1:
        return found[0]
    return found[0] / found[1] if found[1] else float("inf")


def goals(cases, found):
    """A row for each goal whose runs exist."""
    rows = []
    for case in cases:
        for key, runs in found.items():
            if key[0] != case["name"]:
                continue
            for measure, of, sign, bound in case["goals"]:
                got = compare(runs, measure, of)
                if got is None:
                    continue
                met = got <= float(bound) if sign == "<=" else got >= float(bound)
                shown = f"{got:.2f}" if "/" in of else f"{got:.0f}"
                rows.append([*key, measure, of, sign + bound, shown, "met" if met else "missed"])
    return rows


def medians(found):
    """A row for each run of a case, over all its rounds."""
    rows = []
    for key, runs in found.items():
        for name, v in runs.items():
            wall = v["wall_s"]
            rows.append([*key, name, f"{statistics.median(wall):.2f}", f"{min(wall):.2f}",
                         f"{max(wall):.2f}", f"{value(v, 'cpu_s'):.2f}",
                         f"{value(v, 'anon_kb') / 1024:.1f}" if any(v["anon_kb"]) else "-",
                         f"{value(v, 'bytes') / MIB:.1f}",
                         f"{value(v, 'stored_bytes') / MIB:.1f}", f"{value(v, 'pages'):.0f}"])
    return rows


def aligned(head, rows):
    """The lines of a table; words are aligned to the left, numbers to the right."""
    rows = [head] + rows
    widths = [max(len(r[i]) for r in rows) for i in range(len(head))]
    lines = []
    for r in rows:
        cells = [c.rjust(w) if rows[-1][i][:1].isdigit() else c.ljust(w)
                 for i, (c, w) in enumerate(zip(r, widths))]
        lines.append("  ".join(cells).rstrip() + "\n")
    return "".join(lines)


def main():
    cases, runs, folder = sys.argv[1:]
    found = read_runs(runs)
    for name, text in (("table", aligned(HEAD, medians({k: v for k, v in found.items()
                                                         if k[0] != "binary"}))),
                       ("goals", aligned(GOALS_HEAD, goals(read_cases(cases), found)))):
        with open(f"{folder}/{name}.tsv", "w", encoding="utf-8") as f:
            f.write(text)
        print(text)


if __name__ == "__main__":
    main()
