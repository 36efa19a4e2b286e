// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zstd.c - used without libzstd: a known codec that is not built in
 */
#include "../encoder.h"

const struct encoder zstd_encoder = {.name = "zstd"};
