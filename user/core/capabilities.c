/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/capabilities.h"

#include <errno.h>
#include <stdbool.h>

static void set__keep(cap_t next, cap_t now, const cap_value_t *list, size_t count, bool effective)
{
	cap_flag_value_t have;
	size_t i;

	for (i = 0; i < count; i++) {
		/* an older kernel does not know all of them */
		if (cap_get_flag(now, list[i], CAP_PERMITTED, &have) || have != CAP_SET)
			continue;
		cap_set_flag(next, CAP_PERMITTED, 1, &list[i], CAP_SET);
		if (effective)
			cap_set_flag(next, CAP_EFFECTIVE, 1, &list[i], CAP_SET);
	}
}

int capabilities__keep(const cap_value_t *effective, size_t effective_count,
		       const cap_value_t *permitted, size_t permitted_count)
{
	cap_t now = cap_get_proc(), next = cap_init();
	int err = now && next ? 0 : -ENOMEM;

	if (!err) {
		set__keep(next, now, permitted, permitted_count, false);
		set__keep(next, now, effective, effective_count, true);
		err = cap_set_proc(next) ? -errno : 0;
	}
	if (now)
		cap_free(now);
	if (next)
		cap_free(next);
	return err;
}
