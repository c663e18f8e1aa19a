/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much may be asked of the helper at once. */
#include "callstack/symbolizer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "callstack/broker.h"
#include "callstack/request.h"
#include "unit.h"

#ifndef __SANITIZE_ADDRESS__ /* which wants more address space than the helper may have */

static void take_names(void *context, __u64 cookie, const struct symbolizer_names *names)
{
	(void)context;
	(void)cookie;
	(void)names;
}

/* Nobody looks at the answers. */
static const struct symbolizer_sink sink = { .names = take_names };
static struct broker *broker;
static struct symbolizer *symbolizer;

static void begin(void)
{
	struct symbolizer_config config = { .patience = 1, .broker = broker__new() };

	broker = config.broker;
	symbolizer = symbolizer__new(&config);
	cr_assert_not_null(symbolizer);
}

static void end(void)
{
	symbolizer__free(symbolizer);
	broker__free(broker);
}

TestSuite(symbolizer_most, .init = begin, .fini = end);

Test(symbolizer_most, so_many_places_and_no_more)
{
	const size_t most = 65536;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct symbolizer_file none = { .fd = null };
	struct symbolizer_place *places = calloc(most + 1, sizeof(*places));

	cr_assert_not_null(places);
	SAME(symbolizer__ask_file(symbolizer, &none, places, most + 1, &sink, 1), -E2BIG);
	SAME(symbolizer__ask_perf_map(symbolizer, null, places, most + 1, &sink, 1), -E2BIG);
	SAME(symbolizer__pending(symbolizer), 0);
	SAME(symbolizer__ask_file(symbolizer, &none, places, most, &sink, 1), 0);
	SAME(symbolizer__ask_perf_map(symbolizer, null, places, most, &sink, 1), 0);
	SAME(symbolizer__pending(symbolizer), 2);
	close(null);
	free(places);
}

Test(symbolizer_most, so_many_stacks_and_no_more)
{
	const struct symbolizer_process process = { 0 };
	const size_t most = 16384;
	struct unwind_stack *stacks = calloc(most + 1, sizeof(*stacks));
	__u64 regs[STACK_REGS] = { 0 };
	size_t i;

	cr_assert_not_null(stacks);
	for (i = 0; i <= most; i++)
		stacks[i].regs = regs;
	SAME(symbolizer__ask_stacks(symbolizer, &process, stacks, most + 1, &sink, 1), -E2BIG);
	SAME(symbolizer__pending(symbolizer), 0);
	SAME(symbolizer__ask_stacks(symbolizer, &process, stacks, most, &sink, 1), 0);
	free(stacks);
}

Test(symbolizer_most, so_many_bytes_and_no_more)
{
	const struct symbolizer_process process = { 0 };
	const size_t most = 64UL << 20;
	__u64 regs[STACK_REGS] = { 0 }, *chain = calloc(1, most);
	struct unwind_stack stack = { .regs = regs, .chain = chain };

	cr_assert_not_null(chain);
	stack.chain_count = (__u32)((most - request__stacks_size(&process, &stack, 1)) / 8);
	SAME(request__stacks_size(&process, &stack, 1), most);
	SAME(symbolizer__ask_stacks(symbolizer, &process, &stack, 1, &sink, 1), 0);
	stack.chain_count++;
	SAME(symbolizer__ask_stacks(symbolizer, &process, &stack, 1, &sink, 1), -E2BIG);
	free(chain);
}

/* ---- what the helper may take ---- */

static void settle(void)
{
	struct pollfd ready = { .fd = symbolizer__fd(symbolizer), .events = POLLIN };

	while (symbolizer__pending(symbolizer)) {
		cr_assert_eq(poll(&ready, 1, 20000), 1, "no answer");
		symbolizer__poll(symbolizer);
	}
}

/* The line of /proc/PID/limits: soft and hard. */
static void check_limit(const char *limits, const char *name, const char *expected)
{
	const char *at = strstr(limits, name);
	char soft[32] = "", hard[32] = "", both[80];

	cr_assert_not_null(at, "%s", name);
	cr_assert_eq(sscanf(at + strlen(name), "%31s %31s", soft, hard), 2);
	snprintf(both, sizeof(both), "%s %s", soft, hard);
	SAME_TEXT(both, expected);
}

Test(symbolizer_most, helper_is_limited)
{
	const struct symbolizer_place place = { 0 };
	char path[64], limits[4096] = "";
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), pid = 0;
	FILE *file;

	SAME(symbolizer__ask_perf_map(symbolizer, null, &place, 1, &sink, 1), 0);
	settle();
	close(null);
	snprintf(path, sizeof(path), "/proc/%1$d/task/%1$d/children", broker__pid(broker));
	file = fopen(path, "re");
	cr_assert(file && fscanf(file, "%d", &pid) == 1);
	fclose(file);
	snprintf(path, sizeof(path), "/proc/%d/limits", pid);
	file = fopen(path, "re");
	cr_assert_not_null(file);
	cr_assert_gt(fread(limits, 1, sizeof(limits) - 1, file), 0);
	fclose(file);
	check_limit(limits, "Max address space", "4294967296 4294967296");
	check_limit(limits, "Max data size", "1073741824 1073741824");
	check_limit(limits, "Max file size", "0 0");
	check_limit(limits, "Max core file size", "0 0");
}

#endif
