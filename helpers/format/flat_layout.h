/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flat_layout.h - a file as a stream of its pieces: makedumpfile's flattened format
 *
 * Format: struct makedumpfile_header and makedumpfile_data_header of makedumpfile 1.7.9; all
 * numbers are big-endian.  `makedumpfile -R` assembles the pieces to a file; crash, and
 * libkdumpfile from 0.5.3 on, read the stream directly.
 */
#ifndef FADUMP_FLAT_LAYOUT_H
#define FADUMP_FLAT_LAYOUT_H

#include <stdint.h>

#define FLAT_HEAD_BYTES	  4096u /* header of the stream */
#define FLAT_RECORD_BYTES 16u	/* header of each piece, and the end mark */

/* Make the header of the stream. */
void flat_layout_head(uint8_t out[FLAT_HEAD_BYTES]);

/* Make the header of a piece: the next @bytes of the stream belong to offset @at of the file. */
void flat_layout_record(uint8_t out[FLAT_RECORD_BYTES], uint64_t at, uint64_t bytes);

/* Make the end mark of the stream. */
void flat_layout_end(uint8_t out[FLAT_RECORD_BYTES]);

#endif
