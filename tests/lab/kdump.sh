# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # machine.sh's
#
# kdump.sh - run an emulated x86_64 machine whose crashes kdump catches
# In:  sourced after machine.sh, whose other functions work with it: machine_new kdump, guest, machine_boot, machine_resets,
#      machine_stop, machine_disk, machine_drop; the part `kdump` is built.
# Out: the functions below. $M/raw.img is a second disk with nothing on it, $M/crash.img a third, ext4, with the label "crash".
# Does not know: what is asserted.
#
#   kdump_on                     switch it on
#   kdump_arm [ARGUMENT...]      load the kernel and the initramfs that a crash starts, ARGUMENTs on its command line
#   kdump_crash                  crash it; return when the machine has booted again by itself
#   kdump_drgn FILE SCRIPT...    with the machine off: what drgn says of the dump FILE; paths are below its root

kdump_on() {
    MACHINE_CMDLINE="console=ttyS0 root=/dev/vda ro fsck.mode=skip init=/usr/local/sbin/init crashkernel=${MACHINE_CRASHKERNEL:-384M} panic=10"
    MACHINE_BOOT=
    part=$(lab_part kdump)
    : > "$M/events"
    [ -e "$M/raw.img" ] || truncate -s 2G "$M/raw.img"
    [ -e "$M/crash.img" ] || mke2fs -q -t ext4 -L crash "$M/crash.img" 2G
    (
        # sockets by short names: their paths may not be longer than 107 bytes
        cd "$M" || exit 1
        lab_tree qemu-system-x86_64 -M q35 -cpu max -accel tcg,thread=multi -m 1024 -smp 2 \
            -nodefaults -display none -vga none -monitor none -chardev file,id=console,path=console,append=on -serial chardev:console \
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

# one CPU, and the boot as it is: without fsck, so that the kernel says what state a file system was left in, but for what the caller adds
kdump_arm() {
    guest "kexec -p /boot/vmlinuz --initrd=/boot/initramfs.img --append='console=ttyS0 nr_cpus=1 reset_devices panic=10 fsck.mode=skip $*'"
    guest 'grep -qx 1 /sys/kernel/kexec_crash_loaded'
}

# the answer is there before the crash; sysrq has to be waited for outside of the agent
kdump_crash() {
    guest 'sync; (sleep 1; echo c > /proc/sysrq-trigger) > /dev/null 2>&1 &'
    machine_boot
}

kdump_drgn() {
    local file="$1"
    shift
    machine_disk env "TREE=$(lab_part tree)" "$LAB_HERE/tree-exec" drgn -q -c "$file" -s "$(lab_part debian-x86)/vmlinux" "$@"
}
