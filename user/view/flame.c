/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/flame.h"

const struct flame_format *const flame_formats[] = {
#define FLAME_FORMAT(name) &flame_##name,
#include "view/formats.def"
	NULL
};
