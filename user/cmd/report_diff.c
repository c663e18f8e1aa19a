/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/report_diff.h"

#include "session/recorded.h"

struct diff_side {
	struct compare *compare;
	struct losses *losses;
	const char *file;
	int side;
};

static int diff_side__add(void *context, const struct model *model, const struct summary *summary,
			  struct failure *failure)
{
	const struct diff_side *side = context;
	int err = compare__add(side->compare, side->side, summary);

	(void)model;
	losses__add(side->losses, &summary->lost, summary->proof.missed);
	return err ? failure__set(failure, err, NULL, NULL, "cannot add up %s", side->file) : 0;
}

static int diff_side__read(struct diff_side *side, const struct options *options, bool *incomplete,
			   struct failure *failure)
{
	const struct recorded_wants wants = { .sort = options->sort,
					      .by = options__by(options),
					      .threads = options->threads,
					      .take = diff_side__add,
					      .context = side };
	struct recorded recorded = { 0 };
	int err = recorded__open(&recorded, side->file, failure);

	if (err)
		return err;
	err = recorded__each_period(&recorded, &wants, failure);
	*incomplete |= recorded__tell(&recorded, options->quiet, false);
	recorded__close(&recorded);
	return err;
}

int report_diff__print(const struct options *options, struct output *output, struct losses *losses,
		       bool *incomplete, struct failure *failure)
{
	const char *const names[2] = { options->files[0], options->files[1] };
	struct compare compare = { 0 };
	int err = 0, i;

	for (i = 0; i < 2 && !err; i++) {
		struct diff_side side = { &compare, losses, names[i], i };

		err = diff_side__read(&side, options, incomplete, failure);
	}
	if (!err)
		err = output__diff(output, &compare, names, failure);
	compare__free(&compare);
	return err;
}
