/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own stack, as the kernel side would have taken it of a culprit, back to named frames. */
#include "callstack/crash_stacks.h"
#include "callstack/symbolization.h"

#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "make_crash.h"
#include "make_stack.h"
#include "unit.h"

#ifndef __SANITIZE_ADDRESS__ /* which wants more address space than the helper may have */

#define PATIENCE_NS 10000000000ULL

static struct symbolization *session;
static struct crash_stacks *stacks;
static struct culprit_stack *stack;
static struct ourselves ourselves;
static struct culprit_map maps[STACK_MAPS];
static __u32 map_count;

static void begin(void)
{
	static const struct symbolization_config config;
	struct failure failure = { 0 };

	cr_assert_eq(symbolization__open(&session, &config, &failure), 0, "%s", failure.text);
	stacks = crash_stacks__new(session);
	cr_assert_not_null(stacks);
	ourselves__open(&ourselves);
	stack = calloc(1, sizeof(*stack));
	cr_assert_not_null(stack);
	stack->part = STACK_PART_STACK;
	stack->task_id.tid = stack->task_id.tgid = (__u32)getpid();
	map_count = 0;
	cast__begin();
	cast__begin_with_stacks();
	crash_stacks__follow(stacks, witness.tracker);
}

static void end(void)
{
	cast__end();
	ourselves__close(&ourselves);
	crash_stacks__free(stacks);
	symbolization__close(session);
	free(stack);
}

TestSuite(crash_stacks, .init = begin, .fini = end);

/* ---- where we stand ---- */

void stand_here(void);
void come_from_here(void);

__attribute__((noinline)) void stand_here(void)
{
	ucontext_t context;
	size_t n;

	cr_assert_eq(getcontext(&context), 0);
	make_stack__registers(stack->regs, &context);
	stack->reg_count = STACK_REGS;
	n = make_stack__bytes(stack->stack, STACK_BYTES, stack->regs[SP]);
	cr_assert_gt(n, 0);
	stack->stack_size = (__u32)n;
	stack->stack_at = stack->regs[SP];
}

__attribute__((noinline)) void come_from_here(void)
{
	stand_here();
	__asm__ volatile("" ::: "memory"); /* no jump, but a call */
}

/* The innermost frame is always the first of those that frame pointers give. */
static void stand_at(__u64 pc)
{
	stack->regs[PC] = stack->frames[0] = pc;
	stack->frame_count = 1;
}

/* ---- what is mapped ---- */

static struct culprit_map *add_map(__u64 start, __u64 end_of, __u64 inode, const char *path)
{
	struct culprit_map *map = &maps[map_count++];

	memset(map, 0, sizeof(*map));
	map->part = STACK_PART_MAP;
	map->start = start;
	map->end = end_of;
	map->inode = inode;
	while (*path) { /* "/usr/lib/libc.so.6": the last name comes first */
		size_t length = strlen(path), name = length;

		while (path[name - 1] != '/')
			name--;
		memcpy(map->path + map->length, path + name, length - name);
		map->length += (__u32)(length - name) + 1;
		path = strndup(path, name - 1);
	}
	map->inside = map->length;
	return map;
}

static void map_ourselves(void)
{
	size_t i;

	for (i = 0; i < ourselves.maps.count; i++) {
		const struct process_map *from = &ourselves.maps.list[i];
		struct culprit_map *map =
			add_map(from->start, from->end, from->inode, from->inode ? from->path : "");

		map->offset = from->offset;
		map->device = from->major << 20 | from->minor;
		map->flags = strcmp(from->path, "[vdso]") ? 0 : MAP_VDSO;
	}
}

/* ---- a crash ---- */

static void await_stacks(void)
{
	struct pollfd wait = { .fd = symbolization__fd(session), .events = POLLIN };
	__u64 until = clock__monotonic() + PATIENCE_NS;

	while (crash_stacks__pending(stacks) && clock__monotonic() < until) {
		poll(&wait, 1, 10);
		symbolization__poll(session);
		crash_stacks__poll(stacks);
	}
	SAME(crash_stacks__pending(stacks), 0);
}

/* The kernel side tells of the stack, and then of its mappings. */
static void hand_in(__u64 id)
{
	__u32 i;

	stack->id = id;
	stack->map_count = map_count;
	crash_stacks__take(stacks, stack, sizeof(*stack));
	for (i = 0; i < map_count; i++) {
		maps[i].id = id;
		crash_stacks__take(stacks, &maps[i], sizeof(maps[i]));
	}
}

static void crash(void)
{
	__u64 id = story->now_ns + STORY_STEP_NS;

	cast__fault();
	hand_in(id);
	await_stacks();
	story__die(story, ROOT, SIGSEGV);
}

static const char *frame(size_t i)
{
	const struct crash *crash = result();

	cr_assert_gt(crash->culprit.frame_count, i, "there are only %zu frames: %s",
		     crash->culprit.frame_count, crash->culprit.no_frames);
	return crash->culprit.frames[i].name;
}

static const char *last_frame(void)
{
	return frame(result()->culprit.frame_count - 1);
}

/* ---- tests ---- */

Test(crash_stacks, functions_of_our_own_are_found)
{
	struct symbolization_usage usage;

	come_from_here();
	map_ourselves();
	crash();
	SAME_TEXT(frame(0), "stand_here");
	SAME_TEXT(frame(1), "come_from_here");
	SAME_TEXT(result()->culprit.frames[0].module, "unit");
	SAME_TEXT(last_frame(), "_start");
	SAME(crash_stacks__unnamed(stacks), 0);
	cr_expect_gt(symbolization__cpu_ns(session), 0, "unwinding and naming cost nothing");
	symbolization__usage(session, &usage);
	cr_expect(usage.helper_bytes > 100000 && usage.helper_bytes < 1 << 30,
		  "%llu bytes in the helper", usage.helper_bytes);
	SAME(usage.rules, 0); /* a crash teaches nobody */
}

Test(crash_stacks, mappings_may_come_in_any_order)
{
	__u32 i;

	come_from_here();
	map_ourselves();
	for (i = 0; i < map_count / 2; i++) {
		struct culprit_map last = maps[map_count - 1 - i];

		maps[map_count - 1 - i] = maps[i];
		maps[i] = last;
	}
	crash();
	SAME_TEXT(frame(0), "stand_here");
	SAME_TEXT(frame(1), "come_from_here");
	SAME_TEXT(last_frame(), "_start");
}

Test(crash_stacks, mappings_are_read_of_a_process_that_lives)
{
	come_from_here();
	stack->flags = STACK_NO_MAPS;
	crash();
	SAME_TEXT(frame(0), "stand_here");
	SAME_TEXT(frame(1), "come_from_here");
}

Test(crash_stacks, call_through_a_bad_pointer_is_named_by_its_caller)
{
	come_from_here();
	map_ourselves();
#if defined(__x86_64__)
	memmove(stack->stack + sizeof(__u64), stack->stack, STACK_BYTES - sizeof(__u64));
	memcpy(stack->stack, &stack->regs[PC], sizeof(__u64));
	stack->regs[SP] -= sizeof(__u64);
	stack->stack_at = stack->regs[SP];
#else
	stack->regs[30] = stack->regs[PC];
#endif
	stack->regs[PC] = 0x10;
	crash();
	SAME_TEXT(frame(0), "[0x10]");
	SAME_TEXT(frame(1), "stand_here");
	SAME_TEXT(frame(2), "come_from_here");
}

/* It has that name, and is not what was mapped. */
Test(crash_stacks, another_file_of_that_name_gives_no_names)
{
	char path[256] = "";
	__u64 at = (__u64)(unsigned long)stand_here;
	char expected[64];

	cr_assert_gt(readlink("/proc/self/exe", path, sizeof(path) - 1), 0);
	stand_at(at);
	add_map(at & ~4095ULL, (at & ~4095ULL) + 4096, 1, path);
	crash();
	snprintf(expected, sizeof(expected), "[unit+0x%llx]", at & 4095);
	SAME_TEXT(frame(0), expected);
	cr_expect_null(strstr(frame(0), "stand_here"));
}

Test(crash_stacks, file_without_a_name_is_found_by_its_mapping)
{
	int fd = memfd_create("app", MFD_CLOEXEC), self;
	__u64 offset = ourselves__offset(&ourselves, (__u64)(unsigned long)stand_here, &self);
	struct culprit_map *map;
	struct stat st;
	char *bytes, *at;

	cr_assert_eq(fstat(self, &st), 0);
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, self, 0);
	cr_assert_neq(bytes, MAP_FAILED);
	cr_assert_eq(write(fd, bytes, (size_t)st.st_size), st.st_size);
	at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, (off_t)(offset & ~4095ULL));
	cr_assert_neq(at, MAP_FAILED);
	cr_assert_eq(fstat(fd, &st), 0);
	stand_at((__u64)(unsigned long)at + (offset & 4095));
	map = add_map((__u64)(unsigned long)at, (__u64)(unsigned long)at + 4096, st.st_ino,
		      "/memfd:app");
	map->offset = offset & ~4095ULL;
	map->flags = MAP_DELETED;
	crash();
	SAME_TEXT(frame(0), "stand_here");
	SAME_TEXT(result()->culprit.frames[0].module, "memfd:app");
}

Test(crash_stacks, nothing_mapped_is_an_address)
{
	stand_at(0x10123);
	crash();
	SAME_TEXT(frame(0), "[0x10123]");
}

#if defined(__x86_64__)
#define OF_VDSO "__vdso_clock_gettime"
#else
#define OF_VDSO "__kernel_clock_gettime"
#endif

/* The kernel maps it without a file, and says so. */
Test(crash_stacks, code_of_the_vdso_has_names)
{
	void *vdso = dlopen("linux-vdso.so.1", RTLD_LAZY | RTLD_NOLOAD);
	const char *at = vdso ? dlsym(vdso, OF_VDSO) : NULL;

	if (!at)
		cr_skip_test("there is no vDSO");
	stand_here();
	stand_at((__u64)(uintptr_t)at + 1);
	map_ourselves();
	crash();
	cr_expect(strstr(frame(0), "clock_gettime"), "%s", frame(0));
}

Test(crash_stacks, names_of_files_are_fit_to_be_shown)
{
	stand_at(0x10123);
	add_map(0x10000, 0x20000, 7,
		"/a\033[1m\xff"
		"b");
	crash();
	cr_expect_null(strpbrk(frame(0), "\033\xff"));
	cr_expect_not_null(strstr(frame(0), "+0x123]"));
}

Test(crash_stacks, mark_says_that_not_all_mappings_are_there)
{
	stand_at(0x10123);
	stack->flags = STACK_MAPS_MANY;
	crash();
	SAME_TEXT(last_frame(), "[truncated: too many mappings]");
}

Test(crash_stacks, mark_says_that_mappings_were_lost)
{
	stand_at(0x10123);
	add_map(0x10000, 0x20000, 7, "/a");
	stack->flags = STACK_MAPS_LOST;
	crash();
	SAME_TEXT(last_frame(), "[truncated: mappings lost]");
}

/* As long as its process is there. */
Test(crash_stacks, mappings_that_were_all_lost_are_read)
{
	come_from_here();
	stack->flags |= STACK_MAPS_LOST;
	crash();
	cr_expect_neq(*frame(0), '[', "%s", frame(0));
}

Test(crash_stacks, counts_that_are_too_large_are_not_believed)
{
	int i;

	come_from_here();
	map_ourselves();
	stack->stack_size = ~0U;
	stack->frame_count = ~0U;
	for (i = 0; i < STACK_FRAMES; i++)
		stack->frames[i] = stack->regs[PC];
	crash();
	SAME_TEXT(frame(0), "stand_here");
}

/* The room for them is larger. */
Test(crash_stacks, bytes_that_did_not_come_are_not_read)
{
	come_from_here();
	map_ourselves();
	stack->stack_size = 256;
	crash();
	SAME_TEXT(frame(0), "stand_here");
	SAME_TEXT(last_frame(), "[truncated: stack beyond 256 bytes not copied]");
}

/* A crash that nobody tells of is not waited for, and needs no names. */
Test(crash_stacks, stack_of_no_crash_is_dropped)
{
	come_from_here();
	map_ourselves();
	hand_in(12345);
	await_stacks();
	SAME(witness.crash_count, 0);
}

/* Whoever reads both had no CPU in between: the crash was told before, and is read after it. */
Test(crash_stacks, crash_that_is_read_late_has_its_stack)
{
	come_from_here();
	map_ourselves();
	hand_in(story->now_ns + STORY_STEP_NS);
	usleep(250000);
	crash_stacks__poll(stacks);
	cast__fault();
	await_stacks();
	story__die(story, ROOT, SIGSEGV);
	SAME_TEXT(frame(0), "stand_here");
}

Test(crash_stacks, there_is_room_for_so_many_at_once)
{
	__u64 id = 1;

	stand_at(0x10123);
	add_map(0x10000, 0x20000, 0, "");
	while (crash_stacks__room(stacks)) {
		hand_in(id++);
		cr_assert_lt(id, 1000);
	}
	cr_expect_gt(id, 16);
	await_stacks();
	cr_expect(crash_stacks__room(stacks));
}

/* Its mappings are behind it in the ring buffer. */
Test(crash_stacks, there_is_always_room_for_the_mappings_of_one)
{
	__u64 id = 1;

	stand_at(0x10123);
	while (crash_stacks__room(stacks))
		hand_in(id++);
	stack->id = id;
	stack->map_count = 1;
	crash_stacks__take(stacks, stack, sizeof(*stack));
	cr_expect(crash_stacks__room(stacks));
}

Test(crash_stacks, same_stack_again_has_the_same_names)
{
	come_from_here();
	map_ourselves();
	crash();
	SAME_TEXT(frame(0), "stand_here");
	cast__begin_with_stacks();
	crash_stacks__follow(stacks, witness.tracker);
	crash();
	SAME_TEXT(frame(0), "stand_here");
	SAME_TEXT(last_frame(), "_start");
}

#endif
