# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # used by machine.sh
#
# kdump.sh - run an emulated x86_64 machine with kdump
# In:  sourced after machine.sh. Its functions machine_new kdump, guest, machine_boot, machine_resets, machine_stop,
#      machine_disk and machine_drop work with a kdump machine. The part `kdump` is built.
# Out: the functions below. $M/raw.img is an empty second disk, $M/crash.img a third disk, ext4, with the label "crash".
# Does not know: the assertions.
#
#   kdump_on                     start the machine
#   kdump_arm [ARGUMENT...]      load the capture kernel and its initramfs; ARGUMENTs are for its command line
#   kdump_crash                  crash the machine; return when it has saved the dump, rebooted, and answers again
#   kdump_drgn FILE SCRIPT...    with the machine off: run SCRIPT with drgn on the dump FILE; relative paths begin at
#                                the root of the machine

kdump_on() {
    MACHINE_CMDLINE="console=ttyS0 root=/dev/vda ro fsck.mode=skip init=/usr/local/sbin/init"
    MACHINE_CMDLINE="$MACHINE_CMDLINE crashkernel=${MACHINE_CRASHKERNEL:-384M} panic=10"
    MACHINE_BOOT=
    part=$(lab_part kdump)
    : > "$M/events"
    [ -e "$M/raw.img" ] || truncate -s 2G "$M/raw.img"
    [ -e "$M/crash.img" ] || mke2fs -q -t ext4 -L crash "$M/crash.img" 2G
    (
        # relative names of sockets: their paths may have at most 107 bytes
        cd "$M" || exit 1
        lab_tree qemu-system-x86_64 -M q35 -cpu max -accel tcg,thread=multi -m 1024 -smp 2 \
            -nodefaults -display none -vga none -monitor none \
            -chardev file,id=console,path=console,append=on -serial chardev:console \
            -qmp unix:qmp.sock,server=on,wait=off -qmp unix:talk.sock,server=on,wait=off \
            -kernel "$part/vmlinuz" -initrd "$part/initramfs.img" -append "$MACHINE_CMDLINE" \
            -drive file=root.img,if=none,id=d0,format=raw,cache=unsafe -device virtio-blk-pci,drive=d0 \
            -drive file=raw.img,if=none,id=d1,format=raw,cache=unsafe -device virtio-blk-pci,drive=d1 \
            -drive file=crash.img,if=none,id=d2,format=raw,cache=unsafe -device virtio-blk-pci,drive=d2 \
            -chardev socket,id=agent,path=agent.sock,server=on,wait=off \
            -device virtio-serial-pci -device virtserialport,chardev=agent,name=lab.agent \
            < /dev/null > qemu.log 2>&1 3>&- &
        echo $! > pid
        "$LAB_HERE/talk" . events < /dev/null > talk.log 2>&1 3>&- &
    )
}

# fsck.mode=skip: no fsck, so that the kernel logs the state in which a file system was left
kdump_arm() {
    guest "kexec -p /boot/vmlinuz --initrd=/boot/initramfs.img \
        --append='console=ttyS0 nr_cpus=1 reset_devices panic=10 fsck.mode=skip $*'"
    guest 'grep -qx 1 /sys/kernel/kexec_crash_loaded'
}

# The crash is delayed by one second in the background, so that the agent answers before it.
kdump_crash() {
    guest 'sync; (sleep 1; echo c > /proc/sysrq-trigger) > /dev/null 2>&1 &'
    machine_boot
}

kdump_drgn() {
    local file="$1"
    shift
    machine_disk env "TREE=$(lab_part tree)" "$LAB_HERE/tree-exec" \
        drgn -q -c "$file" -s "$(lab_part debian-x86)/vmlinux" "$@"
}
