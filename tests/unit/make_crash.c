/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_crash.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

struct witness witness;
struct story *const story = &witness.story;

static void begin(unsigned int flags)
{
	witness__begin(&witness, flags);
	story__census(story, SHELL, 1, "shell");
	story__census(story, MASTER, SHELL, "master");
	story__census(story, ROOT, MASTER, "worker");
	story__census(story, PEER, SHELL, "peer");
	story__census(story, OTHER, SHELL, "other");
}

void cast__begin(void)
{
	begin(0);
}

void cast__end(void)
{
	witness__end(&witness);
}

void cast__begin_with_stacks(void)
{
	cast__end();
	begin(WITNESS_STACKS);
}

void cast__fault(void)
{
	story__fault(story, ROOT, SIGSEGV, SEGV_MAPERR);
}

struct crash_frame *make_frames(const char *const *names, size_t count)
{
	struct crash_frame *frames = calloc(count + 1, sizeof(*frames));
	size_t i;

	cr_assert_not_null(frames);
	for (i = 0; i < count; i++)
		frames[i].name = strdup(names[i]);
	return frames;
}

void cast__fault_with_stack(struct crash_frame *frames, size_t count)
{
	cast__fault();
	process_tracker__take_stack(witness.tracker, story->now_ns - STORY_STEP_NS, frames, count,
				    NULL);
}

void cast__abort_with_stack(struct crash_frame *frames, size_t count)
{
	story__signal(story, ROOT, ROOT, SIGABRT, SIGNAL_DEFAULT);
	story__fatal(story, ROOT, SIGABRT, SI_TKILL, ROOT);
	process_tracker__take_stack(witness.tracker, story->now_ns - STORY_STEP_NS, frames, count,
				    NULL);
}

void cast__crash(void)
{
	cast__fault();
	story__die(story, ROOT, WITH_CORE(SIGSEGV));
}

const struct crash *result(void)
{
	return witness__crash_of(&witness, ROOT);
}

void check_no_victim(__u32 tid)
{
	cr_expect_null(crash__find(result(), tid), "%u is a victim", tid);
}
