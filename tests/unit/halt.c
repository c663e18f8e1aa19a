/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first signal is told and interrupts what blocks, the second ends all at once. */
#include "core/halt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/failure.h"
#include "core/sink.h"
#include "unit.h"

TestSuite(halt, .timeout = 60);

static struct halt *halt;

static void begin(void)
{
	cr_assert_eq(halt__begin(&halt), 0);
}

static void wait_for_signal(void)
{
	struct pollfd wait = { .fd = halt__fd(halt), .events = POLLIN };

	while (poll(&wait, 1, -1) < 0)
		cr_assert_eq(errno, EINTR);
}

Test(halt, tells_the_first_signal)
{
	begin();
	SAME(halt__signal(halt), 0);
	cr_expect_not(halt__is_due(halt, 0));
	kill(getpid(), SIGTERM);
	wait_for_signal();
	SAME(halt__signal(halt), SIGTERM);
	cr_expect(halt__is_due(halt, 0));
	cr_expect_not(halt__is_due(halt, 3600000000000ULL));
	halt__end(halt);
}

Test(halt, of_none_is_never_told)
{
	SAME(halt__signal(NULL), 0);
	cr_expect_not(halt__is_due(NULL, 0));
	cr_expect_eq(halt__fd(NULL), -1);
	halt__take_along(NULL, 1);
	halt__let_go(NULL, 1);
	halt__restore(NULL);
	halt__end(NULL);
}

Test(halt, interrupts_what_blocks_however_often)
{
	int ends[2], i;
	char byte;

	cr_assert_eq(pipe(ends), 0);
	signal(SIGHUP, SIG_DFL); /* nohup may have started us */
	begin();
	kill(getpid(), SIGHUP);
	for (i = 0; i < 3; i++) {
		cr_expect_eq(read(ends[0], &byte, 1), -1);
		cr_expect_eq(errno, EINTR);
	}
	halt__end(halt);
}

Test(halt, ignored_signals_stay_ignored)
{
	signal(SIGHUP, SIG_IGN);
	begin();
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGTERM);
	wait_for_signal();
	SAME(halt__signal(halt), SIGTERM); /* and HUP was no first one: we are still here */
	halt__end(halt);
}

/* A shell has it ignored in the background, where Ctrl-C is for others: kill(1) means us. */
Test(halt, sigint_that_is_ignored_can_be_sent)
{
	signal(SIGINT, SIG_IGN);
	begin();
	kill(getpid(), SIGINT);
	wait_for_signal();
	SAME(halt__signal(halt), SIGINT);
	halt__end(halt);
}

static int status_of(pid_t pid)
{
	int status;

	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* A process that takes a child along, and never looks at a signal. */
static pid_t start_deaf(int *ret_output, pid_t *ret_child)
{
	int ends[2];
	pid_t pid;

	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		pid_t child;

		begin();
		child = fork();
		if (!child) {
			for (;;)
				pause();
		}
		halt__take_along(halt, child);
		(void)!write(ends[1], &child, sizeof(child));
		wait_for_signal();
		(void)!write(ends[1], &child, 1);
		for (;;)
			pause();
	}
	close(ends[1]);
	cr_assert_eq(read(ends[0], ret_child, sizeof(*ret_child)), (ssize_t)sizeof(*ret_child));
	*ret_output = ends[0];
	return pid;
}

Test(halt, the_second_signal_ends_all_at_once)
{
	pid_t child, deaf;
	int output;
	char byte;

	deaf = start_deaf(&output, &child);
	kill(deaf, SIGINT);
	cr_expect_eq(read(output, &byte, 1), 1); /* the first has come */
	kill(deaf, SIGTERM);
	SAME(status_of(deaf), 128 + SIGTERM);
	cr_expect_eq(read(output, &byte, 1), 0); /* nobody has the other end any more */
}

/* timeout(1) sends it to its child and to the process group that the child is in. */
Test(halt, two_in_one_end_all_only_later)
{
	pid_t child, deaf;
	int output;
	char byte;

	deaf = start_deaf(&output, &child);
	kill(deaf, SIGTERM);
	cr_expect_eq(read(output, &byte, 1), 1); /* the first has come */
	kill(deaf, SIGTERM);
	SAME(status_of(deaf), 128 + SIGTERM);
	close(output);
}

Test(halt, what_is_let_go_is_spared)
{
	pid_t child, deaf = fork();

	if (!deaf) {
		begin();
		child = fork();
		if (!child) {
			usleep(300000);
			_exit(0);
		}
		halt__take_along(halt, child);
		halt__let_go(halt, child);
		kill(getpid(), SIGINT);
		kill(getpid(), SIGTERM);
		for (;;)
			pause();
	}
	SAME(status_of(deaf), 128 + SIGTERM);
}

Test(halt, restores_the_signals_of_before)
{
	sigset_t before, now;
	int signal;

	sigprocmask(SIG_SETMASK, NULL, &before);
	begin();
	halt__restore(halt);
	sigprocmask(SIG_SETMASK, NULL, &now);
	for (signal = 1; signal < 32; signal++)
		cr_expect_eq(sigismember(&before, signal), sigismember(&now, signal), "%d", signal);
	halt__end(halt);
}

/* ---- a reader that does not read ---- */

static void fill(int fd)
{
	static const char zeros[4096];

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
}

static void check_left(bool nonblocking)
{
	struct failure failure = { 0 };
	struct sink sink;
	int ends[2];
	FILE *page;

	cr_assert_eq(pipe(ends), 0);
	fill(ends[1]);
	if (!nonblocking)
		fcntl(ends[1], F_SETFL, 0);
	cr_assert_eq(sink__open(&sink, NULL, &failure), 0);
	sink.fd = ends[1];
	sink.name = "a pipe";
	begin();
	sink.halt = halt;
	page = sink__compose(&sink);
	cr_assert_not_null(page);
	fputs("what nobody wants to know\n", page);
	kill(getpid(), SIGINT);
	cr_expect_eq(sink__write(&sink, &failure), -ETIMEDOUT);
	cr_expect_not_null(strstr(failure.text, "cannot write the summary to a pipe: nobody reads"),
			   "%s", failure.text);
	halt__end(halt);
}

Test(halt, a_reader_that_does_not_read_is_left)
{
	check_left(false);
}

Test(halt, a_reader_that_does_not_read_is_left_without_blocking)
{
	check_left(true);
}
