/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The price list for people, 80 columns wide. */
#ifndef VIEW_TEXT_PRICES_H
#define VIEW_TEXT_PRICES_H

#include <stdio.h>

#include "price/price.h"

void text__prices(FILE *out, const struct price_list *list);

#endif
