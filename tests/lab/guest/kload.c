/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kload - load the capture kernel, with kexec_file_load(2)
 * In: kload KERNEL INITRD COMMAND-LINE.
 * Out: exit status 0 when it is loaded.
 * Does not know: the work of the capture kernel.
 */
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int kernel, initrd;

	if (argc != 4)
		return 2;
	kernel = open(argv[1], O_RDONLY);
	initrd = open(argv[2], O_RDONLY);
	if (kernel < 0 || initrd < 0 ||
	    syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[3]) + 1, argv[3],
		    KEXEC_FILE_ON_CRASH)) {
		perror("kload");
		return 1;
	}
	return 0;
}
