# SPDX-License-Identifier: GPL-2.0-or-later
"""look.py - print what drgn finds in a dump, as lines that a test can search

In:  run by drgn with the dump and the vmlinux of its kernel: drgn -c VMCORE -s vmlinux.debug look.py
Out: release=, panicked= and pattern= (name and process id of a task), tasks= (number of tasks), then the last lines of
     the kernel log as "log: ...".
Does not know: the format of the dump.
"""
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.printk import get_dmesg

print("release=" + prog["init_uts_ns"].name.release.string_().decode())
task = prog.crashed_thread().object
print(f"panicked={task.comm.string_().decode()} {task.pid.value_()}")
tasks = list(for_each_task(prog))
print(f"tasks={len(tasks)}")
for task in tasks:
    if task.comm.string_() == b"pattern":
        print(f"pattern=pattern {task.pid.value_()}")
for line in get_dmesg(prog).decode(errors="replace").splitlines()[-40:]:
    print("log: " + line)
