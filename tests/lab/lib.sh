# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# lib.sh - functions that build a part of the lab, once
# In:  sourced by tests/lab/lab; $LAB is the directory of the lab, $HERE is tests/lab, $REPO the source tree.
# Out: functions.
# Does not know: the content of the parts (parts/*.sh).
#
# A part may use: step, say, die, part_path, suite_of, fetch, root_make; $HERE and $LAB; $log, the log file of the part;
# $label, the label of the running step.
#
# A part is parts/NAME.sh, which defines
#   part_needs    prints the parts that must exist before this one
#   part_packages prints the packages, of the release of the host, that the host needs for the build
#   part_suites   prints the suites that the part can be built from, the preferred one first; nothing if the part needs
#                 no packages of its own
#   part_fetch S  downloads all packages that the part needs of suite S; fails and logs the reason when a package of S
#                 is missing or too old
#   part_recipe   prints all other input of the build (parts/NAME.sh is always input)
#   part_build D  fills the empty directory D, without downloads; it runs each long command with `step`
#   part_progress prints the progress of the running step (optional)
# A part is in $LAB/NAME-KEY; KEY is a hash of the recipe and of the suite. It is built under $LAB/tmp and renamed when
# it is complete. So a directory with the final name is always complete, and an interrupted build leaves none.
#
# A part uses the first suite that has all packages. Its name is kept in $LAB/suites; the choice is repeated only when
# the part has to be built again. LAB_SUITES="forky sid" allows only these suites, for the parts that can use one of
# them; debian=forky limits the part debian only.

BINFMT=/proc/sys/fs/binfmt_misc

say() {
    printf 'lab: %s\n' "$*"
}

die() {
    printf 'lab: %s\n' "$*" >&2
    [ -z "${log-}" ] || printf 'lab: %s\n' "$*" >> "$log"
    exit 1
}

# part_load NAME: define the functions of that part. Call it in a subshell: all parts use the same function names.
part_load() {
    [ -r "$HERE/parts/$1.sh" ] || die "there is no part called '$1'"
    part=$1
    part_needs() { :; }
    part_packages() { :; }
    part_suites() { :; }
    part_recipe() { :; }
    # shellcheck disable=SC2317 # called by step
    part_progress() { tail -n 1 "$log" 2> /dev/null | tr -d '\r' | tail -c 70; }
    # shellcheck source=/dev/null
    . "$HERE/parts/$1.sh"
}

# candidates NAME: print the suites that the part may be built from, the preferred one first
candidates() (
    part_load "$1"
    chosen=$(for s in $(part_suites); do
        case " ${LAB_SUITES-} " in *" $s "* | *" $1=$s "*) echo "$s" ;; esac
    done)
    # shellcheck disable=SC2046,SC2086 # a list of words
    echo ${chosen:-$(part_suites)}
)

# suite_file NAME: print the file that has the suite of the part. LAB_SUITES is part of its name if it limits the part.
suite_file() (
    part_load "$1"
    # shellcheck disable=SC2005,SC2046 # a list of words
    [ -n "${LAB_SUITES-}" ] && [ "$(candidates "$1")" != "$(echo $(part_suites))" ] || LAB_SUITES=
    echo "$LAB/suites/$1${LAB_SUITES:+.$(echo "$LAB_SUITES" | tr ' ' -)}"
)

# suite_of NAME: print the suite that was chosen for the part; "unknown" before the choice
suite_of() {
    cat "$(suite_file "$1")" 2> /dev/null || echo unknown
}

# suite_choose NAME: unless the part is built: choose the first suite that has all its packages, and download them
suite_choose() (
    part_load "$1"
    [ -n "$(part_suites)" ] || exit 0
    [ ! -d "$(part_path "$1")" ] || exit 0
    # a choice of the last hour is still valid: `lab fetch` ran just before
    [ -z "$(find "$(suite_file "$1")" -mmin -60 2> /dev/null)" ] || exit 0
    began=$(date +%s)
    for s in $(candidates "$1"); do
        if said=$(part_fetch "$s" 2>&1); then
            [ -z "$said" ] || printf '%s\n' "$said"
            mkdir -p "$LAB/suites"
            echo "$s" > "$(suite_file "$1")"
            say "$1: from $s, downloaded in $(($(date +%s) - began)) s"
            exit 0
        fi
        say "$1: $s is skipped: $(printf '%s\n' "$said" | tail -n 1 | sed "s/^lab: $1: //;s/^$s //")"
    done
    part_failed "$1" download "packages of $(candidates "$1")" 'no suite has all packages: see the lines above'
    exit 1
)

# archive COMMAND ARGUMENT...: run archive.sh with the directory of the lab; its messages get the name of the part
archive() {
    status=0
    command=$1
    shift
    { said=$("$REPO/helpers/archive.sh" "$command" "$LAB/archive" "$@" 2>&1 >&3) || status=$?; } 3>&1
    [ -z "$said" ] || printf '%s\n' "$said" | sed "s/^archive: /lab: $part: /" >&2
    return $status
}

# fetch SUITE ARCH PACKAGE...: download these packages and all their dependencies
fetch() {
    archive fetch "$@"
}

# archive_version SUITE ARCH PACKAGE VERSION: return 0 if SUITE has VERSION of PACKAGE, or a newer one
archive_version() {
    version=$(archive version "$1" "$2" "$3")
    [ -z "$version" ] || ! dpkg --compare-versions "$version" ge "$4" || return 0
    say "$part: $1 $2 has ${version:-no version} of $3; $4 is needed"
    return 1
}

# kernel_name SUITE: print the name of the package of its x86_64 kernel, in the small flavour for clouds
kernel_name() {
    archive depends "$1" amd64 linux-image-cloud-amd64 | grep -m 1 '^linux-image-'
}

# kernel_fetch SUITE: download that kernel and its debugging symbols; kernel_packages SUITE prints their paths
kernel_fetch() {
    name=$(kernel_name "$1") && archive download "$1" amd64 "$name" "$name-dbg" > "$LAB/archive/$1-amd64/kernel"
}

kernel_packages() {
    cat "$LAB/archive/$1-amd64/kernel"
}

# root_make VARIANT SUITE ARCH DIR PACKAGE[,PACKAGE]... [OPTION...]: make the root directory DIR, without downloads,
# from the packages that `fetch SUITE ARCH` downloaded. VARIANT and OPTION are those of mmdebstrap(1).
root_make() {
    variant=$1 suite=$2 arch=$3 root=$4 include=$5
    shift 5
    ARCHIVE=$LAB/archive/$suite-$arch
    export ARCHIVE
    case $suite in *,*) set -- --aptopt="APT::Default-Release \"${suite##*,}\"" "$@" ;; esac
    # shellcheck disable=SC2016 # expanded by mmdebstrap's shell
    step mmdebstrap "$HERE/alone" \
        mmdebstrap --verbose --variant="$variant" --architectures="$arch" --include="$include" \
        --skip=update --skip=check/signed-by --aptopt='APT::Install-Recommends "false"' \
        --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt=force-unsafe-io "$@" \
        --setup-hook='mkdir -p "$1/var/lib/apt/lists" "$1/var/cache/apt/archives/partial"
            cp "$ARCHIVE"/lists/*_* "$1/var/lib/apt/lists/"
            cp -l "$ARCHIVE"/archives/*.deb "$1/var/cache/apt/archives/"' \
        "${suite%%,*}" "$root" "$(cat "$ARCHIVE/sources.list")"
}

# part_path NAME: print the directory of the part, which may not exist yet
part_path() (
    part_load "$1"
    key=$({
        # without its comments
        sed '/^ *#/d' "$HERE/parts/$1.sh"
        part_recipe
        [ -z "$(part_suites)" ] || suite_of "$1"
        for p in $(part_needs); do part_path "$p"; done
    } | sha256sum | cut -c 1-12) || exit 1
    printf '%s/%s-%s\n' "$LAB" "$1" "$key"
)

# step LABEL COMMAND...: run an external command with its output in the log; print its progress every few seconds.
# The command has a session of its own, so that all of its processes can be ended.
step() {
    label=$1
    shift
    printf '+ %s\n' "$*" >> "$log"
    # Close the descriptors that a caller (bats) left open: otherwise mmdebstrap passes descriptors above 9 to dash,
    # which dash cannot name. 9 is the lock and remains open: if the parent is killed, other builds wait for this step.
    setsid "$@" >> "$log" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- &
    step_pid=$!
    trap 'step_end; exit 143' INT TERM HUP
    seconds=0
    while kill -0 "$step_pid" 2> /dev/null; do
        [ $((seconds % 5)) -ne 4 ] || say "$part: $label, $seconds s: $(part_progress)"
        sleep 1
        seconds=$((seconds + 1))
    done
    wait "$step_pid" || {
        part_failed "$part" "$label" "$*" "$(tail -n 15 "$log")"
        exit 1
    }
    trap - INT TERM HUP
}

# step_end: end all processes of the step: SIGTERM, and SIGKILL one second later
step_end() {
    kill -s TERM -- "-$step_pid" 2> /dev/null || kill "$step_pid" 2> /dev/null || return 0
    for _ in 1 2 3 4; do
        kill -s 0 -- "-$step_pid" 2> /dev/null || return 0
        sleep 0.25
    done
    kill -s KILL -- "-$step_pid" 2> /dev/null || true
}

# part_failed NAME LABEL COMMAND ERROR: write the report of a failure. The report of the first failure becomes
# tmp/failed, which is printed at the end of the build.
part_failed() {
    printf 'lab: %s: %s failed: %s\n' "$1" "$2" "$3" >&2
    {
        printf 'lab: FAILED: the part "%s", at the step "%s"\n' "$1" "$2"
        printf 'lab: command: %s\n' "$3" | cut -c 1-400
        printf 'lab: its last lines:\n'
        printf '%s\n' "$4" | cut -c 1-300 | sed 's/^/lab:   /'
        printf 'lab: log: %s\n' "$LAB/log/$1.log"
    } > "$LAB/tmp/failed.$1"
    ln "$LAB/tmp/failed.$1" "$LAB/tmp/failed" 2> /dev/null || true
}

# part_make NAME: build the part unless it exists; the parts that it needs must exist
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
    (part_build "$LAB/tmp/$1") || {
        [ -e "$LAB/tmp/failed" ] || part_failed "$1" build part_build "$(tail -n 15 "$log")"
        exit 1
    }
    mv -T "$LAB/tmp/$1" "$dir" || exit 1
    say "$1: built in $(($(date +%s) - began)) s: $dir"
)

# packages_install NAME...: install the packages that the named parts need on the host; apt is called only if one is
# missing
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
    # a package list that cannot be downloaded is no error: the installation fails if a package is not available
    step 'package lists' sh -c 'apt-get -q update || apt-get -q update || echo "some lists are old"'
    # shellcheck disable=SC2086 # a list on purpose
    step 'packages' env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing
}

# binfmt_ready: register qemu-user for ppc64le programs, in any root directory (flag F: the kernel keeps the interpreter
# open)
binfmt_ready() {
    [ -e $BINFMT/register ] || mount -t binfmt_misc binfmt_misc $BINFMT || die "cannot mount $BINFMT"
    for f in "$BINFMT"/*; do
        # the magic of an ELF64 little-endian PowerPC executable, in the format of the kernel
        grep -qs '^magic 7f454c46020101000000000000000000020015' "$f" && grep -q '^flags:.*F' "$f" && return 0
    done
    qemu=$(command -v qemu-ppc64le-static) || die 'qemu-ppc64le-static is missing'
    # name:type:offset:magic:mask:interpreter:flags, see the kernel's binfmt-misc.rst; type M compares the first bytes
    # with magic under mask: ELF, 64 bits, little endian, e_type 2 or 3, e_machine 21 (PowerPC 64), any OS ABI
    printf '%s' ":fadump-ppc64le:M::\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x15\\x00:\
\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfc\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\x00:$qemu:F" > $BINFMT/register \
        || die "cannot register qemu-user in $BINFMT"
}

# host_qemu: print the path of the host's QEMU if it emulates fadump (10.2 and newer)
host_qemu() {
    qemu=$(command -v qemu-system-ppc64) || return 0
    version=$("$qemu" --version | sed -n 's/^QEMU emulator version \([0-9]*\.[0-9]*\).*/\1/p')
    [ "$(printf '%s\n10.2\n' "$version" | sort -V | head -n 1)" != 10.2 ] || echo "$qemu"
}

# product_stage PART...: if one of these parts contains the product, install it into $LAB/product-KEY, and set
# $LAB_PRODUCT (ppc64le) or $LAB_PRODUCT_X86 to that directory. KEY is a hash of the files, so an initramfs is built
# again only when one of them has changed.
product_stage() {
    case " $* " in
        *" initramfs-"*) [ -n "${LAB_PRODUCT-}" ] || LAB_PRODUCT=$(product_of ppc64le) || exit 1 ;;
    esac
    case " $* " in
        *" kdump "*) [ -n "${LAB_PRODUCT_X86-}" ] || LAB_PRODUCT_X86=$(product_of x86_64) || exit 1 ;;
    esac
    export LAB_PRODUCT LAB_PRODUCT_X86
}

# product_of ARCH: install the product for ARCH into $LAB/product-KEY, print that directory
product_of() {
    mkdir -p "$LAB/log" "$LAB/tmp"
    stage=$(mktemp -d "$LAB/tmp/product.XXXXXX")
    if [ -e "$REPO/Makefile" ]; then
        "$REPO/tests/deps" >&2
        make -C "$REPO" install ARCH="$1" CC="$("$REPO/helpers/deps.sh" cc "$1")" DESTDIR="$stage" prefix=/usr \
            > "$LAB/log/product.log" 2>&1 \
            || die "make install ARCH=$1 failed, see $LAB/log/product.log"
    fi
    key=$(cd "$stage" && find . -type f -exec sha256sum {} + | sort -k 2 | sha256sum | cut -c 1-12)
    # another process may have made the same directory at the same time: its content is equal
    mv -T "$stage" "$LAB/product-$key" 2> /dev/null || rm -rf "$stage"
    [ -d "$LAB/product-$key" ] || die "cannot make $LAB/product-$key"
    echo "$LAB/product-$key"
}
