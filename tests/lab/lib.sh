# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# lib.sh - how the lab builds one part, once
# In:  sourced by tests/lab/lab; $LAB is where everything is kept, $HERE is tests/lab, $REPO the source tree.
# Out: functions only; nothing happens when it is read.
# Does not know: what any part is made of (parts/*.sh say that).
#
# What a part may use: step, say, die, part_path; $HERE and $LAB; $log, the log of the part; $label, the step that runs.
#
# A part is parts/NAME.sh, which defines
#   part_needs    prints the parts that must exist before this one
#   part_packages prints the Debian packages the builder must have
#   part_recipe   prints whatever else decides the result (the file itself always does)
#   part_build D  fills the empty directory D; every long command goes through `step`
#   part_progress prints how far the running step is (optional)
# The result lives in $LAB/NAME-KEY, KEY being a hash of the recipe. It is built under $LAB/tmp and renamed when
# it is complete, so a directory with the final name is a finished one and an interrupted build leaves no trace.

say() {
    printf 'lab: %s\n' "$*"
}

die() {
    printf 'lab: %s\n' "$*" >&2
    exit 1
}

# part_load NAME: define the functions of that part; callers do it in a subshell, as parts share their names.
part_load() {
    [ -r "$HERE/parts/$1.sh" ] || die "there is no part called '$1'"
    part=$1
    part_needs() { :; }
    part_packages() { :; }
    part_recipe() { :; }
    # shellcheck disable=SC2317 # called by step
    part_progress() { tail -n 1 "$log" 2> /dev/null | tr -d '\r' | tail -c 70; }
    # shellcheck source=/dev/null
    . "$HERE/parts/$1.sh"
}

# part_path NAME: where this part is, or will be
part_path() (
    part_load "$1"
    key=$({
        # without its comments
        sed '/^ *#/d' "$HERE/parts/$1.sh"
        part_recipe
        for p in $(part_needs); do part_path "$p"; done
    } | sha256sum | cut -c 1-12) || exit 1
    printf '%s/%s-%s\n' "$LAB" "$1" "$key"
)

# step LABEL COMMAND...: run an external command with its output in the log, a line every few seconds meanwhile.
# It runs in a session of its own, so that everything it started can be stopped with it.
step() {
    label=$1
    shift
    printf '+ %s\n' "$*" >> "$log"
    # Descriptors left open by a caller (bats) push those that mmdebstrap hands to dash above 9, which dash cannot name.
    # 9 is the lock: it is kept, so that a build whose parent was killed is waited for.
    setsid "$@" >> "$log" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- &
    step_pid=$!
    trap 'kill -s TERM -- -$step_pid 2> /dev/null; exit 143' INT TERM HUP
    seconds=0
    while kill -0 "$step_pid" 2> /dev/null; do
        [ $((seconds % 5)) -ne 4 ] || say "$part: $label, $seconds s: $(part_progress)"
        sleep 1
        seconds=$((seconds + 1))
    done
    wait "$step_pid" || {
        printf 'lab: %s: %s failed: %s\nlab: its log is %s, and ends:\n' "$part" "$label" "$*" "$log" >&2
        tail -n 15 "$log" >&2
        exit 1
    }
    trap - INT TERM HUP
}

# part_make NAME: build it unless it is there; what it needs must be there already
part_make() (
    dir=$(part_path "$1") || exit 1
    if [ -d "$dir" ]; then
        say "$1: ready in $dir"
        exit 0
    fi
    part_load "$1"
    began=$(date +%s)
    mkdir -p "$LAB/tmp" "$LAB/log"
    log=$LAB/log/$1.log
    : > "$log"
    rm -rf --one-file-system "$LAB/tmp/$1" || exit 1
    mkdir "$LAB/tmp/$1" || exit 1
    (part_build "$LAB/tmp/$1") || die "$1: failed, its log is $log"
    mv -T "$LAB/tmp/$1" "$dir" || exit 1
    say "$1: built in $(($(date +%s) - began)) s: $dir"
)

# packages_install NAME...: what the named parts want on this machine; apt is not called when all is there
packages_install() {
    want=$(for p in "$@"; do (part_load "$p" && part_packages); done | tr -s ' \n' '\n' | sort -u)
    missing=
    for p in $want; do
        dpkg-query -W -f '${db:Status-Status}\n' "$p" 2> /dev/null | grep -qx installed || missing="$missing $p"
    done
    [ -n "$missing" ] || return 0
    say "host: installing$missing"
    part=host
    log=$LAB/log/host.log
    : > "$log"
    # shellcheck disable=SC2317 # called by step
    part_progress() { tail -n 1 "$log" | tail -c 70; }
    # a list that cannot be had is no failure yet: whether the packages can be is what counts
    step 'package lists' sh -c 'apt-get -q update || apt-get -q update || echo "some lists are old"'
    # shellcheck disable=SC2086 # a list on purpose
    step 'packages' env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing
}

# binfmt_ready: programs for ppc64le run here through qemu-user, in any root (flag F: the kernel holds the interpreter)
binfmt_ready() {
    reg=/proc/sys/fs/binfmt_misc
    [ -e $reg/register ] || mount -t binfmt_misc binfmt_misc $reg || die "cannot mount $reg"
    for f in "$reg"/*; do
        # the magic of an ELF64 little-endian PowerPC executable, as the kernel prints it
        grep -qs '^magic 7f454c46020101000000000000000000020015' "$f" && grep -q '^flags:.*F' "$f" && return 0
    done
    qemu=$(command -v qemu-ppc64le-static) || die 'qemu-ppc64le-static is missing'
    # name:type:offset:magic:mask:interpreter:flags, see the kernel's binfmt-misc.rst; type M compares the first bytes
    # with magic under mask: ELF, 64 bits, little endian, e_type 2 or 3, e_machine 21 (PowerPC 64), any OS ABI
    printf '%s' ":fadump-ppc64le:M::\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x15\\x00:\
\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfc\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\x00:$qemu:F" > $reg/register \
        || die "cannot register qemu-user in $reg"
}

# host_qemu: the path of this machine's own QEMU when it emulates fadump (10.2 and newer), nothing otherwise
host_qemu() {
    qemu=$(command -v qemu-system-ppc64) || return 0
    version=$("$qemu" --version | sed -n 's/^QEMU emulator version \([0-9]*\.[0-9]*\).*/\1/p')
    [ "$(printf '%s\n10.2\n' "$version" | sort -V | head -n 1)" != 10.2 ] || echo "$qemu"
}

# product_stage PART...: if one of these holds our own files, install them into $LAB/product-KEY and say so in
# $LAB_PRODUCT (ppc64le) and $LAB_PRODUCT_X86; the key is a hash of the files, so an initramfs is made again only when
# something in it changed
product_stage() {
    case " $* " in
        *" initramfs-"*) [ -n "${LAB_PRODUCT-}" ] || LAB_PRODUCT=$(product_of ppc64le powerpc64le-linux-musl-gcc) || exit 1 ;;
    esac
    case " $* " in
        *" kdump "*) [ -n "${LAB_PRODUCT_X86-}" ] || LAB_PRODUCT_X86=$(product_of x86_64 x86_64-linux-musl-gcc) || exit 1 ;;
    esac
    export LAB_PRODUCT LAB_PRODUCT_X86
}

# product_of ARCH CC: install the product for ARCH, print where it is
product_of() {
    mkdir -p "$LAB/log" "$LAB/tmp"
    stage=$(mktemp -d "$LAB/tmp/product.XXXXXX")
    if [ -e "$REPO/Makefile" ]; then
        "$REPO/tests/deps" >&2
        make -C "$REPO" install ARCH="$1" CC="$2" DESTDIR="$stage" prefix=/usr > "$LAB/log/product.log" 2>&1 \
            || die "make install ARCH=$1 failed, see $LAB/log/product.log"
    fi
    key=$(cd "$stage" && find . -type f -exec sha256sum {} + | sort -k 2 | sha256sum | cut -c 1-12)
    if [ -d "$LAB/product-$key" ]; then rm -rf "$stage"; else mv -T "$stage" "$LAB/product-$key"; fi
    echo "$LAB/product-$key"
}
