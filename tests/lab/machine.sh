# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# machine.sh - run an emulated POWER machine
# In:  sourced by the *.bats files and the demonstration, which set LAB_HERE to this directory; the lab is built.
#      One machine at a time; net.sh has a second one beside it.
# Out: the functions below. $M is the machine's directory: root.img, console (its log), events (QMP), pid.
# Does not know: what is asserted.
#
#   machine_start FLAVOUR [ARGUMENT...]  start `full` or `mini`; ARGUMENTs go on the kernel command line
#                                        $MACHINE_KERNEL, $MACHINE_INITRAMFS: other parts; $MACHINE_DISK: a file as second disk;
#                                        $MACHINE_MODEL: powernv10 has OPAL (with kernel-opal; no second disk); pseries has
#                                        SLOF, firmware that takes its time; else a pseries whose firmware takes none;
#                                        $MACHINE_LOADER: grub boots from a disk of its own, as distributions install it;
#                                        $MACHINE_OPTIONS: more options of QEMU, words, paths relative to $M
#   machine_new FLAVOUR                  the first half of it: make $M with a disk; then, as often as wanted,
#   machine_on [ARGUMENT...]             switch it on
#   guest COMMAND                        run it in the guest (deadline $GUEST_SECONDS, 60): output, exit status
#   machine_boot                         wait until a boot that was not seen before answers (deadline $BOOT_SECONDS, 240)
#   machine_crash                        crash its kernel; return when the firmware has reset it
#   machine_resets                       print how many resets there were so far
#   machine_stop                         power off (20 s), then kill; the disk stays
#   machine_cut                          cut its power
#   machine_disk COMMAND...              with the machine off: run a command in its root file system, seen read-only
#   machine_drop                         stop it and remove all of it (LAB_KEEP=1 leaves its files)

LAB=${FADUMP_LAB:-${HOME:-/root}/.cache/fadump-lab}
export LAB

# lab_part NAME: the directory of a part
lab_part() {
    "$LAB_HERE/lab" path "$1"
}

# lab_tree COMMAND...: in the Debian 13 tree; replaces the caller, so that $! of a caller in the background is COMMAND
lab_tree() {
    TREE=$(lab_part tree) exec "$LAB_HERE/tree-exec" "$@"
}

# lab_qemu OPTION...: this machine's own where it is new enough (the tree then has none); replaces the caller
lab_qemu() {
    [ ! -x "$(lab_part tree)/usr/bin/qemu-system-ppc64" ] || lab_tree qemu-system-ppc64 "$@"
    exec qemu-system-ppc64 "$@"
}

machine_fail() {
    echo "machine: $*" >&2
    echo "machine: the last lines of $M/console:" >&2
    tail -n 40 "$M/console" "$M/qemu.log" >&2
    return 1
}

machine_start() {
    machine_new "$1"
    shift
    machine_on "$@"
}

machine_new() {
    mkdir -p "$LAB/run"
    M=$(mktemp -d "$LAB/run/$1.XXXXXX")
    export M
    echo "$1" > "$M/flavour"
    cp --reflink=auto --sparse=always "$(lab_part "$1")/root.img" "$M/root.img"
    case ${MACHINE_MODEL-} in powernv*) machine_flash ;; esac
}

machine_on() {
    local initramfs="${MACHINE_INITRAMFS:-$(lab_part "initramfs-$(cat "$M/flavour")")}/initramfs.img"
    set -- "root=/dev/vda ro crashkernel=${MACHINE_CRASHKERNEL:-768M} $*"
    if [ -z "${MACHINE_LOADER-}" ]; then
        machine_qemu "$1" -initrd "$initramfs"
    else
        machine_grub "console=hvc0 $1" "$initramfs" > "$M/loader.log" 2>&1
        machine_qemu "$1" -drive file=loader.img,if=none,id=loader,format=raw,cache=unsafe -device virtio-blk-pci,drive=loader,bootindex=0
    fi
}

# machine_qemu CMDLINE [OPTION...]: any machine; the console of one that is switched on again goes on in the same file
machine_qemu() {
    MACHINE_CMDLINE="console=hvc0 $1"
    MACHINE_BOOT=
    shift
    [ -n "${MACHINE_LOADER-}" ] || set -- -kernel "$(lab_part "${MACHINE_KERNEL:-kernel}")/vmlinux" -append "$MACHINE_CMDLINE" "$@"
    : > "$M/events"
    (
        # sockets by short names: their paths may not be longer than 107 bytes
        cd "$M" || exit 1
        # shellcheck disable=SC2046,SC2086 # lists
        lab_qemu -M $(machine_model) -cpu power10 -accel "tcg,thread=multi,tb-size=${MACHINE_TB_MIB:-64}" -m "${MACHINE_MEMORY:-4096}" \
            -nodefaults -display none -vga none -monitor none -chardev file,id=console,path=console,append=on -serial chardev:console \
            -qmp unix:qmp.sock,server=on,wait=off -qmp unix:talk.sock,server=on,wait=off \
            -drive file=root.img,if=none,id=d0,format=raw,cache=unsafe -device "virtio-blk-pci,drive=d0$(machine_bus 0)" \
            ${MACHINE_DISK:+-drive "file=$MACHINE_DISK,if=none,id=d1,format=raw,cache=unsafe" -device virtio-blk-pci,drive=d1} \
            -chardev socket,id=agent,path=agent.sock,server=on,wait=off \
            -device "virtio-serial-pci$(machine_bus 1)" -device virtserialport,chardev=agent,name=lab.agent ${MACHINE_OPTIONS-} "$@" \
            < /dev/null > qemu.log 2>&1 3>&- &
        echo $! > pid
        "$LAB_HERE/talk" . events < /dev/null > talk.log 2>&1 3>&- &
    )
}

# machine_model: the machine itself, as options of QEMU. That of OPAL has no PCI bus but one that it is given, with room for one
# device. Its firmware reaches its flash through a BMC, and without a flash the crash ends before the reset: OPAL takes a machine
# check (in skiboot 7.1 flash_unregister(), called by p9_sbe_terminate(), follows a pointer that is not set then).
machine_model() {
    case ${MACHINE_MODEL-} in
        powernv*) echo "$MACHINE_MODEL -smp 1 -device pnv-phb,chip-id=0,index=0 -device pnv-phb-root-port -device ipmi-bmc-sim,id=bmc" \
            "-device isa-ipmi-bt,bmc=bmc,irq=10 -drive file=flash.img,if=mtd,format=raw" ;;
        *) echo "${MACHINE_MODEL:-pseries,x-vof=on} -smp 2,maxcpus=2" ;;
    esac
}

# machine_bus N: where device N is plugged in, if that has to be said
machine_bus() {
    case ${MACHINE_MODEL-} in powernv*) printf ',bus=pcie.0,addr=0.%d,multifunction=on' "$1" ;; esac
}

# machine_grub CMDLINE INITRAMFS: a disk with GRUB in a PReP partition (type 41), which the firmware looks for, and a file system for
# it; the menu waits as long as Debian's, Fedora's and RHEL's do (GRUB_TIMEOUT)
machine_grub() {
    mkdir "$M/loader"
    cp "$(lab_part "${MACHINE_KERNEL:-kernel}")/vmlinux" "$M/loader/"
    cp "$2" "$M/loader/initrd.img"
    printf '%s\n' 'set timeout=5' 'menuentry Linux {' "linux /vmlinux $1" 'initrd /initrd.img' '}' > "$M/loader/grub.cfg"
    truncate -s 200M "$M/loader.img"
    printf '%s\n' 'label: dos' 'start=2048, size=16384, type=41, bootable' 'start=18432, type=83' | sfdisk "$M/loader.img"
    dd if="$(lab_part grub)/core.elf" of="$M/loader.img" seek=2048 conv=notrunc
    mkfs.ext4 -F -d "$M/loader" -E offset=$((18432 * 512)) "$M/loader.img" $((200 * 1024 - 18432 / 2))k
    rm -r "$M/loader"
}

# machine_flash: a flash whose table has no partitions; OPAL goes on without. Words, big endian (struct __ffs_hdr of skiboot's
# libflash/ffs.h): "PART", version, blocks of the table, bytes of an entry, entries, bytes of a block, blocks, 4 reserved, all XORed
machine_flash() {
    printf %s 50415254 00000001 00000001 00000080 00000000 00001000 00008000 00000000 00000000 00000000 00000000 5041C2D4 \
        | basenc --base16 -d > "$M/flash.img"
    truncate -s 128M "$M/flash.img"
}

guest() {
    "$LAB_HERE/talk" "$M" run "${GUEST_SECONDS:-60}" "$1" || {
        local status=$?
        # talk's own: no answer in time, no machine
        case $status in 124 | 125) machine_fail "no answer to: $1" ;; esac
        return $status
    }
}

machine_boot() {
    MACHINE_BOOT=$("$LAB_HERE/talk" "$M" boot "${BOOT_SECONDS:-240}" "$MACHINE_BOOT") || machine_fail 'it does not come up'
}

# With OPAL the CPU that asks for the reset has to leave what it executes before QEMU's main thread resets it, and QEMU 11.1 does
# not wait for that: if it comes later, it goes on where it was, with the rest of its state reset, for ever. So the main thread
# may not displace it.
machine_crash() {
    local crashed=0
    case ${MACHINE_MODEL-} in powernv*) chrt --idle --pid 0 "$(cat "$M/pid")" ;; esac
    "$LAB_HERE/talk" "$M" crash 'echo c > /proc/sysrq-trigger' || crashed=$?
    case ${MACHINE_MODEL-} in powernv*) chrt --other --pid 0 "$(cat "$M/pid")" ;; esac
    [ $crashed -eq 0 ] || machine_fail 'it was not reset'
}

machine_resets() {
    grep -c '"RESET"' "$M/events" || true
}

machine_stop() {
    "$LAB_HERE/talk" "$M" run 5 'sync; (sleep 1; poweroff -f) > /dev/null 2>&1 &' > /dev/null || true
    machine_gone 20
}

# as a power cut: what the guest has not written to its disk is lost
machine_cut() {
    machine_gone 0
}

# machine_gone SECONDS: wait so long for QEMU to end by itself, then end it
machine_gone() {
    local pid waited=0
    pid=$(cat "$M/pid" 2> /dev/null) || return 0
    while kill -0 "$pid" 2> /dev/null; do
        [ $waited -lt $(($1 * 2)) ] || kill -KILL "$pid"
        sleep 0.5
        waited=$((waited + 1))
    done
    rm -f "$M/pid"
}

# the journal is replayed first, as the next boot would do
machine_disk() {
    # shellcheck disable=SC2016 # expanded inside
    "$LAB_HERE/alone" sh -euc '
        mkdir -p "$M/disk"
        mount -o loop "$M/root.img" "$M/disk"
        cd "$M/disk"
        exec "$@"' sh "$@"
}

machine_drop() {
    [ -n "${M-}" ] || return 0
    machine_stop
    [ -n "${LAB_KEEP-}" ] || rm -rf --one-file-system "$M"
    M=''
}
