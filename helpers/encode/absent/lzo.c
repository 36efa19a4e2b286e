// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lzo.c - used without liblzo2: a known codec that is not built in
 */
#include "../encoder.h"

const struct encoder lzo_encoder = {.name = "lzo"};
