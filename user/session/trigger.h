/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes a flight recorder keep its window: a crash, a figure that stays above a bound, or a
 * request, which is looked for by who takes it.
 */
#ifndef SESSION_TRIGGER_H
#define SESSION_TRIGGER_H

#include "model/switching/model.h"
#include "model/switching/summary.h"

#define TRIGGERS_MAX 16

enum trigger_kind { TRIGGER_CRASH, TRIGGER_FIGURE, TRIGGER_HTTP };

struct trigger {
	enum trigger_kind kind;
	/* TRIGGER_FIGURE: a distribution of the target, */
	int dist;
	int percent;	/* its percentile, 1 to 99, */
	__u64 above_ns; /* and the bound, */
	__u64 for_ns;	/* and how long it is to be above that; 0: once will do */
	size_t where;	/* TRIGGER_HTTP: in the text; 0: it was not said */
	char name[32];	/* for a file: "crash", "runq-p99" */
	char text[128]; /* as it was written */

	/* as it is now */
	struct dist last; /* at the last look in this period */
	__u64 since_ns;	  /* it has been above its bound; 0: it is not */
	__u64 crashes;	  /* of this period that were looked at */
	bool has_value;	  /* there was one, at least once */
	bool never;	  /* there cannot be any, as has been said */
};

/* "crash", "http [WHERE]", or "METRIC pNN > DURATION [for DURATION]".  Returns 0, or -EINVAL with what is wrong. */
int trigger__parse(struct trigger *ret_trigger, const char *text, const char **ret_wrong);

/* The first of that kind; NULL: there is none. */
const struct trigger *trigger__find(const struct trigger *triggers, size_t count,
				    enum trigger_kind kind);

/* Of TRIGGER_HTTP: where requests are taken, as it was written; "": it was not said. */
const char *trigger__where(const struct trigger *trigger);

/* The metrics, for messages: "pick, runq, ...". */
const char *trigger__metrics(void);

/*
 * The model has been read up to now, and is not closed: true if it fires, with the reason in
 * words.
 */
bool trigger__look(struct trigger *trigger, const struct model *model, __u64 now, char *ret_reason,
		   size_t size);

/*
 * NULL, or why it will never fire in such a run, of whose summaries this is the same in all.  Lives as
 * long as the summary.
 */
const char *trigger__why_never(const struct trigger *trigger, const struct model *model,
			       const struct summary *same);

/* The period has been closed: what is counted begins anew. */
void trigger__next(struct trigger *trigger);

#endif
