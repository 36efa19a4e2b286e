// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unflatten.c - write the pieces of a flattened stream to a file
 * In: the flattened format of makedumpfile on stdin.  Out: the file named by the argument; on
 * stdout the number of pieces.
 * Does not know: the format of that file; the program under test (uses none of its code).
 *
 * unflatten is stricter than makedumpfile -R: the rest of the header must be zero, no piece may be
 * empty or larger than 1 MiB, no two pieces may overlap, and no data may follow the end mark.
 */
#include <endian.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD	  4096u
#define PIECE_MAX (1u << 20)

struct piece {
	uint64_t at, bytes;
};

static void die(const char *what)
{
	fprintf(stderr, "unflatten: %s\n", what);
	exit(1);
}

static void take(void *buf, size_t bytes)
{
	if (fread(buf, 1, bytes, stdin) != bytes)
		die("the stream ends early");
}

static void check_head(void)
{
	static const char name[16] = "makedumpfile";
	uint8_t head[HEAD];
	uint64_t type, version;

	take(head, sizeof(head));
	memcpy(&type, head + 16, 8);
	memcpy(&version, head + 24, 8);
	if (memcmp(head, name, 16) != 0 || be64toh(type) != 1 || be64toh(version) != 1)
		die("the stream does not begin with a valid header");
	for (size_t i = 32; i < HEAD; i++)
		if (head[i])
			die("the rest of the header is not zero");
}

static int by_place(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

int main(int argc, char *argv[])
{
	const int fd = argc == 2 ? open(argv[1], O_WRONLY | O_CREAT | O_EXCL, 0600) : -1;
	static uint8_t data[PIECE_MAX];
	struct piece *pieces = NULL;
	size_t nr = 0;

	if (fd < 0)
		die("Usage: unflatten NEWFILE < STREAM");
	for (check_head();; nr++) {
		uint64_t record[2];

		take(record, sizeof(record));
		if (record[0] == UINT64_MAX && record[1] == UINT64_MAX)
			break;
		pieces = realloc(pieces, (nr + 1) * sizeof(*pieces));
		pieces[nr] = (struct piece){be64toh(record[0]), be64toh(record[1])};
		if (pieces[nr].bytes < 1 || pieces[nr].bytes > PIECE_MAX)
			die("a piece is empty, or larger than 1 MiB");
		take(data, pieces[nr].bytes);
		if (pwrite(fd, data, pieces[nr].bytes, (off_t)pieces[nr].at) !=
		    (ssize_t)pieces[nr].bytes)
			die("cannot write to NEWFILE");
	}
	if (getchar() != EOF)
		die("data follows the end mark");
	qsort(pieces, nr, sizeof(*pieces), by_place);
	for (size_t i = 1; i < nr; i++)
		if (pieces[i].at < pieces[i - 1].at + pieces[i - 1].bytes)
			die("two pieces overlap");
	printf("%zu\n", nr);
	return close(fd) != 0;
}
