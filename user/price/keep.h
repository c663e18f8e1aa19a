/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The price list as JSON (tests/schema/prices.schema.json), and where it is kept:
 * tasktoll/prices.json in the user's cache directory ($XDG_CACHE_HOME, else ~/.cache),
 * under sudo in that of the user who asked.
 */
#ifndef PRICE_KEEP_H
#define PRICE_KEEP_H

#include <jansson.h>

#include "core/failure.h"
#include "price/price.h"

/* NULL: no memory. */
json_t *price_list__to_json(const struct price_list *list);

/* Returns 0, -ENOMEM, or -EINVAL: it is not a price list. */
int price_list__from_json(struct price_list *ret_list, const json_t *object);

/* Stores the path of the file.  Returns 0 or a negative errno. */
int price_list__path(char *ret_path, size_t size);

/* Writes it, readable for its owner only.  Returns 0 or the failure. */
int price_list__keep(const struct price_list *list, struct failure *failure);

/*
 * Reads the kept list of this machine.  Returns 0; -ENOENT: there is none; -ESTALE: it is
 * of another machine, kernel or microcode; or another negative errno: it cannot be read.
 */
int price_list__recall(struct price_list *ret_list, struct failure *failure);

#endif
