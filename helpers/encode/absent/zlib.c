// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zlib.c - where there is no libdeflate: a codec that is known and not built in
 */
#include "../encoder.h"

const struct encoder zlib_encoder = {.name = "zlib"};
