// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zstd.c - where there is no libzstd: a codec that is known and not built in
 */
#include "../encoder.h"

const struct encoder zstd_encoder = {.name = "zstd"};
