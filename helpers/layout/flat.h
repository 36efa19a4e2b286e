/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flat.h - a file as a stream of its pieces: makedumpfile's flattened format
 *
 * Format: struct makedumpfile_header and makedumpfile_data_header of makedumpfile 1.7.9; all
 * numbers are big-endian.  `makedumpfile -R` puts the pieces together, crash reads them as they
 * are, libkdumpfile from 0.5.3 on.
 */
#ifndef FADUMP_LAYOUT_FLAT_H
#define FADUMP_LAYOUT_FLAT_H

#include <stdint.h>

#define FLAT_HEAD_BYTES	  4096u /* once, before everything */
#define FLAT_RECORD_BYTES 16u	/* before each piece, and alone at the end */

void layout_flat_head(uint8_t out[FLAT_HEAD_BYTES]);

/* The next @bytes of the stream are those at offset @at of the file. */
void layout_flat_record(uint8_t out[FLAT_RECORD_BYTES], uint64_t at, uint64_t bytes);

/* The stream is whole. */
void layout_flat_end(uint8_t out[FLAT_RECORD_BYTES]);

#endif
