#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tool.bats - fadump-tool: its output, its exit statuses, and the files that it changes below --root

# bats and cli.bash set the variables used here
# shellcheck disable=SC2154
load cli

# tool ARGUMENT...: runs fadump-tool; sets $status, $output, $stderr, $lines
tool() {
    run --separate-stderr "${COPY%/*}/fadump-tool" "$@"
}

# ended STATUS: checks that the tool ended with STATUS and an empty standard error
ended() {
    [ "$status:$stderr" = "$1:" ] || {
        printf 'status %s: %s\n%s\n' "$status" "$stderr" "$output"
        return 1
    }
}

# prints LINE...: checks that each LINE is a line of the output
prints() {
    local line
    for line; do
        grep -qxF -- "$line" <<< "$output" || {
            printf 'no line %s in:\n%s\n' "$line" "$output"
            return 1
        }
    done
}

# printed KEY: prints the values of KEY= in the output, with ; between them
printed() {
    sed -n "s/^$1=//p" <<< "$output" | paste -sd ';'
}

# equal GOT WANT: checks that both texts are equal; prints them if they differ
equal() {
    [ "$1" = "$2" ] || {
        printf 'got:  %s\nwant: %s\n' "$1" "$2"
        return 1
    }
}

conf() {
    mkdir -p root/etc
    printf '%s\n' "$@" > root/etc/fadump.conf
}

@test "cmdline: prints the settings of the kernel command line; fadump_KEY= replaces rd.fadump.KEY=" {
    mkdir -p root/proc
    printf '%s %s %s\n' 'root=/dev/vda2 rd.fadump.target=dir:/z fadump_target=dir:/a fadump=on rd.fadump.timeout=9' \
        $'fadump_network="ip=dhcp bond=b:a,c"\t\tfadump_target="dir:/b c"  fadump_threads= fadump_include=nfs fadump_x=1' \
        'rd.fadump.threads=2 "fadump_rearm=no" fadump_when="late' > root/proc/cmdline
    tool cmdline --root root
    ended 0
    equal "$output" 'target=dir:/a
network=ip=dhcp bond=b:a,c
target=dir:/b c
rearm=no
when=late
timeout=9
threads=2'
}

@test "cmdline: an empty command line has no settings; a missing /proc/cmdline is an error" {
    mkdir -p root/proc
    tool cmdline --root root
    [ "$status:$output" = 4: ]
    equal "$stderr" 'fadump-tool: /proc/cmdline cannot be read: No such file or directory'
    : > root/proc/cmdline
    tool cmdline --root root
    ended 0
    equal "$output" ''
}

@test "config: without a file and words of the command line, the defaults are used" {
    mkdir root
    tool config --root root
    ended 0
    equal "$(printed target)" dir:/var/crash
    equal "$(printed masked)" dir:/var/crash
    equal "$(printed explicit)" ''
    equal "$(printed options)" ''
    equal "$(printed warning)" ''
    prints fallback=dir timeout=60 stall_timeout=60 raw_force=no raw_overwrite=no network= include= ssh_key= \
        ssh_known_hosts=/root/.ssh/known_hosts when=early rearm=auto final_action=auto format=kdump compress=zstd \
        dump_level=31 threads= memory=
}

@test "config: the command line overrides the file; only target= and explicit= contain a password" {
    conf 'target = dir:/a' 'rearm = no' 'dump_level = 1' 'threads = 2' 'ssh_key = /k'
    tool config --root root target=iscsi:me:hush@h::::iqn.x target=ram: rearm=yes memory=64
    ended 0
    equal "$(printed target)" 'iscsi:me:hush@h::::iqn.x;ram:;dir:/var/crash'
    equal "$(printed masked)" 'iscsi:***@h::::iqn.x;ram:;dir:/var/crash'
    equal "$(printed explicit)" 'iscsi:me:hush@h::::iqn.x;ram:'
    equal "$(printed options)" '--dump-level 1 --threads 2 --memory 64'
    prints rearm=yes ssh_key=/k
    equal "$(grep -c hush <<< "$output")" 2
}

@test "config: a wrong value causes a warning, and the value of the file or the default is used" {
    conf 'colour = blue' 'rearm = no' 'when = now' 'target = scsi:me:hush@h'
    tool config --root root rearm=maybe include=nfs
    ended 0
    prints rearm=no when=early target=dir:/var/crash
    equal "$(grep -c '^warning=' <<< "$output")" 5
    prints "warning=/etc/fadump.conf, line 3: when: 'now' is not accepted (accepted: early or late)" \
        "warning=kernel command line: rearm: 'maybe' is not accepted (accepted: auto, yes or no)" \
        'warning=kernel command line: include is accepted in /etc/fadump.conf only'
    none grep hush <<< "$output"
}

@test "config: an unreadable file causes a warning; a file named with --file has to exist" {
    mkdir -p root/etc/fadump.conf
    tool config --root root rearm=no
    ended 0
    prints 'warning=/etc/fadump.conf cannot be read: Is a directory' rearm=no
    tool config --file nowhere rearm=no
    ended 4
    prints 'warning=nowhere cannot be read: No such file or directory' rearm=no
    rmdir root/etc/fadump.conf
    head -c 65537 /dev/zero > root/etc/fadump.conf
    tool config --root root
    ended 0
    prints 'warning=/etc/fadump.conf cannot be read: it is longer than 65536 bytes'
}

# newer LINE...: runs config --newer with another version of the file, which has these LINEs
newer() {
    printf '%s\n' "$@" > newer.conf
    tool config --root root --newer newer.conf
    ended 0
}

@test "config --newer: another version of the file replaces the copy, even if it is older" {
    conf 'target = dir:/a' 'rearm = no' 'dump_level = 1'
    newer 'target = dir:/b' 'when = late'
    equal "$(printed explicit)" dir:/b
    equal "$(printed warning)" ''
    prints newer=newer.conf when=late rearm=auto dump_level=31
    touch -d 1970-01-02 newer.conf
    tool config --root root --newer newer.conf rearm=yes target=ram:
    prints newer=newer.conf when=late rearm=yes explicit=ram:
    rm root/etc/fadump.conf
    newer 'target = dir:/b'
    prints newer=newer.conf explicit=dir:/b
}

@test "config --newer: a version with the same text, or a missing version, changes nothing" {
    conf 'target = dir:/a' 'colour = blue'
    newer 'target = dir:/a' 'colour = blue'
    equal "$(printed newer)" ''
    equal "$(printed explicit)" dir:/a
    equal "$(grep -c '^warning=/etc/fadump.conf, line 2: ' <<< "$output")" 1
    tool config --root root --newer nowhere
    ended 0
    equal "$(printed newer)$(grep -c '^warning=' <<< "$output")" 1
}

@test "config --newer: for a key whose line is bad, the value of the copy is used" {
    conf 'target = dir:/a' 'rearm = no' 'dump_level = 1' 'compress = lzo' 'timeout = 7'
    newer 'target = tape:1' 'rearm = maybe' 'dump_level = 2' 'format = elf' 'compress = what' 'colour = blue'
    equal "$(printed explicit)" dir:/a
    prints rearm=no dump_level=2 timeout=60 format=elf 'options=--format elf --dump-level 2' \
        "warning=newer.conf, line 2: rearm: 'maybe' is not accepted (accepted: auto, yes or no)"
    equal "$(grep -c '^warning=newer.conf, line ' <<< "$output")" 4
    # if one target is good, the targets of the copy are not used
    newer 'target = tape:1' 'target = dir:/b'
    equal "$(printed explicit)" dir:/b
}

@test "config --newer: a version that sets nothing, or that cannot be read as text, does not replace the copy" {
    conf 'target = dir:/a'
    for lines in '' '# target = dir:/b' 'colour = blue' $'tar\001' 'target = tape:x'; do
        newer "$lines"
        equal "$(printed explicit)" dir:/a
        equal "$(printed newer)" ''
        prints 'warning=newer.conf sets nothing: the copy in the initramfs is used'
    done
    rm newer.conf
    mkfifo newer.conf
    run --separate-stderr timeout 5 "${COPY%/*}/fadump-tool" config --root root --newer newer.conf
    prints explicit=dir:/a 'warning=newer.conf cannot be read: it is not a regular file: the copy in the initramfs is used'
    ln -sf "$PWD/root/etc/fadump.conf" newer.conf
    tool config --root root --newer newer.conf
    equal "$(printed explicit)$(grep -c '^warning=newer.conf cannot be read: ' <<< "$output")" dir:/a1
    rm newer.conf
    head -c 65537 /dev/zero > newer.conf
    tool config --root root --newer newer.conf
    prints explicit=dir:/a \
        'warning=newer.conf cannot be read: it is longer than 65536 bytes: the copy in the initramfs is used'
    # if the copy sets nothing either, no warning is printed
    conf ''
    newer '# no keys'
    equal "$(printed warning)" ''
}

@test "config --newer: a changed key that selects files of the initramfs causes a warning that names the key" {
    conf 'include = nfs' 'ssh_key = /a'
    newer 'include = nfs' 'ssh_key = /b' 'rearm = no'
    equal "$(printed warning)" \
        'newer.conf: ssh_key was changed after the initramfs was built and needs a new initramfs: run dracut -f'
    newer 'include = ssh' 'ssh_key = /a'
    equal "$(printed warning)" \
        'newer.conf: include was changed after the initramfs was built and needs a new initramfs: run dracut -f'
    tool config --check --newer newer.conf
    equal "$status" 2
}

@test "config --check: reads only the file, prints kinds and servers, and gives status 1 for an error in the file" {
    conf 'target = nfs4:s:/e' 'target = iscsi:me:hush@[fd00::1]::::iqn.x' 'include = ssh nfs' 'rearm = no'
    tool config --check --root root
    ended 0
    equal "$(printed target)" 'nfs4:s:/e;iscsi:me:hush@[fd00::1]::::iqn.x'
    equal "$(printed masked)" 'nfs4:s:/e;iscsi:***@[fd00::1]::::iqn.x'
    equal "$(printed server)" 's;[fd00::1]'
    prints 'kinds=dir ram ssh nfs iscsi' rearm=no 'include=ssh nfs'
    equal "$(printed when)" ''
    conf 'rearm = no' '' 'rearm = yes'
    tool config --check --root root
    ended 1
    equal "$(printed error)" '/etc/fadump.conf, line 3: rearm is set twice, the first time in line 1'
    prints rearm=no
    rm root/etc/fadump.conf
    tool config --check --root root
    ended 0
    prints 'kinds=dir ram'
    tool config --check --file nowhere
    ended 4
    prints 'error=nowhere cannot be read: No such file or directory'
}

@test "config: the default ssh key is the first of the usual keys that exists below --root" {
    mkdir -p root/root/.ssh
    : > root/root/.ssh/id_rsa
    tool config --root root
    prints ssh_key=/root/.ssh/id_rsa
    : > root/root/.ssh/kdump_id_rsa
    tool config --check --root root
    prints ssh_key=/root/.ssh/kdump_id_rsa
    conf 'ssh_key = /k'
    tool config --check --root root
    prints ssh_key=/k
}

@test "target: prints the parts, or the reason for an error; --mask prints the text without its password" {
    tool target nfs://s:2050/e
    ended 0
    equal "$(paste -sd ';' <<< "$output")" 'kind=nfs;server=s;path=/e;options=port=2050'
    tool target -- -x
    ended 1
    equal "$output" 'error=target: the kind of target is not known (accepted: dir:, fs:, raw:, nfs:, nfs4:, iscsi:, ssh:, ram: or none)'
    tool target iscsi:hush@h
    ended 1
    none grep hush <<< "$output"
    tool target $'dir:/a\nkind=none'
    ended 1
    equal "${#lines[@]}" 1
    tool target --mask iscsi:me:hush@h:bad
    ended 0
    equal "$output" 'iscsi:***@h:bad'
    tool target --mask $'dir:/a\nx'
    equal "$output" 'dir:/a?x'
}

@test "target: reads the text from standard input, so that no other process sees it" {
    tool target - <<< 'iscsi:me:hush@h::::iqn.x'
    ended 0
    prints kind=iscsi user=me password=hush server=h name=iqn.x
    tool target --mask - <<< 'iscsi:me:hush@h::::iqn.x'
    equal "$output" 'iscsi:***@h::::iqn.x'
    for input in /dev/null <(printf 'dir:/%04095d' 0) <(printf 'dir:/a\tb\n'); do
        tool target - < "$input"
        ended 1
    done
    tool target - < <(printf 'dir:/a\nnone\n')
    ended 0
    equal "$output" $'kind=dir\npath=/a'
}

@test "target: the path of a disk is the name of its udev link" {
    truncate -s 8M disk
    # a label with each kind of character; the wanted result is that of blkid on the host
    for label in 'my dumps' 'a/b\c' '50%(é)' "q'\"\`$" '#+-.:=@_' '~^[]{}|' '<>?*!&;,'; do
        mkfs.ext4 -q -F -L "$label" disk
        tool target "raw:LABEL=$label"
        ended 0
        equal "$(printed disk)" "/dev/disk/by-label/$(blkid -p -o udev disk | sed -n 's/^ID_FS_LABEL_ENC=//p')"
    done
    tool target fs:/dev/vdb1:/crash
    prints disk=/dev/vdb1 device=/dev/vdb1 path=/crash
}

# number BYTES VALUE: prints VALUE as BYTES bytes, big-endian
number() {
    local hex
    printf -v hex "%0$(($1 * 2))x" "$2"
    while [ -n "$hex" ]; do
        # shellcheck disable=SC2059 # the format is the byte
        printf "\\x${hex:0:2}"
        hex=${hex:2}
    done
}

# section TYPE ADDRESS LENGTH: prints a section of a dump node
section() {
    number 4 1 && number 2 "$1" && number 2 0 && number 8 "$2" && number 8 "$3" && number 8 "$3" && number 8 "$2"
}

@test "node and regions: print the sections, the argument area, and the page in which the reserved area ends" {
    mkdir -p root/sys/kernel/fadump root/proc/self
    echo 805372336 > root/sys/kernel/fadump/mem_reserved
    printf '%s\n' 'Size: 128 kB' 'KernelPageSize: 64 kB' > root/proc/self/smaps
    { number 4 1 && number 2 2 && number 2 0 && number 4 40 && number 4 0 && number 8 0 && number 8 0 && number 8 0 \
        && section 1 805306368 4096 && section 256 4294965248 2048; } > node
    tool node --root root node
    ended 0
    equal "$(printed section)" \
        '0001 0000000030000000 0000000000001000 0000000030000000;0100 00000000fffff800 0000000000000800 00000000fffff800'
    prints area=0x00000000fffff800 broken=0x0000000060010000
    tool node --root root
    ended 0
    equal "$(paste -sd ';' <<< "$output")" 'area=none;page=65536;broken=unknown'
    echo 65536 > root/sys/kernel/fadump/mem_reserved
    tool node --root root
    prints broken=none
    head -c 79 node > short
    tool node --root root short
    ended 1
    equal "$output" 'error=short cannot be understood: it is shorter than its sections'
    tool node nowhere
    ended 4
    equal "$output" 'error=nowhere cannot be read: No such file or directory'
    echo 805372336 > root/sys/kernel/fadump/mem_reserved
    echo 'DUMP: Src: 0x0, Dest: 0x40000000, Size: 0x1, Dumped: 0x1 bytes' > region
    tool regions --root root region
    ended 0
    prints 'section=0011 0000000000000000 0000000000000001 0000000040000000' broken=0x0000000070010000
    echo nothing > region
    tool regions --root root region
    ended 1
}

# machine: makes a machine in root whose memory has grown from 500000 kB to 3500032 kB
machine() {
    mkdir -p root/proc/1 root/proc/self root/proc/sys/{kernel,vm,fs,net/ipv4,user} \
        root/sys/kernel/mm/transparent_hugepage
    printf '%s\n' 'MemTotal: 3500032 kB' 'KernelStack: 2400 kB' > root/proc/meminfo
    printf '%s\n' 'Node 0, zone   Normal' '        high     688' '        managed  54688' > root/proc/zoneinfo
    echo '0.00 0.01 0.05 1/78 345' > root/proc/loadavg
    echo 'KernelPageSize: 64 kB' > root/proc/self/smaps
    echo 'root=/dev/vda sysctl.vm.user_reserve_kbytes=1' > root/proc/cmdline
    echo 1867 > root/proc/sys/kernel/threads-max
    printf '345\t462\t690\n' > root/proc/sys/net/ipv4/tcp_mem
    printf '256\t256\t32\n' > root/proc/sys/vm/lowmem_reserve_ratio
    echo 15000 > root/proc/sys/vm/user_reserve_kbytes
    echo 9223372036854775807 > root/proc/sys/fs/file-max
    printf '%s\n' 'Limit  Soft Limit  Hard Limit  Units' \
        'Max processes             933                  933                  processes' > root/proc/1/limits
    printf '%s\n' 'tmpfs /run tmpfs rw,nosuid,size=99600k 0 0' 'tmpfs /run/lock tmpfs rw,size=5120k 0 0' \
        > root/proc/mounts
    echo 'always [madvise] never' > root/sys/kernel/mm/transparent_hugepage/enabled
}

@test "sizes: sysctls grow and never shrink, the command line has priority, and only files below --root are changed" {
    machine
    tool sizes --root root --before 500000
    ended 0
    equal "$(paste -sd ';' <<< "$output")" 'limits=6836;remount=/run size=20%;changed=4'
    equal "$(cat root/proc/sys/kernel/threads-max)" 13672
    equal "$(cat root/proc/sys/net/ipv4/tcp_mem)" '2529 3375 5058'
    equal "$(cat root/proc/sys/vm/lowmem_reserve_ratio)" $'256\t256\t32'
    equal "$(cat root/proc/sys/vm/user_reserve_kbytes)" 15000
    equal "$(cat root/proc/sys/fs/file-max)" 9223372036854775807
    equal "$(cat root/sys/kernel/mm/transparent_hugepage/enabled)" madvise
}

@test "sizes: a file with several lines causes a warning and is not changed; the others are changed" {
    machine
    printf '1\n2\n' > root/proc/sys/fs/file-max
    mkdir root/proc/sys/user/max_pid_namespaces
    tool sizes --root root --before 500000
    ended 0
    prints 'warning=fs.file-max cannot be read and is not changed' \
        'warning=user.max_pid_namespaces cannot be read and is not changed'
    equal "$(cat root/proc/sys/kernel/threads-max)" 13672
    equal "$(cat root/proc/sys/fs/file-max)" $'1\n2'
    rm root/proc/meminfo
    tool sizes --root root --before 500000
    ended 4
    equal "$output" 'error=/proc/meminfo cannot be read: No such file or directory'
}

@test "sizes: a kernel file that is not writable causes a warning" {
    machine
    ln -sf /proc/sys/kernel/ngroups_max root/proc/sys/fs/file-max # it contains 65536
    tool sizes --root root --before 500000
    ended 0
    prints 'warning=fs.file-max could not be set to 350003'
}

@test "sizes --show: prints the table and changes nothing" {
    machine
    tool sizes --root root --show
    ended 0
    prints 'kernel/threads-max 13672' 'net/ipv4/tcp_rmem - - 6291456' 'vm/overcommit_memory ='
    equal "$(cat root/proc/sys/kernel/threads-max)" 1867
}

@test "keys: prints eight columns for each key" {
    tool keys
    ended 0
    equal "${#lines[@]}" 18
    equal "$(awk -F '\t' '{ print NF }' <<< "$output" | sort -u)" 8
    prints $'timeout\tnumber\ta number of seconds, 1 to 3600\t60\tcmdline\tonce\topen\t-'
}

@test "wrong usage prints one line on standard error and gives status 2" {
    local words
    for words in '' 'colour' 'target' 'target a b' 'config --mask' 'target --root root none' 'config --check rearm=no' \
        'keys x' \
        'sizes' 'sizes --before' 'sizes --before x' 'sizes --before 1 x' 'node a b' 'regions' '--colour' \
        $'config\n--file\na\tb' $'config\n--root\na\tb'; do
        IFS=$' \n' read -r -d '' -a words <<< "$words" || :
        tool "${words[@]}"
        equal "$status" 2
        [ -z "$output" ]
        one_line
        says 'fadump-tool: '
    done
    tool --help
    ended 0
    tool --version
    ended 0
    run "${COPY%/*}/fadump-tool" keys > /dev/full
    "${COPY%/*}/fadump-tool" keys > /dev/full 2> said || status=$?
    equal "$status:$(cat said)" '4:fadump-tool: standard output cannot be written'
}
