# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# machine.sh - run an emulated POWER machine
# In:  sourced by evidence.sh, the benchmarks, photograph and take-*, which set LAB_HERE to this directory; the parts
#      that the machine needs are built. A shell runs one machine at a time; net.sh adds a second one, the server.
# Out: the functions below. $M is the directory of the machine: root.img, console (log), events (QMP), pid.
# Does not know: the assertions.
#
#   machine_start FLAVOUR [ARGUMENT...]  start FLAVOUR, a part with a root.img (full, mini, disks); ARGUMENTs are for
#                                        the kernel command line
#   machine_new FLAVOUR                  the first half of machine_start: make $M with a disk
#   machine_on [ARGUMENT...]             the second half, may be repeated: start the machine
#   machine_ready FLAVOUR [ARGUMENT...] [-- ARGUMENT...]
#                                        like machine_start and machine_boot, but the machine does not boot: it
#                                        continues a snapshot (see snapshot.sh). $MACHINE_INITRAMFS and the ARGUMENTs
#                                        after -- take effect in later boots only. All $MACHINE_DISK files of the same
#                                        size share a snapshot
#   guest COMMAND                        run COMMAND in the guest (deadline: $GUEST_SECONDS, 60); print its stdout and
#                                        stderr, return its exit status
#   machine_boot                         wait until the agent answers in a new boot (deadline: $BOOT_SECONDS, 600)
#   machine_crash                        crash the kernel; return when the firmware has reset the machine
#   machine_resets                       print the number of resets so far
#   machine_stop                         power off; kill QEMU if it has not ended after 20 s; the disk remains
#   machine_cut                          cut the power: kill QEMU; the disk remains
#   machine_disk COMMAND...              with the machine off: run COMMAND in its root file system, which is mounted
#                                        privately
#   machine_initramfs PART DIRECTORY     later boots have the initramfs of PART with the files of DIRECTORY
#   machine_hook PART COMMANDS           later boots have the initramfs of PART with the files of $M/more, and with a
#                                        pre-pivot hook that runs COMMANDS before the hook of the module
#   machine_drop                         stop the machine and remove its files (LAB_KEEP=1 keeps them)
#
# Variables that machine_start, machine_on and machine_ready use:
#   MACHINE_MEMORY                       memory in MiB (4096)
#   MACHINE_CRASHKERNEL                  crashkernel= of the kernel command line (768M)
#   MACHINE_KERNEL, MACHINE_INITRAMFS    parts to use instead of the usual ones
#   MACHINE_DISK                         a file as second disk
#   MACHINE_MODEL                        powernv10: OPAL (no second disk). pseries: SLOF, which needs time to boot.
#                                        Default: pseries with VOF, which boots immediately
#   MACHINE_LOADER                       grub: the firmware boots GRUB from a disk, as distributions install it
#   MACHINE_OPTIONS                      more options of QEMU, separated by spaces; paths are relative to $M

LAB=${FADUMP_LAB:-${HOME:-/root}/.cache/fadump-lab}
export LAB

# Arguments of every kernel. norandmaps makes the emulation faster: QEMU looks up translated code by its physical and
# virtual address. With random addresses QEMU translates shell, linker and libraries again for each process: one process
# takes 121 ms of CPU time, and 33 ms with norandmaps.
MACHINE_CONSOLE='console=hvc0 norandmaps'

# shellcheck source=snapshot.sh
. "$LAB_HERE/snapshot.sh"

# lab_part NAME: print the directory of a part. If $LAB_PARTS is set, the answers are cached in that directory: the key
# of an initramfs depends on the installed product, and an installation of the product takes half a second.
lab_part() {
    [ -n "${LAB_PARTS-}" ] || {
        "$LAB_HERE/lab" path "$1"
        return
    }
    [ -s "$LAB_PARTS/$1" ] || "$LAB_HERE/lab" path "$1" > "$LAB_PARTS/$1" || return
    cat "$LAB_PARTS/$1"
}

# lab_tree COMMAND...: run COMMAND in the part tree. It replaces the calling shell (exec), so that in the background $!
# is the process id of COMMAND.
lab_tree() {
    TREE=$(lab_part tree) exec "$LAB_HERE/tree-exec" "$@"
}

# lab_qemu OPTION...: run QEMU of the part tree, or that of the host if it is new enough (then the tree has none);
# replaces the calling shell
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

# machine_dir FLAVOUR: make the directory $M
machine_dir() {
    mkdir -p "$LAB/run"
    M=$(mktemp -d "$LAB/run/$1.XXXXXX")
    export M
    echo "$1" > "$M/flavour"
}

machine_new() {
    machine_dir "$1"
    cp --reflink=auto --sparse=always "$(lab_part "$1")/root.img" "$M/root.img"
    case ${MACHINE_MODEL-} in powernv*) machine_flash ;; esac
}

machine_on() {
    local initramfs="${MACHINE_INITRAMFS:-$(lab_part "initramfs-$(cat "$M/flavour")")}/initramfs.img"
    set -- "root=/dev/vda ro crashkernel=${MACHINE_CRASHKERNEL:-768M} $*"
    if [ -z "${MACHINE_LOADER-}" ]; then
        machine_qemu "$1" -initrd "$initramfs"
    else
        machine_grub "$MACHINE_CONSOLE $1" "$initramfs" > "$M/loader.log" 2>&1
        machine_qemu "$1" -drive file=loader.img,if=none,id=loader,format=raw,cache=unsafe \
            -device virtio-blk-pci,drive=loader,bootindex=0
    fi
}

# machine_qemu CMDLINE [OPTION...]: start QEMU in the background. Output of the console is appended to $M/console.
machine_qemu() {
    MACHINE_CMDLINE="$MACHINE_CONSOLE $1"
    MACHINE_BOOT=
    shift
    [ -n "${MACHINE_LOADER-}" ] \
        || set -- -kernel "$(lab_part "${MACHINE_KERNEL:-kernel}")/vmlinux" -append "$MACHINE_CMDLINE" "$@"
    : > "$M/events"
    (
        # relative names of sockets: their paths may have at most 107 bytes
        cd "$M" || exit 1
        # shellcheck disable=SC2046,SC2086 # lists
        lab_qemu -M $(machine_model) -cpu power10 -accel "tcg,thread=multi,tb-size=${MACHINE_TB_MIB:-64}" \
            -m "${MACHINE_MEMORY:-4096}" -nodefaults -display none -vga none -monitor none \
            -chardev file,id=console,path=console,append=on -serial chardev:console \
            -qmp unix:qmp.sock,server=on,wait=off -qmp unix:talk.sock,server=on,wait=off \
            -drive file=root.img,if=none,id=d0,format=raw,cache=unsafe \
            -device "virtio-blk-pci,drive=d0$(machine_bus 0)" \
            ${MACHINE_DISK:+-drive "file=$MACHINE_DISK,if=none,id=d1,format=raw,cache=unsafe" -device virtio-blk-pci,drive=d1} \
            -chardev socket,id=agent,path=agent.sock,server=on,wait=off \
            -device "virtio-serial-pci$(machine_bus 1)" -device virtserialport,chardev=agent,name=lab.agent \
            ${MACHINE_OPTIONS-} "$@" \
            < /dev/null > qemu.log 2>&1 3>&- &
        echo $! > pid
        "$LAB_HERE/talk" . events < /dev/null > talk.log 2>&1 3>&- &
    )
}

# machine_model: print the options of QEMU for the machine type. For OPAL (powernv) a PCI bus has to be added; it has
# room for one device. The firmware accesses its flash through a BMC. Without a flash a crash ends before the reset with
# a machine check in OPAL: flash_unregister() of skiboot 7.1, called by p9_sbe_terminate(), follows a pointer that is
# not set.
machine_model() {
    case ${MACHINE_MODEL-} in
        powernv*)
            echo "$MACHINE_MODEL -smp 1 -device pnv-phb,chip-id=0,index=0 -device pnv-phb-root-port" \
                "-device ipmi-bmc-sim,id=bmc -device isa-ipmi-bt,bmc=bmc,irq=10 -drive file=flash.img,if=mtd,format=raw"
            ;;
        *) echo "${MACHINE_MODEL:-pseries,x-vof=on} -smp 2,maxcpus=2" ;;
    esac
}

# machine_bus N: print the PCI address of device N as an option of QEMU; empty if QEMU chooses the address
machine_bus() {
    case ${MACHINE_MODEL-} in powernv*) printf ',bus=pcie.0,addr=0.%d,multifunction=on' "$1" ;; esac
}

# machine_grub CMDLINE INITRAMFS: make $M/loader.img, a disk with GRUB in a PReP partition (type 41), which the firmware
# boots, and a file system for GRUB. The timeout of the menu is that of Debian, Fedora and RHEL (GRUB_TIMEOUT).
machine_grub() {
    mkdir "$M/loader"
    cp "$(lab_part "${MACHINE_KERNEL:-kernel}")/vmlinux" "$M/loader/"
    cp "$2" "$M/loader/initrd.img"
    printf '%s\n' 'set timeout=5' 'menuentry Linux {' "linux /vmlinux $1" 'initrd /initrd.img' '}' \
        > "$M/loader/grub.cfg"
    truncate -s 200M "$M/loader.img"
    printf '%s\n' 'label: dos' 'start=2048, size=16384, type=41, bootable' 'start=18432, type=83' \
        | sfdisk "$M/loader.img"
    dd if="$(lab_part grub)/core.elf" of="$M/loader.img" seek=2048 conv=notrunc
    mkfs.ext4 -F -d "$M/loader" -E offset=$((18432 * 512)) "$M/loader.img" $((200 * 1024 - 18432 / 2))k
    rm -r "$M/loader"
}

# machine_flash: make $M/flash.img, a flash without partitions, which is enough for OPAL. Its table consists of 32-bit
# big-endian words (struct __ffs_hdr in libflash/ffs.h of skiboot): "PART", version, size of the table in blocks, size
# of an entry in bytes, number of entries, size of a block in bytes, number of blocks, 4 reserved words, XOR of all
# words before
machine_flash() {
    printf %s 50415254 00000001 00000001 00000080 00000000 00001000 00008000 00000000 00000000 00000000 00000000 \
        5041C2D4 | basenc --base16 -d > "$M/flash.img"
    truncate -s 128M "$M/flash.img"
}

guest() {
    "$LAB_HERE/talk" "$M" run "${GUEST_SECONDS:-60}" "$1" || {
        local status=$?
        # statuses of talk: 124 no answer in time, 125 no machine
        case $status in 124 | 125) machine_fail "no answer to: $1" ;; esac
        return $status
    }
}

machine_boot() {
    MACHINE_BOOT=$("$LAB_HERE/talk" "$M" boot "${BOOT_SECONDS:-600}" "$MACHINE_BOOT") \
        || machine_fail 'the agent does not answer in a new boot'
}

# With OPAL, the thread of the CPU that requests the reset must stop executing guest code before the main thread of QEMU
# resets that CPU. QEMU 11.1 does not wait for that. If the CPU thread is late, it continues at the old address with the
# rest of its state reset, and the machine hangs. So QEMU's main thread gets idle priority during the crash.
machine_crash() {
    local crashed=0
    case ${MACHINE_MODEL-} in powernv*) chrt --idle --pid 0 "$(cat "$M/pid")" ;; esac
    "$LAB_HERE/talk" "$M" crash 'echo c > /proc/sysrq-trigger' || crashed=$?
    case ${MACHINE_MODEL-} in powernv*) chrt --other --pid 0 "$(cat "$M/pid")" ;; esac
    [ $crashed -eq 0 ] || machine_fail 'the machine was not reset'
}

machine_resets() {
    grep -c '"RESET"' "$M/events" || true
}

machine_stop() {
    "$LAB_HERE/talk" "$M" run 5 'sync; (sleep 1; poweroff -f) > /dev/null 2>&1 &' > /dev/null || true
    machine_gone 20
}

# like a power cut: data that the guest has not written to its disk is lost
machine_cut() {
    machine_gone 0
}

# machine_gone SECONDS: wait up to SECONDS until QEMU ends by itself, then kill it
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

# The mount replays the journal, as the next boot would.
machine_disk() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    "$LAB_HERE/alone" sh -euc '
        mkdir -p "$M/disk"
        mount -o loop "$M/root.img" "$M/disk"
        cd "$M/disk"
        exec "$@"' sh "$@"
}

# the kernel unpacks archives that follow each other, each at a multiple of 4 bytes, into one root
machine_initramfs() {
    mkdir -p "$M/initramfs"
    cp "$(lab_part "$1")/initramfs.img" "$M/initramfs/"
    truncate -s %4 "$M/initramfs/initramfs.img"
    (cd "$2" && find . | cpio -o -H newc --quiet) >> "$M/initramfs/initramfs.img"
    MACHINE_INITRAMFS=$M/initramfs
}

machine_hook() {
    local lib=usr/lib/dracut/hooks/pre-pivot
    # depending on the version of dracut, one of the two directories is a link or does not exist
    ! zstd -dc "$(lab_part "$1")/initramfs.img" | cpio -it --quiet 2> /dev/null | grep -q '^var/lib/dracut/hooks/pre-pivot' \
        || lib=var/lib/dracut/hooks/pre-pivot
    mkdir -p "$M/more/$lib"
    printf '#!/bin/sh\n%s\n' "$2" > "$M/more/$lib/10-lab.sh"
    chmod 755 "$M/more/$lib/10-lab.sh"
    machine_initramfs "$1" "$M/more"
}

machine_drop() {
    [ -n "${M-}" ] || return 0
    machine_stop
    [ -n "${LAB_KEEP-}" ] || rm -rf --one-file-system "$M"
    M=''
}
