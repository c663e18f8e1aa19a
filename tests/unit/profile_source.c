/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions of source files: what is shown of them, and what tells them apart. */
#include "../lib/stacks.h"
#include "model/profile/profile.h"
#include "unit.h"

static void expect_label(const struct profile *profile, __u32 frame, const char *expected)
{
	char label[256];

	profile__label(profile, frame, label, sizeof(label));
	SAME_TEXT(label, expected);
}

Test(profile_source, label)
{
	struct profile *profile = profile__new();

	expect_label(profile, profile__source(profile, "/srv/app.py", "Job.run", 7),
		     "Job.run (app.py:7)");
	expect_label(profile, profile__source(profile, "/srv/app.py", "Job.run", 0),
		     "Job.run (app.py)");
	expect_label(profile, profile__source(profile, "<stdin>", "<module>", 1),
		     "<module> (<stdin>:1)");
	profile__free(profile);
}

Test(profile_source, one_frame_for_a_function_and_line)
{
	struct profile *profile = profile__new();
	__u32 run = profile__source(profile, "/srv/app.py", "run", 7);

	SAME(profile__source(profile, "/srv/app.py", "run", 7), run);
	cr_expect_neq(profile__source(profile, "/srv/app.py", "run", 8), run);
	cr_expect_neq(profile__source(profile, "/srv/app.py", "run.<locals>.<lambda>", 7), run);
	cr_expect_neq(profile__source(profile, "/srv/other.py", "run", 7), run);
	SAME(profile__get_frame(profile, run)->line, 7);
	profile__free(profile);
}

/* A recording has the offset: the line is in it. */
Test(profile_source, line_of_an_offset)
{
	struct profile *profile = profile__new();
	__u32 module = profile__module(profile, MODULE_SOURCE, "/srv/app.py", 0, NULL);
	__u32 other = profile__module(profile, MODULE_FILE, "/srv/app", 0, NULL);

	SAME(profile__get_frame(profile, profile__frame(profile, module, 5ULL << 32 | 12))->line,
	     12);
	SAME(profile__get_frame(profile, profile__frame(profile, other, 5ULL << 32 | 12))->line, 0);
	profile__free(profile);
}
