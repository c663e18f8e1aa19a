/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the process that takes requests only. */
#ifndef SERVE_HTTP_PRIVATE_H
#define SERVE_HTTP_PRIVATE_H

#include <stdbool.h>

/* From here on it does nothing but to take requests and to answer them. */
bool http__confine(void);

#endif
