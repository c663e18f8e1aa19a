/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has been written is forgotten, and comes again under another number. */
#include <string.h>

#include "make_store.h"
#include "unit.h"

TestSuite(profile_forget, .fini = recording__remove);

static struct store_writer *writer;
static struct profile *profile;

static void begin(void)
{
	writer = recording__create();
	profile = profile__new();
	cr_assert_not_null(profile);
}

static void put(void)
{
	struct failure failure = { 0 };

	recording__begin(writer);
	cr_assert_eq(store__put_profile(writer, profile, &failure), 0, "%s", failure.text);
	recording__commit(writer);
	cr_assert(store__has_all(writer, profile));
}

static void pay(__u32 stack, __s64 switches)
{
	struct profile_thread thread = { .id = 1, .comm = "a", .process_comm = "a" };
	struct sample sample = { .thread = profile__thread(profile, &thread), .stack = stack };
	struct failure failure = { 0 };

	sample.weight[WEIGHT_SWITCHES] = switches;
	recording__begin(writer);
	cr_assert_eq(store__put_sample(writer, 1, &sample, &failure), 0, "%s", failure.text);
	recording__commit(writer);
}

/* main() and below it what is called by it, in a file of this name. */
static __u32 make_stack(const char *path)
{
	__u32 module = profile__module(profile, MODULE_FILE, path, 7, "ab");
	__u32 outer = profile__frame(profile, module, 16),
	      inner = profile__frame(profile, module, 32);

	return profile__stack(profile, profile__stack(profile, 0, outer), inner);
}

struct sums {
	const struct profile *profile;
	__s64 all, by_name;
};

static int add_up(void *context, const struct sample *sample)
{
	struct sums *sums = context;
	const struct profile_stack *stack = profile__get_stack(sums->profile, sample->stack);
	const struct profile_frame *frame =
		stack ? profile__get_frame(sums->profile, stack->frame) : NULL;
	const struct profile_stack *caller =
		stack ? profile__get_stack(sums->profile, stack->caller) : NULL;

	cr_assert(frame && caller);
	SAME(profile__get_frame(sums->profile, caller->frame)->offset, 16);
	SAME_TEXT(profile__get_module(sums->profile, frame->module)->path, "/bin/a");
	sums->all += sample->weight[WEIGHT_SWITCHES];
	if (frame->name && !strcmp(frame->name, "inner"))
		sums->by_name += sample->weight[WEIGHT_SWITCHES];
	return 0;
}

static void expect_read(__s64 all, __s64 by_name)
{
	struct failure failure = { 0 };
	struct sums sums = { 0 };
	struct profile *read;
	struct store *store;

	recording__end(writer, true);
	profile__free(profile);
	store = recording__open();
	cr_assert_eq(store__read_profile(store, &read, &failure), 0, "%s", failure.text);
	sums.profile = read;
	cr_assert_eq(store__each_sample(store, 1, ~0U, add_up, &sums, &failure), 0);
	cr_expect_not(store__is_damaged(store));
	SAME(sums.all, all);
	SAME(sums.by_name, by_name);
	profile__free(read);
	store__free(store);
}

Test(profile_forget, stacks)
{
	__u32 first, second;

	begin();
	first = make_stack("/bin/a");
	profile__name(profile, 2, "inner", NULL);
	put();
	pay(first, 3);
	profile__forget_stacks(profile);
	cr_expect_null(profile__get_stack(profile, first), "it is still there");
	SAME(profile__stack_count(profile), first);
	SAME(profile__stack_bytes(profile), 0);
	second = make_stack("/bin/a");
	SAME(second, first + 2);
	SAME(profile__frame_count(profile), 2);
	put();
	pay(second, 4);
	pay(first, 5); /* its number still means what it meant */
	expect_read(12, 12);
}

/* A name that comes when its frame is forgotten is written all the same. */
Test(profile_forget, places)
{
	__u32 first, second;

	begin();
	first = make_stack("/bin/a");
	put();
	pay(first, 3);
	profile__forget_places(profile);
	SAME(profile__first_module(profile), 2);
	SAME(profile__place_bytes(profile), 0);
	cr_expect_null(profile__get_frame(profile, 2), "it is still there");
	second = make_stack("/bin/a");
	SAME(second, first + 2);
	SAME(profile__frame_count(profile), 4);
	SAME(profile__module_count(profile), 2);
	cr_assert_eq(profile__name(profile, 2, "inner", NULL), 0);
	cr_expect_not(store__has_all(writer, profile), "a name has not been put");
	put();
	pay(second, 4);
	expect_read(7, 3);
}

/* It was gone, and then something more was paid by it. */
Test(profile_forget, thread)
{
	__u32 stack;

	begin();
	stack = make_stack("/bin/a");
	put();
	pay(stack, 3);
	put();
	profile__forget_thread(profile, 1, NULL, NULL);
	pay(stack, 4);
	SAME(profile__thread_count(profile), 2);
	put();
	expect_read(7, 0);
}

static void note(void *context, __u32 number)
{
	__u32 *sum = context;

	*sum = *sum * 10 + number;
}

static __u32 enter(__u64 id, const char *comm)
{
	const struct profile_thread thread = { .id = id, .comm = comm, .process_comm = comm };

	return profile__thread(profile, &thread);
}

/* It ran a program, and took its first name again. */
Test(profile_forget, a_thread_by_all_of_its_names)
{
	__u32 told = 0;

	begin();
	SAME(enter(7, "sh"), 1);
	SAME(enter(8, "sh"), 2);
	SAME(enter(7, "ls"), 3);
	SAME(enter(7, "sh"), 1);
	profile__forget_thread(profile, 1, note, &told);
	SAME(told, 31);
	SAME(profile__threads_kept(profile), 1);
	cr_expect_null(profile__get_thread(profile, 1));
	cr_expect_null(profile__get_thread(profile, 3));
	SAME_TEXT(profile__get_thread(profile, 2)->comm, "sh");
	SAME(enter(7, "sh"), 4);
	SAME(enter(8, "sh"), 2);
	recording__end(writer, true);
	profile__free(profile);
}

/* Some stay in the midst of many that come and go. */
Test(profile_forget, many_threads)
{
	__u32 i;

	begin();
	for (i = 1; i <= 5000; i++) {
		SAME(enter(i, "a"), i);
		if (i % 1500)
			profile__forget_thread(profile, i, NULL, NULL);
	}
	SAME(profile__threads_kept(profile), 3);
	SAME(profile__thread_count(profile), 5000);
	SAME(profile__get_thread(profile, 3000)->id, 3000);
	cr_expect_null(profile__get_thread(profile, 2999));
	SAME(enter(4500, "a"), 4500);
	recording__end(writer, true);
	profile__free(profile);
}

Test(profile_forget, no_name_for_what_never_was)
{
	begin();
	make_stack("/bin/a");
	cr_expect_neq(profile__name(profile, 3, "nobody", NULL), 0);
	put();
	recording__end(writer, true);
	profile__free(profile);
}
