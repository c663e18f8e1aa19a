/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command line says: a field for each option of options.def, and what follows from them. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>

#include "cmd/push.h"
#include "core/failure.h"
#include "core/option.h"
#include "model/machine/group.h"
#include "model/profile/profile.h"
#include "model/profile/thread_filter.h"
#include "session/settings.h"
#include "session/trigger.h"
#include "view/flame.h"
#include "view/view.h"

/* Groups of options that several commands take. */
enum option_group {
	OPTIONS_TARGET = 1,
	OPTIONS_RUN = 2,
	OPTIONS_OUTPUT = 4,
	OPTIONS_TABLE = 8,     /* of an output that has rows */
	OPTIONS_NO_TABLE = 16, /* of an output that has none */
	OPTIONS_HOOKS = 32,    /* which of them, and how they are attached */
	OPTIONS_QUIET = 64,
	OPTIONS_PRICE = 128, /* which switches are priced; without it each is */
};

struct options {
#define OPTION(ctype, field, type, ...) ctype field;
#include "cmd/options.def"

	struct settings run;
	struct columns columns;	 /* that --columns names; none: count 0 */
	const char *csv_columns; /* the same, where some are only in csv; NULL */

	struct trigger triggers[TRIGGERS_MAX]; /* that --on says */
	size_t trigger_count;

	const char *push_labels[PUSH_LABELS + 1]; /* that --push-label says; NULL behind the last */
	size_t push_label_count;

	struct metric narrowed; /* by --state: what `metric` then is */
	char narrowed_help[80];

	char **files; /* operands: recordings */
	size_t file_count;
};

/* What --by says. */
enum group_by options__by(const struct options *options);

/* What -p, -t and -c say of stacks. */
struct thread_filter options__threads(const struct options *options);

extern const struct option_table options_table;

/* Returns 0, or -EINVAL with failure saying what is wrong (exit status 2), or another errno (1). */
int options__parse(struct options *options, const struct option_taker *taker, int argc, char **argv,
		   struct failure *failure);
void options__free(struct options *options);

#endif
