# SPDX-License-Identifier: GPL-2.0-or-later
"""look.py - what drgn sees in a dump, in lines that a test can search

In:  run by drgn with the dump and the kernel's own vmlinux: drgn -c VMCORE -s vmlinux.debug look.py
Out: release=, panicked= and pattern= (task name and process id), tasks= (how many), then the last lines of the kernel log as "log: ...".
Does not know: anything that drgn does not tell it.
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
