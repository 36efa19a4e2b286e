// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lzo.c - where there is no liblzo2: a codec that is known and not built in
 */
#include "../encoder.h"

const struct encoder lzo_encoder = {.name = "lzo"};
