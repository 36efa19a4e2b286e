#!/bin/sh
# sourced by module-setup.sh (bash) when the initramfs is built, after the other files of build/
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # module-setup.sh sets conf, kinds, unchecked and faults
#
# build/faults.sh - find faults of this initramfs: bad lines, missing programs and keys, secrets
#
# In:  conf, kinds, unchecked (build/needs.sh); programs, keys and dracut modules of this machine; hostonly.
# Out: faults, one line each:
#      error=why    a fault of the configuration or of this machine; the other parts of the initramfs work
#      warning=why  a part that could not be checked
#      note=why, info=why     a warning or a message that only the build shows
#      left=KIND    targets of this kind cannot be used; all: the module cannot be used
#      fadump_report stores errors and warnings in the initramfs.
# Does not know: which errors end dracut (module-setup.sh).

# fadump_faults: prints the faults.
fadump_faults() {
    local missing
    missing=$(fadump_missing '')
    if [ -n "$missing" ]; then
        echo "error=this initramfs cannot save dumps: it needs$missing, which this machine does not have"
        echo left=all
        return 0
    fi
    fadump_unchecked_faults
    fadump_values error "$conf" | sed 's/^/error=/'
    fadump_unable "$conf"
    fadump_kind_faults
    fadump_secret_faults
    fadump_peer_faults
}

# fadump_missing KIND: prints the programs that KIND needs and this machine lacks; KIND '': those of the driver.
fadump_missing() {
    local kinds="$1" program
    for program in /usr/libexec/fadump-copy /usr/libexec/fadump-tool $(fadump_programs); do
        find_binary "$program" > /dev/null || printf ' %s' "$program"
    done
}

# fadump_unchecked_faults: prints a fault if fadump-tool does not run here, because the configuration is then not
# checked. With --sysroot this is a warning: the program may be for another machine. Without --sysroot it is an error:
# the program would not run after a crash either.
fadump_unchecked_faults() {
    [ -n "$unchecked" ] || return 0
    if [ -z "${dracutsysrootdir-}" ]; then
        echo "error=$unchecked: after a crash the defaults would be used, not /etc/fadump.conf"
        return 0
    fi
    echo "warning=$unchecked: /etc/fadump.conf is installed unchecked"
    fadump_networked || return 0
    echo 'warning=no addresses of servers and no network parameters are stored: the capture resolves the names, and uses the key network or DHCP'
}

# fadump_kind_faults: prints the faults of kinds that lack programs, files or dracut modules.
fadump_kind_faults() {
    local kind missing module
    for kind in $kinds; do
        missing=$(fadump_missing "$kind")
        [ -n "$missing" ] || continue
        echo "error=$kind: needs$missing, which this machine does not have"
        echo "left=$kind"
    done
    if fadump_has ssh; then fadump_ssh_faults; fi
    [ -s "${DRACUT_TMPDIR-}/fadump-missing" ] || return 0
    while read -r module; do
        echo "error=dracut cannot install its module $module, which targets of /etc/fadump.conf need (dracut --add $module shows why)"
        case $module in
            iscsi) echo left=iscsi ;;
            ssh-client) echo left=ssh ;;
            network* | dracut-systemd) printf 'left=%s\n' nfs iscsi ssh ;;
        esac
    done < "$DRACUT_TMPDIR/fadump-missing"
}

# fadump_late: 0 when the running system saves the dumps; it has its own passwords and keys.
fadump_late() {
    [ "$(fadump_value when "$conf")" = late ]
}

# fadump_ssh_faults: prints the faults of ssh: targets, which need the key and the known hosts. The key is a secret.
fadump_ssh_faults() {
    local file
    if [ -z "${hostonly-}" ]; then
        fadump_late || echo 'error=ssh: needs a private key, which an initramfs for any host (--no-hostonly) does not get: build with --hostonly, or use when = late'
        echo left=ssh
        return 0
    fi
    for file in "$(fadump_value ssh_key "$conf")" "$(fadump_value ssh_known_hosts "$conf")"; do
        [ -n "$file" ] && [ -f "${dracutsysrootdir-}$file" ] && [ -r "${dracutsysrootdir-}$file" ] && continue
        echo "error=ssh: needs ${file:-a key (ssh_key in fadump.conf)}, which cannot be read"
        echo left=ssh
        return 0
    done
}

# fadump_secret_faults: prints a fault for targets with passwords, which an initramfs for any host must not contain.
fadump_secret_faults() {
    local line
    [ -z "${hostonly-}" ] && ! fadump_late || return 0
    fadump_values masked "$conf" | grep -vxF -e "$(fadump_values target "$conf")" | while IFS= read -r line; do
        echo "error=target = $line has a password, which an initramfs for any host (--no-hostonly) does not get: build with --hostonly, or use when = late"
    done
}

# fadump_refuse: logs the errors of a build whose command line names the module; 1: there are no errors.
fadump_refuse() {
    case "
$faults" in *"
error="*) ;; *) return 1 ;; esac
    fadump_values error "$faults" | while IFS= read -r line; do
        dfatal "fadump: $line"
    done
    dfatal 'fadump: correct this (see fadump.conf(5)) or leave the module out'
}

# fadump_unusable: 0 when this initramfs cannot save dumps at all.
fadump_unusable() {
    case "
$faults
" in *"
left=all
"*) return 0 ;; esac
    return 1
}

# fadump_leave: removes the kinds of the left= lines from $kinds.
fadump_leave() {
    local kind all="$kinds"
    kinds=''
    for kind in $all; do
        case "
$faults
" in
            *"
left=$kind
"*) ;;
            *) kinds="$kinds${kinds:+ }$kind" ;;
        esac
    done
}

# fadump_installable MODULE...: prints the MODULEs that dracut can install, and stores the others, which would end
# dracut, for fadump_kind_faults. If a module of the network cannot be installed, the modules that need the network are
# also left out: network, iscsi and ssh-client.
fadump_installable() {
    local module failed=no
    for module; do
        case $module:$failed in
            network:yes | iscsi:yes | ssh-client:yes) ;;
            *)
                if fadump_can_install "$module"; then
                    echo "$module"
                    continue
                fi
                ;;
        esac
        echo "$module" >> "${DRACUT_TMPDIR:?}/fadump-missing"
        case $module in network* | dracut-systemd) failed=yes ;; esac
    done
}

# fadump_can_install MODULE...: 0 when dracut can install each MODULE and its dependencies. dracut's function for this
# changes dracut's lists, so it runs in a subshell.
fadump_can_install() {
    local module
    command -v check_module > /dev/null || return 0
    # shellcheck disable=SC2030 # on purpose
    (
        for module; do
            add_dracutmodules="${add_dracutmodules-} $module "
            check_module "$module" || return 1
        done
    ) > /dev/null 2>&1
}

# fadump_report: logs the faults, and stores errors and warnings in the initramfs, with a hook that logs them in every
# boot (build/warn.sh).
fadump_report() {
    local line stored=''
    while IFS= read -r line; do
        case $line in
            error=* | warning=*)
                dwarn "fadump: ${line#*=}"
                stored="$stored${line#*=}
"
                ;;
            note=*) dwarn "fadump: ${line#*=}" ;;
            info=*) dinfo "fadump: ${line#*=}" ;;
        esac
    done << END
$faults
END
    [ -n "$stored" ] || return 0
    mkdir -p "${initdir:?}/usr/lib/fadump"
    printf %s "$stored" > "$initdir/usr/lib/fadump/build-warnings"
    inst_hook pre-pivot 79-fadump "$moddir/build/warn.sh"
    dwarn 'fadump: the initramfs is built nevertheless; "dracut -f --add fadump" repeats the checks, and "fadumpctl status" shows these lines after the next boot'
}
