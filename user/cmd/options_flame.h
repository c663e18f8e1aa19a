/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of flame graphs, for the table in options.c, and what both say of bad values. */
#ifndef CMD_OPTIONS_FLAME_H
#define CMD_OPTIONS_FLAME_H

#include "cmd/options.h"

int option__bad_value(struct failure *failure, const char *option, const char *value,
		      const char *why, const char *hint);
int option__bad_glob(struct failure *failure, const char *value);

int option__set_metric(struct options *options, const char *value, struct failure *failure);
int option__set_flame_format(struct options *options, const char *value, struct failure *failure);
int option__set_filter_pid(struct options *options, const char *value, struct failure *failure);
int option__set_filter_tid(struct options *options, const char *value, struct failure *failure);
int option__set_filter_comm(struct options *options, const char *value, struct failure *failure);
int option__set_per_thread(struct options *options, const char *value, struct failure *failure);
int option__set_no_kernel(struct options *options, const char *value, struct failure *failure);
int option__set_reverse(struct options *options, const char *value, struct failure *failure);

#endif
