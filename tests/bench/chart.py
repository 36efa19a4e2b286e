#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""chart - two panels as SVG: time by memory size, and time by number of threads

In: the file that run.py wrote; the cases "scan" (sources big-GIB) and "threads" (runs NAME-N).
Out: one SVG file.  The first panel is omitted if "scan" was run with fewer than two sources, the second if "threads"
has no runs of one of the programs.  Without a panel no file is written.
Does not know: goals.
"""
import math
import sys

from table import read_runs, value

WIDTH, HEIGHT, LEFT, TOP, PANEL, LOW = 1280, 440, 64, 62, 340, 360
OURS, PEER = "#0b6e4f", "#b5410d"
STYLE = ("text{font:13px sans-serif;fill:#222}.t{font-weight:bold;font-size:15px}"
         ".s{fill:#666;font-size:12px}.g{stroke:#ddd}.a{stroke:#888}")


class Panel:
    """One coordinate system: x is the index in @ticks, y the logarithm of seconds."""

    def __init__(self, left, title, note, ticks, every):
        self.left, self.ticks = left, ticks
        self.low, self.high = math.floor(math.log10(min(every))), math.ceil(math.log10(max(every)))
        self.out = [f'<text class="t" x="{left}" y="26">{title}</text>',
                    f'<text class="s" x="{left}" y="44">{note}</text>']

    def x(self, tick):
        return self.left + 24 + self.ticks.index(tick) * (PANEL - 48) / max(1, len(self.ticks) - 1)

    def y(self, seconds):
        return LOW - (math.log10(seconds) - self.low) / max(1, self.high - self.low) * (LOW - TOP)

    def axes(self, unit):
        for s in (10.0 ** n for n in range(self.low, self.high + 1)):
            y = self.y(s)
            self.out.append(f'<path class="g" d="M{self.left} {y:.1f}h{PANEL}"/>'
                            f'<text x="{self.left - 8}" y="{y + 4:.1f}" text-anchor="end">{s:g} s</text>')
        for t in self.ticks:
            self.out.append(f'<text x="{self.x(t):.1f}" y="{LOW + 20}" text-anchor="middle">{t:g}</text>')
        self.out.append(f'<path class="a" d="M{self.left} {LOW}h{PANEL}"/><text x="{self.left + PANEL / 2}" '
                        f'y="{LOW + 42}" text-anchor="middle">{unit}</text>')

    def line(self, points, colour, dashes=""):
        """@points: {tick: seconds}."""
        at = [(self.x(t), self.y(s)) for t, s in sorted(points.items())]
        self.out.append(f'<path fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes}" '
                        f'd="M{" L".join(f"{x:.1f} {y:.1f}" for x, y in at)}"/>')
        for (x, y), s in zip(at, (s for _, s in sorted(points.items()))):
            self.out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
                            f'<title>{s:.2f} s</title>')

    def names(self, lines):
        """@lines: [(name, colour, seconds at the right end)].  Labels that would overlap are moved down."""
        at = None
        for name, colour, s in sorted(lines, key=lambda line: -line[2]):
            y = self.y(s) + 4
            at = y if at is None else max(y, at + 16)
            self.out.append(f'<text x="{self.left + PANEL - 12}" y="{at:.1f}" '
                            f'style="fill:{colour}">{name}, {s:.3g} s</text>')


def by_ram(found, left):
    lines = {"fadump-copy, 2 threads": ("ours", OURS, ""), "fadump-copy, 1 thread": ("ours-1thread", OURS, "5 4"),
             "makedumpfile": ("peer", PEER, "")}
    points = {}
    for (case, source, target), runs in found.items():
        if case == "scan":
            for name, (run, _, _) in lines.items():
                if run in runs:
                    points.setdefault(name, {})[int(source[4:])] = value(runs[run], "wall_s")
    ticks = sorted({t for p in points.values() for t in p})
    if len(ticks) < 2:
        return []
    panel = Panel(left, "Scan, by memory of the machine", "level 31 of a synthetic vmcore, zstd; both axes logarithmic",
                  ticks, [s for p in points.values() for s in p.values()])
    panel.axes("GiB of memory")
    for name, (_, colour, dashes) in lines.items():
        if name in points:
            panel.line(points[name], colour, dashes)
    panel.names([(name, lines[name][1], p[max(p)]) for name, p in points.items()])
    return panel.out


def by_threads(found, left):
    runs = next((r for (case, _, _), r in found.items() if case == "threads"), {})
    times = {name: value(v, "wall_s") for name, v in runs.items()}
    ours, peer = ({int(n.split("-")[1]): s for n, s in times.items() if n.startswith(who) and n != "peer-0"}
                  for who in ("ours", "peer"))
    if not ours or not peer:
        return []
    panel = Panel(left, "Copy, by threads", "a real vmcore, level 1, zstd; seconds logarithmic", sorted(ours),
                  times.values())
    panel.axes("threads")
    panel.line(ours, OURS)
    panel.line(peer, PEER)
    lines = [("fadump-copy", OURS, ours[max(ours)]), ("makedumpfile --num-threads", PEER, peer[max(peer)])]
    if "peer-0" in times:
        panel.line({t: times["peer-0"] for t in panel.ticks}, PEER, "5 4")
        lines.append(("makedumpfile, no threads", PEER, times["peer-0"]))
    panel.names(lines)
    return panel.out


def main():
    found = read_runs(sys.argv[1])
    body = by_ram(found, LEFT) + by_threads(found, LEFT + 600)
    if not body:
        return
    with open(sys.argv[2], "w", encoding="utf-8") as f:
        f.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
                f'width="{WIDTH}" height="{HEIGHT}">\n<!-- SPDX-License-Identifier: GPL-2.0-or-later; '
                f'made by tests/bench/chart.py -->\n<style>{STYLE}</style>\n'
                '<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(body) + "\n</svg>\n")


if __name__ == "__main__":
    main()
