/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that come when their frames are written: they are as those that were there before. */
#include "make_store.h"
#include "unit.h"

TestSuite(store_names, .fini = recording__remove);

static struct store_writer *writer;
static struct profile *profile;

static void put(void)
{
	struct failure failure = { 0 };

	recording__begin(writer);
	cr_assert_eq(store__put_profile(writer, profile, &failure), 0, "%s", failure.text);
	recording__commit(writer);
}

static void expect(const struct profile *read, __u32 frame, const char *name, const char *inlined)
{
	const struct profile_frame *found = profile__get_frame(read, frame);

	cr_assert_not_null(found->name);
	SAME_TEXT(found->name, name);
	SAME(!found->inlined, !inlined);
	if (inlined)
		SAME_TEXT(found->inlined, inlined);
}

Test(store_names, late_ones)
{
	struct failure failure = { 0 };
	struct profile *read;
	struct store *store;
	__u32 module, frames[4], i;

	writer = recording__create();
	profile = profile__new();
	module = profile__module(profile, MODULE_FILE, "/usr/bin/app", 7, "ab");
	for (i = 0; i < 4; i++) {
		frames[i] = profile__frame(profile, module, 16 * (i + 1));
		profile__stack(profile, 0, frames[i]);
	}
	cr_assert_eq(profile__name(profile, frames[0], "early", "one\ntwo"), 0);
	put();
	cr_assert_eq(profile__name(profile, frames[1], "late", "three\nfour"), 0);
	cr_assert_eq(profile__name(profile, frames[2], "plain", NULL), 0);
	cr_expect_not(store__has_all(writer, profile));
	put();
	cr_expect(store__has_all(writer, profile));
	recording__end(writer, true);
	store = recording__open();
	cr_assert_eq(store__read_profile(store, &read, &failure), 0, "%s", failure.text);
	expect(read, frames[0], "early", "one\ntwo");
	expect(read, frames[1], "late", "three\nfour");
	expect(read, frames[2], "plain", NULL);
	cr_expect_null(profile__get_frame(read, frames[3])->name);
	profile__free(read);
	store__free(store);
	profile__free(profile);
}

/* A module is written before anybody has looked into its file, or forgotten, or not written yet. */
Test(store_names, late_build_ids)
{
	static const char *const expected[] = { "", "00ff", "ab12", "cd" };
	struct failure failure = { 0 };
	struct profile *read;
	struct store *store;
	__u32 modules[4], i;

	writer = recording__create();
	profile = profile__new();
	for (i = 0; i < 3; i++)
		modules[i] = profile__module(profile, MODULE_FILE, "/usr/bin/app", 7 + i, NULL);
	put();
	cr_assert_eq(profile__identify(profile, modules[1], "00ff"), 0);
	SAME_TEXT(profile__get_module(profile, modules[1])->build_id, "00ff");
	cr_expect_not(store__has_all(writer, profile));
	put();
	profile__forget_places(profile);
	cr_assert_eq(profile__identify(profile, modules[2], "ab12"), 0);
	modules[3] = profile__module(profile, MODULE_FILE, "/usr/bin/app", 7, NULL);
	cr_assert_eq(profile__identify(profile, modules[3], "cd"), 0);
	put();
	cr_expect(store__has_all(writer, profile));
	recording__end(writer, true);
	store = recording__open();
	cr_assert_eq(store__read_profile(store, &read, &failure), 0, "%s", failure.text);
	SAME(profile__module_count(read), 4);
	for (i = 0; i < 4; i++)
		SAME_TEXT(profile__get_module(read, i + 1)->build_id, expected[i]);
	profile__free(read);
	store__free(store);
	profile__free(profile);
}
