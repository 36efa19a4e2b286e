#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""run - measure commands in turn: each round runs every command of a case once

In: a file of cases (its head describes the format); programs, sources and target directories by name.
Out: one line for each successful run: its names and round, wall and CPU seconds, peak anonymous memory, the sizes of
the output file with and without holes, the number of its pages.
Does not know: the goals; the origin of the sources.
"""
import argparse
import os
import select
import shlex
import subprocess
import sys
import time

import kdump

COLUMNS = "case source target run round wall_s cpu_s anon_kb bytes stored_bytes pages".split()
POLL_MS = 5


def read_cases(path):
    """The cases as dictionaries, in the order of the file."""
    cases = []
    for line in open(path, encoding="utf-8"):
        word, _, rest = line.split("#")[0].strip().partition(" ")
        if word == "case":
            name, sources, targets = rest.split()
            cases.append({"name": name, "sources": sources.split(","),
                          "targets": targets.split(","), "runs": {}, "goals": []})
        elif word == "run":
            name, _, command = rest.strip().partition(" ")
            cases[-1]["runs"][name] = command
        elif word == "goal":
            cases[-1]["goals"].append(rest.split())
        elif word:
            raise SystemExit(f"{path}: unknown word '{word}'")
    return cases


def anonymous_kb(fd):
    """RssAnon in kB: memory of only this process, without the pages of a mapped source."""
    try:
        text = os.pread(fd, 4096, 0)
    except ProcessLookupError:
        return 0
    at = text.find(b"RssAnon:")  # missing after the process has exited
    return int(text[at + 8:].split()[0]) if at >= 0 else 0


def measure(argv, out, log, stdout=None):
    """Run @argv; if it succeeds, fsync @out.  Returns the exit status, the wall seconds including the fsync, the CPU
    seconds of the command, and its peak anonymous memory in kB."""
    began = time.monotonic()
    # Popen returns after the exec: the memory of this interpreter is not counted
    child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=stdout or log, stderr=log)
    status_fd = os.open(f"/proc/{child.pid}/status", os.O_RDONLY)
    ended = select.poll()
    ended.register(os.pidfd_open(child.pid), select.POLLIN)
    peak = 0
    while True:
        peak = max(peak, anonymous_kb(status_fd))
        if done := ended.poll(POLL_MS):
            break
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode == 0:  # makedumpfile and cat do not fsync their output
        fd = os.open(out, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)
    wall = time.monotonic() - began
    os.close(done[0][0])
    os.close(status_fd)
    return child.returncode, wall, usage.ru_utime + usage.ru_stime, peak


def touch_memory(folder, nbytes):
    """Allocate @nbytes and free them.  A virtualization host may have reclaimed free memory of this guest.  The guest
    needs time to get this memory back, and that time must not be measured."""
    block = bytes(1 << 20)
    path = os.path.join(folder, "touched")
    with open(path, "wb") as f:
        for _ in range(nbytes >> 20):
            f.write(block)
    os.unlink(path)


def one(args, command, source, folder):
    """Run @command once.  Returns the columns from wall_s on; None if it failed or wrote no complete dump."""
    path, out = args.sources[source], os.path.join(folder, "out")
    program, _, options = command.partition(" ")
    emulated = f"{source}:{program}" in args.programs
    argv = shlex.split(args.programs[f"{source}:{program}" if emulated else program])
    argv += shlex.split(options)
    if program == "makedumpfile":
        argv += [path, out]
    elif program == "cat":
        argv += [path]
    else:
        argv += ["--quiet", "--no-dmesg", "--source", path, "--file", out]
    with open(args.log, "ab") as log:
        log.write(f"+ {' '.join(argv)}\n".encode())
        log.flush()
        if program == "cat":
            with open(out, "wb") as stdout:
                status, wall, cpu, anon = measure(argv, out, log, stdout)
        else:
            status, wall, cpu, anon = measure(argv, out, log)
    try:
        if status != 0:
            raise ValueError(f"failed with status {status}")
        st = os.stat(out)
        pages = kdump.pages(out)
    except (ValueError, OSError) as e:
        print(f"bench: {' '.join(argv)}: {e}", file=sys.stderr)
        return None
    finally:
        for name in out, out + ".incomplete":
            if os.path.exists(name):
                os.unlink(name)
    # under qemu-user, 0 is reported instead of the memory, which would include the memory of the emulator
    return [f"{wall:.3f}", f"{cpu:.3f}", 0 if emulated else anon, st.st_size, st.st_blocks * 512, pages]


def equal(pages):
    """Do all runs keep the same pages?  fadump-copy may keep up to 1 % more: it keeps pages of unknown use.
    0 pages means ELF, which is not checked."""
    ours = [p for n, p in pages.items() if n.startswith("ours") and p]
    peer = [p for n, p in pages.items() if n.startswith("peer") and p]
    return not ours or not peer or max(peer) <= min(ours) and max(ours) <= 1.01 * min(peer)


def run_case(args, case, source, target, table):
    """Run all rounds of one case.  Returns False if a run failed, or if the runs did not keep the same pages."""
    folder = args.targets[target]
    names = list(case["runs"])
    pages = {}
    nbytes = os.stat(args.sources[source]).st_blocks * 512
    for i in range(args.rounds):
        # each round begins with another command: the first command may have an advantage (free memory)
        for name in names[i % len(names):] + names[:i % len(names)]:
            touch_memory(args.memory, nbytes)
            os.sync()
            columns = one(args, case["runs"][name], source, folder)
            if columns is None:
                return False
            pages[name] = columns[-1]
            print(case["name"], source, target, name, i, *columns, sep="\t", file=table, flush=True)
    if not equal(pages):
        print(f"bench: {case['name']}, {source}: not the same pages: {pages}", file=sys.stderr)
        return False
    return True


def named(text):
    name, _, value = text.partition("=")
    return name, value


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--log", required=True)
    p.add_argument("--memory", required=True, help="a folder on a tmpfs")
    p.add_argument("--only", default="", help="names of the cases to run; all if empty")
    for what in "program", "source", "target":
        p.add_argument("--" + what, dest=what + "s", action="append", default=[], type=named)
    p.add_argument("cases")
    p.add_argument("table")
    args = p.parse_args()
    for what in "programs", "sources", "targets":
        setattr(args, what, dict(getattr(args, what)))
    only = args.only.split()
    good = True
    with open(args.table, "w", encoding="utf-8") as table:
        print(*COLUMNS, sep="\t", file=table)
        for case in read_cases(args.cases):
            for source in case["sources"]:
                for target in case["targets"]:
                    slow = any(p.startswith(source + ":") for p in args.programs)
                    if slow and target != "tmpfs":  # the speed of a disk cannot be measured under an emulator
                        continue
                    if source in args.sources and target in args.targets and case["runs"] \
                            and (not only or case["name"] in only):
                        print(f"bench: {case['name']}, {source}, to {target}", file=sys.stderr)
                        good = run_case(args, case, source, target, table) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
