/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live screen at a terminal that does what no hand does: keys by the thousand, and gone without a word. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/tt.h"

#define KEYS 10000

static const struct proc_opts opts = { .want_tty = true,
				       .env = ARGS("TERM=xterm-256color", "NO_COLOR") };

TestSuite(top_paste, .init = tt__require_live, .fini = tt__cleanup);

/* What it draws meanwhile is thrown away, or it would wait for us as we do for it. */
static void paste(const struct proc *proc, const char *keys, size_t size)
{
	struct pollfd ready = { .fd = proc->tty, .events = POLLIN | POLLOUT };
	char text[4096];
	ssize_t n;

	cr_assert_eq(fcntl(proc->tty, F_SETFL, O_NONBLOCK), 0);
	while (size) {
		cr_assert_gt(poll(&ready, 1, PROC_TIMEOUT_MS), 0, "it takes no more keys");
		if (ready.revents & POLLIN)
			cr_assert_gt(read(proc->tty, text, sizeof(text)), 0, "it has gone");
		if (!(ready.revents & POLLOUT))
			continue;
		n = write(proc->tty, keys, size);
		cr_assert(n >= 0 || errno == EAGAIN, "it takes no more keys");
		keys += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	cr_assert_eq(fcntl(proc->tty, F_SETFL, 0), 0);
}

static void expect_end(struct proc *proc)
{
	struct run run;

	proc__finish(proc, &run);
	cr_expect(run.status == 0 || run.status == 3, "exit status %d: %s%s", run.status, run.out,
		  run.err);
	run__free(&run);
}

/* Every one is taken, and the last of them ends it. */
static void end_by_keys(const char *begin, const char *each, const char *end)
{
	size_t length = strlen(each), size = 0, i;
	char *keys = malloc(KEYS * length + 100);
	struct proc proc;

	cr_assert_not_null(keys);
	size += (size_t)sprintf(keys, "%s", begin);
	for (i = 0; i < KEYS / length; i++, size += length)
		memcpy(keys + size, each, length);
	size += (size_t)sprintf(keys + size, "%s", end);
	tt__start(&proc, ARGS("top"), &opts);
	cr_assert(proc__wait_shows(&proc, "COMMAND"), "it shows no rows");
	paste(&proc, keys, size);
	free(keys);
	expect_end(&proc);
}

/* 2: threads, 1: processes; a column further, its order reversed, a row down, the help and back. */
Test(top_paste, keys_by_the_thousand)
{
	end_by_keys("", "2.Sj1?t?p3", "1q");
}

Test(top_paste, a_filter_that_never_ends)
{
	end_by_keys("/", "x", "\rq");
}

/* Not its terminal: there is no SIGHUP when that is closed, and each read of it fails from then on. */
Test(top_paste, a_terminal_that_goes_without_a_signal)
{
	const char *wait = "trap '' HUP; exec setsid -w \"$0\" top";
	struct proc proc;
	struct run run;

	proc__start(&proc, ARGS("sh", "-c", wait, tt__path()), &opts);
	cr_assert(proc__wait_shows(&proc, "COMMAND"), "it shows no rows");
	close(proc.tty);
	proc.tty = -1;
	proc__finish(&proc, &run);
	cr_expect(!run.timed_out, "it goes on without a terminal");
	cr_expect_lt(run.status, 128, "ended by signal %d", run.status - 128);
	run__free(&run);
}
