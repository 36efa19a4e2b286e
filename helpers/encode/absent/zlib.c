// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zlib.c - used without libdeflate: a known codec that is not built in
 */
#include "../encoder.h"

const struct encoder zlib_encoder = {.name = "zlib"};
