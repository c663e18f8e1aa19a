/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's price list, as far as compare asks it. */
#ifndef CMD_COMPARE_PRICES_H
#define CMD_COMPARE_PRICES_H

#include "view/portrait.h"

/* Of this machine while it is quiet; NaN without a list, and of one that means little: then why. */
struct portrait_prices compare_prices__read(const char **ret_why);

#endif
