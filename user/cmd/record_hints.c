/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/record_hints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "core/remark.h"

#define LINES	   3
#define TOLD_SHARE 0.05
#define TOLD_FRAMES                                                                                \
	20 /* functions without names are told if there are as many, and as many as with names */
#define TEXT 320

#define CHARS(text) ((int)strcspn(text, "]")), text

/* ---- stacks without their root ---- */

/* Programs that make code at run time, and how they are told to keep frame pointers in it, and its names. */
static const struct runtime {
	const char *comm, *frame_pointers, *names;
} runtimes[] = {
	{ "java", "start it with -XX:+PreserveFramePointer",
	  "run `jcmd PID Compiler.perfmap` while it is recorded; JDK 17 or later" },
	{ "node", NULL, "start it with --perf-basic-prof" },
};

static const struct runtime *runtime__find(const char *comm)
{
	size_t i;

	for (i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++) {
		if (!strcmp(runtimes[i].comm, comm))
			return &runtimes[i];
	}
	return NULL;
}

/* What stands in a mark instead of the root, without what all of them begin with. */
static const char *sum__why(const struct rootless_sum *sum)
{
	const char *why = strchr(sum->mark, ' ');

	return why ? why + 1 : sum->mark;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static bool sum__is(const struct rootless_sum *sum, const char *why)
{
	return !strncmp(sum__why(sum), why, strlen(why));
}

/* Where the way ends: in the code that is the reason, or in what is known of the stack. */
static void sum__place(const struct rootless_sum *sum, char text[TEXT])
{
	const char *where = sum__is(sum, "no unwind information") ? " in" : ", beyond";

	*text = 0;
	if (sum->kind == MODULE_JIT)
		snprintf(text, TEXT, "%s code that %s (%u) made at run time", where, sum->comm,
			 sum->pid);
	else if (sum->kind == MODULE_FILE && *sum->path)
		snprintf(text, TEXT, "%s %s", where, base_name(sum->path));
}

/* NULL: nothing would. */
static const char *sum__help(const struct rootless_sum *sum)
{
	const struct runtime *runtime = runtime__find(sum->comm);

	if (sum__is(sum, "no unwind information")) {
		if (sum->kind == MODULE_JIT)
			return runtime && runtime->frame_pointers ?
				       runtime->frame_pointers :
				       "start it so that this code keeps frame pointers";
		return sum->kind == MODULE_FILE ? "build it with -fasynchronous-unwind-tables" :
						  NULL;
	}
	if (sum__is(sum, "callers not told apart") || sum__is(sum, "stack beyond"))
		return "a longer recording: the ways through new stacks are learned meanwhile";
	if (sum__is(sum, "unwinding took too long") || sum__is(sum, "unwinding failed"))
		return "give it a CPU of its own, or a narrower target";
	if (sum__is(sum, "file not readable"))
		return "it may be gone, or larger than --max-memory lets it be";
	if (sum__is(sum, "mappings not known"))
		return "a process that ends at once is known if it starts while it is recorded";
	return NULL;
}

static void tell_sum(const struct rootless_sums *sums, const struct rootless_sum *sum)
{
	enum rootless_metric metric;
	double share = rootless_sums__share(sums, sum, &metric);
	const char *help = sum__help(sum);
	char place[TEXT];

	sum__place(sum, place);
	remark("%s of %s is on stacks without their root: %.*s%s%s%s%s",
	       number__share(share, 1).text, metric__find(rootless_metric_names[metric])->help,
	       CHARS(sum__why(sum)), place, help ? " (" : "", help ? help : "", help ? ")" : "");
}

void record_hints__tell_rootless(const struct rootless_sums *sums)
{
	bool told[ROOTLESS_SUMS] = { false };
	enum rootless_metric metric;
	int line;

	for (line = 0; line < LINES; line++) {
		const struct rootless_sum *most = NULL;
		size_t i;

		for (i = 0; i < sums->count; i++) {
			const struct rootless_sum *sum = &sums->list[i];
			double share = rootless_sums__share(sums, sum, &metric);

			if (!told[i] && share >= TOLD_SHARE &&
			    (!most || share > rootless_sums__share(sums, most, &metric)))
				most = sum;
		}
		if (!most)
			return;
		told[most - sums->list] = true;
		tell_sum(sums, most);
	}
}

/* ---- functions without names ---- */

struct tally {
	__u32 module, named, nameless;
};

/* Of each module that is there, how many of its functions have a name; NULL without memory. */
static struct tally *tallies__count(const struct profile *profile, __u32 first, __u32 count)
{
	struct tally *tallies = calloc((size_t)count + 1, sizeof(*tallies));
	__u32 number;

	if (!tallies)
		return NULL;
	for (number = profile__first_frame(profile); number <= profile__frame_count(profile);
	     number++) {
		const struct profile_frame *frame = profile__get_frame(profile, number);

		if (!frame || frame->module < first || frame->module - first >= count)
			continue;
		tallies[frame->module - first].module = frame->module;
		if (frame->name)
			tallies[frame->module - first].named++;
		else
			tallies[frame->module - first].nameless++;
	}
	return tallies;
}

static int compare(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	return x->nameless < y->nameless ? 1 : x->nameless > y->nameless ? -1 : 0;
}

/* The name of a process of that number; NULL: none of its threads is known. */
static const char *comm_of(const struct profile *profile, __u32 pid)
{
	__u32 number;

	for (number = profile__thread_count(profile); number; number--) {
		const struct profile_thread *thread = profile__get_thread(profile, number);

		if (thread && thread->pid == pid)
			return thread->process_comm;
	}
	return NULL;
}

static bool tell_tally(const struct profile *profile, const struct tally *tally, bool debuginfod)
{
	const struct profile_module *module = profile__get_module(profile, tally->module);
	__u32 pid = module ? (__u32)module->identity : 0;
	const char *comm = module && module->kind == MODULE_JIT ? comm_of(profile, pid) : NULL;
	const struct runtime *runtime = comm ? runtime__find(comm) : NULL;

	if (module && module->kind == MODULE_FILE)
		remark("%s places in %s have no names (install its debug symbols%s)",
		       number__count(tally->nameless).text, base_name(module->path),
		       debuginfod ? "" : ", or record with --debuginfod");
	else if (comm)
		remark("%s places in code that %s (%u) made at run time have no names (%s)",
		       number__count(tally->nameless).text, comm, pid,
		       runtime ? runtime->names : "it has to write a perf map");
	else
		return false;
	return true;
}

void record_hints__tell_nameless(const struct profile *profile, bool debuginfod)
{
	__u32 first = profile__first_module(profile), all = profile__module_count(profile), i;
	__u32 count = all >= first ? all - first + 1 : 0;
	struct tally *tallies = tallies__count(profile, first, count);
	int lines = 0;

	if (!tallies)
		return;
	qsort(tallies, count, sizeof(*tallies), compare);
	for (i = 0; i < count && lines < LINES && tallies[i].nameless >= TOLD_FRAMES; i++) {
		if (tallies[i].nameless > tallies[i].named)
			lines += tell_tally(profile, &tallies[i], debuginfod);
	}
	free(tallies);
}
