/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_rich.h"
#include "make_store.h"
#include "unit.h"

static void must(int err, const struct failure *failure)
{
	cr_assert_eq(err, 0, "%s", failure->text);
}

void rich__record(const struct rich *rich, struct rich_profile *profile)
{
	struct failure failure = { 0 };
	struct store_writer *writer;
	struct summary summary;
	size_t i;

	rich__describe(&summary, rich->scene.model, false);
	summary.threads = true;
	summary__unavailable(&summary, "tlb_shootdowns_sent", "it is emulated");
	summary__unavailable(&summary, "life_ns", "no hook");
	must(store__create(&writer, recording__path(), true, &summary, &failure), &failure);
	recording__begin(writer);
	must(store__put_profile(writer, profile->profile, &failure), &failure);
	for (i = 0; i < RICH_SAMPLES; i++)
		must((i < RICH_SAMPLES - 1 ?
			      store__put_sample :
			      store__put_open)(writer, 1, &profile->samples[i], &failure),
		     &failure);
	must(store__put_period(writer, 1, rich->scene.model, &summary, SCENE_END, &failure),
	     &failure);
	recording__commit(writer);
	recording__end(writer, true);
}

void rich_round__begin(struct rich_round *made)
{
	struct failure failure = { 0 };
	__u64 now;

	rich__fill(&made->rich);
	rich_profile__make(&made->profile);
	rich__record(&made->rich, &made->profile);
	made->store = recording__open();
	must(store__read_period(made->store, 1, &made->again.model, &made->again.summary, &now,
				&failure),
	     &failure);
	SAME(now, SCENE_END);
}

void rich_round__end(struct rich_round *made)
{
	model__free(made->again.model);
	store__free(made->store);
	rich_profile__release(&made->profile);
	model__free(made->rich.scene.model);
	story__end(&made->rich.story);
	recording__remove();
}
