/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands in for the reader of recordings until that is there; goes with it. */
#include <errno.h>

#include "store/store.h"

int store__open(struct store **ret_store, const char *path, struct failure *failure)
{
	*ret_store = NULL;
	return failure__set(failure, -ENOSYS, NULL, NULL, "cannot read %s", path);
}

void store__free(struct store *store)
{
	(void)store;
}

const char *store__remark(const struct store *store, int which)
{
	(void)store;
	(void)which;
	return NULL;
}

__u32 store__periods(const struct store *store)
{
	(void)store;
	return 0;
}

int store__read_period(struct store *store, __u32 period, struct model **ret_model,
		       struct summary *ret_summary, __u64 *ret_now, struct failure *failure)
{
	(void)store;
	(void)period;
	(void)ret_model;
	(void)ret_summary;
	(void)ret_now;
	(void)failure;
	return -ENOSYS;
}

int store__read_profile(struct store *store, struct profile **ret_profile, struct failure *failure)
{
	(void)store;
	(void)ret_profile;
	(void)failure;
	return -ENOSYS;
}

int store__each_sample(struct store *store, __u32 period, __u32 weights,
		       int (*take)(void *context, const struct sample *sample), void *context,
		       struct failure *failure)
{
	(void)store;
	(void)period;
	(void)weights;
	(void)take;
	(void)context;
	(void)failure;
	return -ENOSYS;
}
