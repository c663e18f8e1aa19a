/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ourselves and the C library, asked by way of the helper: names, inlined functions, stacks. */
#include "callstack/symbolizer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "make_stack.h"
#include "callstack/broker.h"
#include "callstack/vdso.h"
#include "unit.h"

#ifndef __SANITIZE_ADDRESS__ /* which wants more address space than the helper may have */

static struct broker *broker;
static struct symbolizer *symbolizer;
static struct ourselves ourselves;

/* Of the last answer. */
static size_t answers;
static __u64 cookies[64];
static int error;
static char names[64][256], inlined[64][256], build_id[256];
static size_t name_count;
static struct unwind_frame frames[64][64];
static size_t frame_counts[64], chain_count;
static struct unwind_end ended[64];

static void begin(void)
{
	struct symbolizer_config config = { .patience = 1, .broker = broker__new() };

	broker = config.broker;
	symbolizer = symbolizer__new(&config);
	cr_assert_not_null(symbolizer);
	close(STDIN_FILENO); /* 0 is a descriptor of a file like others */
	ourselves__open(&ourselves);
}

static void end(void)
{
	ourselves__close(&ourselves);
	symbolizer__free(symbolizer);
	broker__free(broker);
}

TestSuite(symbolizer, .init = begin, .fini = end);

/* ---- asking ---- */

static void take_names(void *context, __u64 cookie, const struct symbolizer_names *given)
{
	size_t i;

	(void)context;
	cookies[answers++ % 64] = cookie;
	error = given->error;
	name_count = given->count;
	snprintf(build_id, sizeof(build_id), "%s", given->build_id);
	for (i = 0; i < given->count && i < 64; i++) {
		const struct symbolizer_name *name = &given->list[i];

		snprintf(names[i], sizeof(names[i]), "%s", name->name ? name->name : "");
		snprintf(inlined[i], sizeof(inlined[i]), "%s", name->inlined ? name->inlined : "");
	}
}

static void take_chains(void *context, __u64 cookie, const struct symbolizer_chains *given)
{
	size_t i, n;

	(void)context;
	cookies[answers++ % 64] = cookie;
	error = given->error;
	chain_count = given->count;
	for (i = 0; i < given->count && i < 64; i++) {
		n = given->list[i].count < 64 ? given->list[i].count : 64;
		memcpy(frames[i], given->list[i].frames, n * sizeof(frames[i][0]));
		frame_counts[i] = n;
		ended[i] = given->list[i].end;
	}
}

static const struct symbolizer_sink sink = { .names = take_names, .chains = take_chains };
static void wait_for_answers(void)
{
	struct pollfd ready = { .fd = symbolizer__fd(symbolizer), .events = POLLIN };

	while (symbolizer__pending(symbolizer)) {
		cr_assert_eq(poll(&ready, 1, 20000), 1, "no answer");
		symbolizer__poll(symbolizer);
	}
}

static void ask_file(int fd, const struct symbolizer_place *places, size_t count, bool with_inlined)
{
	struct symbolizer_file file = { .fd = fd, .root = -1, .inlined = with_inlined };

	cr_assert_eq(symbolizer__ask_file(symbolizer, &file, places, count, &sink, 7), 0);
	wait_for_answers();
}

/* The name of a function of ours, or of a library. */
static const char *name_of(__u64 address, bool caller)
{
	struct symbolizer_place place = { .caller = caller };
	int fd;

	place.at = ourselves__offset(&ourselves, address, &fd);
	ask_file(fd, &place, 1, true);
	return names[0];
}

/* ---- functions of our own ---- */

int function_to_name(int x);
int function_with_others_inside(int x);
__u64 inside_of_it;

__attribute__((noinline)) int function_to_name(int x)
{
	return x * 3 + getpid();
}

static __attribute__((noinline)) int static_function_to_name(int x)
{
	return x * 5 + getpid();
}

static inline __attribute__((always_inline)) int inner_one(int x)
{
#if defined(__x86_64__)
	__asm__ volatile("lea 0(%%rip), %0" : "=r"(inside_of_it));
#else
	__asm__ volatile("adr %0, ." : "=r"(inside_of_it));
#endif
	return x * 7 + getpid();
}

static inline __attribute__((always_inline)) int outer_one(int x)
{
	return inner_one(x + getppid()) * 11;
}

__attribute__((noinline)) int function_with_others_inside(int x)
{
	return outer_one(x) + getpid();
}

static __u64 at(int (*function)(int))
{
	return (__u64)(unsigned long)function;
}

Test(symbolizer, functions_of_our_own_and_of_the_library)
{
	SAME_TEXT(name_of(at(function_to_name), false), "function_to_name");
	SAME_TEXT(name_of(at(function_to_name) + 3, false), "function_to_name");
	SAME_TEXT(name_of(at(static_function_to_name), false), "static_function_to_name");
	SAME(error, 0);
	cr_expect_gt(strlen(build_id), 15);
	SAME(cookies[0], 7);
	SAME_TEXT(name_of((__u64)(unsigned long)nanosleep, false), "nanosleep");
	cr_expect_gt(symbolizer__cpu_ns(symbolizer), 0);
}

Test(symbolizer, address_that_begins_a_function_is_that_function)
{
	SAME_TEXT(name_of(at(function_to_name), true), "function_to_name");
	SAME_TEXT(name_of(at(function_to_name) + 1, true), "function_to_name");
}

Test(symbolizer, inlined_functions_outermost_first)
{
	function_with_others_inside(1);
	SAME_TEXT(name_of(inside_of_it, false), "function_with_others_inside");
	SAME_TEXT(inlined[0], "outer_one\ninner_one");
	name_of(at(function_to_name), false);
	SAME_TEXT(inlined[0], "");
}

Test(symbolizer, many_places_at_once_in_their_order)
{
	struct symbolizer_place places[3] = { 0 };
	int fd;

	places[0].at = ourselves__offset(&ourselves, at(function_with_others_inside), &fd);
	places[1].at = 1ULL << 40; /* nowhere */
	places[2].at = ourselves__offset(&ourselves, at(function_to_name), &fd);
	ask_file(fd, places, 3, false);
	SAME(name_count, 3);
	SAME_TEXT(names[0], "function_with_others_inside");
	SAME_TEXT(names[1], "");
	SAME_TEXT(names[2], "function_to_name");
}

Test(symbolizer, vdso_is_a_file_like_others)
{
	const struct process_map *map = NULL;
	int fd = vdso__open();
	struct symbolizer_place place = { 0 };
	size_t i;

	cr_assert_geq(fd, 0);
	for (i = 0; i < ourselves.maps.count; i++) {
		if (!strcmp(ourselves.maps.list[i].path, "[vdso]"))
			map = &ourselves.maps.list[i];
	}
	cr_assert_not_null(map);
	for (place.at = 0; place.at < map->end - map->start; place.at += 16) {
		ask_file(fd, &place, 1, false);
		if (strstr(names[0], "clock_gettime"))
			break;
	}
	cr_expect(strstr(names[0], "clock_gettime"));
	close(fd);
}

/* ---- files of strangers ---- */

static int file_of(const void *bytes, size_t size)
{
	int file = memfd_create("file", MFD_CLOEXEC);

	cr_assert_eq(write(file, bytes, size), (ssize_t)size);
	return file;
}

Test(symbolizer, what_is_no_elf_has_no_names_and_is_no_error)
{
	struct symbolizer_place place = { 0 };
	int fd = file_of("junk", 4);

	ask_file(fd, &place, 1, true);
	SAME(error, 0);
	SAME(name_count, 1);
	SAME_TEXT(names[0], "");
	SAME_TEXT(build_id, "");
	close(fd);
}

Test(symbolizer, answers_come_in_order_and_each_has_its_cookie)
{
	struct symbolizer_place place = { 0 };
	int fd = file_of("junk", 4);
	struct symbolizer_file file = { .fd = fd, .root = -1 };
	__u64 i;

	for (i = 0; i < 20; i++)
		cr_assert_eq(symbolizer__ask_file(symbolizer, &file, &place, 1, &sink, 100 + i), 0);
	SAME(symbolizer__pending(symbolizer), 20);
	wait_for_answers();
	SAME(answers, 20);
	for (i = 0; i < 20; i++)
		SAME(cookies[i], 100 + i);
	close(fd);
}

/* The only child of the broker that there is. */
static pid_t helper_pid(void)
{
	char path[64];
	FILE *children;
	int pid = 0;

	snprintf(path, 64, "/proc/%1$d/task/%1$d/children", broker__pid(broker));
	children = fopen(path, "re");
	cr_assert(children && fscanf(children, "%d", &pid) == 1);
	fclose(children);
	return pid;
}

Test(symbolizer, helper_that_is_killed_is_started_again)
{
	struct symbolizer_place place = { 0 };
	struct symbolizer_file file = { .root = -1 };
	int i;

	place.at = ourselves__offset(&ourselves, at(function_to_name), &file.fd);
	kill(helper_pid(), SIGKILL);
	for (i = 0; i < 3; i++)
		cr_assert_eq(symbolizer__ask_file(symbolizer, &file, &place, 1, &sink, 0), 0);
	wait_for_answers();
	SAME(answers, 3);
	SAME_TEXT(names[0], "function_to_name");
	SAME(error, 0);
}

/* A pipe into which nobody writes keeps who reads it. */
Test(symbolizer, request_that_hangs_is_ended_and_the_next_is_not_hurt)
{
	struct symbolizer_place place = { .at = 0x1000 };
	struct symbolizer_file file = { .root = -1 };
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(symbolizer__ask_perf_map(symbolizer, ends[0], &place, 1, &sink, 1), 0);
	wait_for_answers();
	SAME(error, -ETIMEDOUT);
	SAME(name_count, 1);
	SAME_TEXT(names[0], "");
	place.at = ourselves__offset(&ourselves, at(function_to_name), &file.fd);
	ask_file(file.fd, &place, 1, false);
	SAME(error, 0);
	SAME_TEXT(names[0], "function_to_name");
	close(ends[0]);
	close(ends[1]);
}

Test(symbolizer, perf_map_of_our_own)
{
	static const char text[] = "1000 100 jit\tted\n2000 10 \xff\n";
	struct symbolizer_place places[] = { { .at = 0x1010 }, { .at = 0x2010 }, { 0x2010, true } };
	int fd = file_of(text, strlen(text));

	cr_assert_eq(symbolizer__ask_perf_map(symbolizer, fd, places, 3, &sink, 1), 0);
	wait_for_answers();
	SAME(error, 0);
	SAME(name_count, 3);
	SAME_TEXT(names[0], "jit?ted");
	SAME_TEXT(names[1], "");
	SAME_TEXT(names[2], "\xef\xbf\xbd");
	close(fd);
}

/* ---- stacks ---- */

static struct snapshot snapshot;
static volatile sig_atomic_t taken;

static void take_here(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	snapshot__take(&snapshot, context);
	taken = 1;
}

static void catch_signal(void)
{
	struct sigaction action = { .sa_sigaction = take_here, .sa_flags = SA_SIGINFO };

	cr_assert_eq(sigaction(SIGUSR1, &action, NULL), 0);
}

static void ask_stacks(const struct unwind_stack *stacks, size_t count)
{
	SAME(symbolizer__ask_stacks(symbolizer, &ourselves.process, stacks, count, &sink, 9), 0);
	wait_for_answers();
	SAME(chain_count, count);
}

/* Is there a frame of that function, above those looked at so far? */
static void expect_frame(size_t stack, size_t *from, const char *function)
{
	struct unwind_frame *frame;

	while (*from < frame_counts[stack]) {
		frame = &frames[stack][(*from)++];
		if (process_maps__find(&ourselves.maps, frame->pc) &&
		    !strcmp(name_of(frame->pc, frame->caller), function))
			return;
	}
	cr_expect_fail("%s is not in the stack", function);
}

static volatile pid_t napper; /* 0: not yet about to nap */
int nap_inside(int x), nap_outside(int x);

/* Some keep a frame pointer, some do not: both are to be found. */
__attribute__((noinline, optimize("no-omit-frame-pointer"))) int nap_inside(int x)
{
	struct timespec time = { .tv_sec = 5 };

	napper = gettid();
	nanosleep(&time, NULL);
	return x + 1;
}

__attribute__((noinline)) int nap_outside(int x)
{
	return nap_inside(x) * 2;
}

__attribute__((noinline, optimize("no-omit-frame-pointer"))) static void *
thread_that_naps(void *arg)
{
	nap_outside(3);
	return arg;
}

static void take_napping(void)
{
	pthread_t thread;

	catch_signal();
	cr_assert_eq(pthread_create(&thread, NULL, thread_that_naps, NULL), 0);
	snapshot__await_sleep(&napper);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	cr_assert(taken);
}

Test(symbolizer, stack_of_a_thread_that_sleeps_in_the_library)
{
	size_t from = 0;

	take_napping();
	ask_stacks(&snapshot.stack, 1);
	SAME(error, 0);
	expect_frame(0, &from, "nanosleep");
	expect_frame(0, &from, "nap_inside");
	expect_frame(0, &from, "nap_outside");
	expect_frame(0, &from, "thread_that_naps");
	cr_expect_lt(from, frame_counts[0], "the thread was started by nobody");
	SAME(ended[0].why, UNWIND_COMPLETE);
}

static int compare_and_take(const void *a, const void *b)
{
	if (!taken)
		raise(SIGUSR1);
	return *(const int *)a - *(const int *)b;
}

int sort_with_the_library(int *list);

__attribute__((noinline)) int sort_with_the_library(int *list)
{
	qsort(list, 4, sizeof(*list), compare_and_take);
	return list[0];
}

Test(symbolizer, stack_that_goes_through_the_library_and_back)
{
	int list[] = { 3, 1, 2, 4 };
	size_t from = 0;

	catch_signal();
	sort_with_the_library(list);
	ask_stacks(&snapshot.stack, 1);
	expect_frame(0, &from, "raise");
	expect_frame(0, &from, "compare_and_take");
	expect_frame(0, &from, "sort_with_the_library");
	cr_expect_gt(frame_counts[0], from);
}

/* What is found of less is the inner end of what is found of more: no caller is left out. */
static void expect_inner_end(size_t stack, size_t of)
{
	size_t i;

	for (i = 0; i < frame_counts[stack] && i < frame_counts[of]; i++)
		SAME(frames[stack][i].pc, frames[of][i].pc);
}

Test(symbolizer, stack_of_which_less_and_less_was_copied)
{
	struct unwind_stack stacks[40];
	size_t i, from;

	take_napping();
	for (i = 0; i < 40; i++) {
		stacks[i] = snapshot.stack;
		stacks[i].size = i * 64 < stacks[i].size ? i * 64 : stacks[i].size;
	}
	ask_stacks(stacks, 40);
	SAME(error, 0);
	for (i = 0; i < 40; i++)
		expect_inner_end(i, 39);
	from = 0;
	expect_frame(39, &from, "nap_inside");
	expect_frame(39, &from, "nap_outside");
	for (i = 0; i < 39; i++)
		cr_expect_leq(frame_counts[i], frame_counts[39], "%zu", i);
	SAME(ended[39].why, UNWIND_COMPLETE);
	SAME(ended[1].why, UNWIND_NOT_COPIED);
	SAME(ended[1].detail, 64);
	for (i = 0; i < 39; i++)
		cr_expect_eq(ended[i].why == UNWIND_COMPLETE, frame_counts[i] == frame_counts[39],
			     "%zu", i);
}

static void take_end(const struct unwind_stack *stack, enum unwind_why why)
{
	ask_stacks(stack, 1);
	SAME(error, 0);
	cr_expect_eq(ended[0].why, why, "%u, not %u", ended[0].why, why);
}

Test(symbolizer, stack_says_why_it_ends)
{
	struct unwind_stack cut = snapshot.stack;
	struct symbolizer_process process = ourselves.process;
	__u64 word;
	size_t i;

	take_napping();
	take_end(&snapshot.stack, UNWIND_COMPLETE);
	cut = snapshot.stack;
	cut.size = 64;
	cut.chain_count = 0;
	cut.all = true;
	take_end(&cut, UNWIND_NO_MEMORY);
	cut.all = false;
	cut.size = snapshot.stack.size;
	for (i = 0; i < cut.size; i += sizeof(word)) { /* no return address is code any more */
		memcpy(&word, snapshot.bytes + i, sizeof(word));
		word = process_maps__find(&ourselves.maps, word) ? 0x10 : word;
		memcpy(snapshot.bytes + i, &word, sizeof(word));
	}
	take_end(&cut, UNWIND_DAMAGED);
	ourselves.process.map_count = 0;
	take_end(&cut, UNWIND_NO_MAPS);
	ourselves.process = process;
}

/* Nobody can tell where a caller is in code that was made at run time. */
Test(symbolizer, stack_in_code_without_information)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct unwind_map *maps = calloc(ourselves.process.map_count + 1, sizeof(*maps));
	struct unwind_stack stack;

	cr_assert(page != MAP_FAILED && maps);
	take_napping();
	memcpy(maps, ourselves.process.maps, ourselves.process.map_count * sizeof(*maps));
	maps[ourselves.process.map_count] = (struct unwind_map){ .start = (__u64)(long)page,
								 .end = (__u64)(long)page + 4096,
								 .file = -1 };
	ourselves.process.maps = maps;
	ourselves.process.map_count++;
	stack = snapshot.stack;
	snapshot.regs[PC] = (__u64)(long)page + 16;
	snapshot.regs[FP] = 0;
	stack.chain_count = 0;
	take_end(&stack, UNWIND_NO_CFI);
	free(maps);
}

static __attribute__((noipa)) int recurse_and_take(int depth)
{
	int below;

	if (!depth)
		return raise(SIGUSR1);
	below = recurse_and_take(depth - 1);
	__asm__ volatile("" : "+r"(below)); /* neither a tail call nor a loop */
	return below;
}

Test(symbolizer, stack_deeper_than_frames_are_kept)
{
	catch_signal();
	recurse_and_take(400);
	snapshot.stack.chain_count = 0;
	take_end(&snapshot.stack, UNWIND_DEEP);
	SAME(ended[0].detail, UNWIND_FRAMES);
}

/* As many as fit into a batch, one of which has nothing to go by. */
Test(symbolizer, many_stacks_of_one_process)
{
	struct unwind_stack stacks[50];
	size_t i;

	take_napping();
	for (i = 0; i < 50; i++)
		stacks[i] = snapshot.stack;
	stacks[20].size = 0;
	stacks[21].chain_count = 0;
	ask_stacks(stacks, 50);
	SAME(error, 0);
	cr_expect_gt(frame_counts[0], 4);
	for (i = 0; i < 50; i++)
		cr_expect(i == 20 || frame_counts[i] == frame_counts[0], "stack %zu", i);
	cr_expect_geq(frame_counts[20], 1);
	SAME(ended[20].why, UNWIND_NOT_COPIED);
	SAME(ended[0].why, UNWIND_COMPLETE);
	SAME(frames[20][0].pc, snapshot.regs[PC]);
}

#endif
