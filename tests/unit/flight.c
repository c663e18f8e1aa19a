/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of a flight recorder: what earlier ones have left; and copies that do not end. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "session/flight_private.h"

#define STRANGER 65534

static char directory[64];

static void begin(void)
{
	strcpy(directory, "/tmp/tasktoll-test-XXXXXX");
	cr_assert(mkdtemp(directory));
}

static const char *at(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	cr_assert_eq(system(command), 0);
}

TestSuite(flight, .init = begin, .fini = end);

static int make(const char *name)
{
	int fd = open(at(name), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0, "%s", name);
	return fd;
}

static bool is_there(const char *name)
{
	struct stat status;

	return !lstat(at(name), &status);
}

static struct flight *open_flight(__u64 max_kept)
{
	const struct flight_config config = { .directory = directory,
					      .max_kept = max_kept,
					      .patience_ns = 300000000,
					      .quiet = true };
	struct failure failure = { 0 };
	struct flight *flight;

	cr_assert_eq(flight__new(&flight, &config, &failure), 0, "%s", failure.text);
	return flight;
}

/* A copy that is locked is being made; what is not a file of ours is not ours to remove. */
Test(flight, copies_of_killed_recorders_are_removed)
{
	int fd = make("crash-20260101-000000-2.tasktoll.partial");

	cr_assert_eq(flock(fd, LOCK_EX), 0);
	close(make("crash-20260101-000000.tasktoll.partial"));
	close(make("notes.partial"));
	close(make("sigusr1-20260101-000000.tasktoll"));
	cr_assert_eq(symlink("notes.partial", at("link.tasktoll.partial")), 0);
	cr_assert_eq(mkdir(at("directory.tasktoll.partial"), 0700), 0);
	close(make("stranger.tasktoll.partial"));
	if (!geteuid())
		cr_assert_eq(chown(at("stranger.tasktoll.partial"), STRANGER, STRANGER), 0);
	flight__free(open_flight(10));
	cr_expect_not(is_there("crash-20260101-000000.tasktoll.partial"));
	cr_expect(is_there("crash-20260101-000000-2.tasktoll.partial"), "it was locked");
	cr_expect(is_there("notes.partial"));
	cr_expect(is_there("sigusr1-20260101-000000.tasktoll"));
	cr_expect(is_there("link.tasktoll.partial"));
	cr_expect(is_there("directory.tasktoll.partial"));
	cr_expect(is_there("stranger.tasktoll.partial") || geteuid());
	close(fd);
}

/* Restarts take no place of what triggers keep, and leave no more than so many windows. */
Test(flight, windows_that_were_left_are_counted_apart)
{
	struct flight *flight;

	close(make("crash-20260101-000000.tasktoll"));
	close(make("left-20260101-000000.tasktoll"));
	close(make("left-20260102-000000.tasktoll"));
	close(make("window.tasktoll"));
	flight = open_flight(2);
	cr_expect_eq(flight__count_kept(flight), 1);
	cr_expect_not(is_there("window.tasktoll"));
	cr_expect_not(is_there("left-20260101-000000.tasktoll"), "the oldest");
	cr_expect(is_there("left-20260102-000000.tasktoll"));
	cr_expect(is_there("crash-20260101-000000.tasktoll"));
	flight__free(flight);
}

/* A copy that says nothing: its process. */
static pid_t hang(struct flight *flight)
{
	int fds[2];

	cr_assert_eq(pipe(fds), 0);
	flight->child = fork();
	if (!flight->child) {
		for (;;)
			pause();
	}
	cr_assert_gt(flight->child, 0);
	flight->result = fds[0];
	snprintf(flight->kept, sizeof(flight->kept), "%s", at("crash-1.tasktoll"));
	return flight->child;
}

/* The window cannot be written meanwhile. */
Test(flight, a_copy_that_reads_for_too_long_is_given_up, .timeout = 20)
{
	struct flight *flight = open_flight(2);
	pid_t child = hang(flight);

	close(make("crash-1.tasktoll.partial"));
	flight__await_copy(flight);
	cr_expect_not(flight__is_copying(flight));
	cr_expect_not(is_there("crash-1.tasktoll.partial"));
	waitpid(child, NULL, 0);
	cr_expect_neq(kill(child, 0), 0, "it goes on");
	flight__free(flight);
}

/* It has read the window, and comes to its end by itself. */
Test(flight, a_copy_that_writes_for_too_long_goes_on, .timeout = 20)
{
	struct flight *flight = open_flight(2);
	pid_t child = hang(flight);
	FILE *told = tmpfile();
	char line[256] = "";

	flight->copied = true;
	flight->fired = true;
	strcpy(flight->reason, "a crash: server[101]");
	dup2(fileno(told), STDERR_FILENO);
	flight__end(flight);
	fseek(told, 0, SEEK_SET);
	while (fgets(line, sizeof(line), told) && !strstr(line, "crash: server"))
		;
	cr_expect_not_null(strstr(line, "the window for a crash: server[101] was not kept: another "
					"copy is not complete yet"));
	cr_expect_eq(waitpid(child, NULL, WNOHANG), 0, "it does not go on");
	cr_expect_not(is_there("crash-1.tasktoll"));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	flight__free(flight);
}

/* ---- in the middle of a run ---- */

/* Until it may be written again; how long that took is not looked at. */
static void await_window(struct flight *flight)
{
	while (flight__is_copying(flight))
		usleep(10000);
}

static void keep_sigusr1(struct flight *flight)
{
	strcpy(flight->name, "sigusr1");
	strcpy(flight->reason, "SIGUSR1");
	flight__start_copy(flight);
	cr_assert_gt(flight->child, 0);
}

static long count_partials(void)
{
	char command[128];
	long count = -1;
	FILE *out;

	snprintf(command, sizeof(command), "ls '%s' | grep -c partial", directory);
	out = popen(command, "r");
	cr_assert(out && fscanf(out, "%ld", &count) == 1);
	pclose(out);
	return count;
}

/* A disk that does not answer does the same. */
Test(flight, a_copy_that_hangs_holds_the_window_up_for_a_time_only, .timeout = 20)
{
	struct flight *flight = open_flight(2);
	pid_t child;

	cr_assert_eq(mkfifo(at("window.tasktoll"), 0600), 0); /* nobody writes to it */
	keep_sigusr1(flight);
	child = flight->child;
	await_window(flight);
	cr_expect_eq(flight->child, 0, "no other copy can be made");
	waitpid(child, NULL, 0);
	cr_expect_neq(kill(child, 0), 0, "it goes on");
	cr_expect_eq(count_partials(), 0);
	cr_expect_eq(flight__count_kept(flight), 0);
	flight__free(flight);
}

/* It holds nothing up, and may come to its end: that it takes long is told once. */
Test(flight, a_copy_that_takes_long_to_be_on_the_disk_is_told_once, .timeout = 20)
{
	struct flight *flight = open_flight(2);
	pid_t child = hang(flight);
	FILE *told = tmpfile();
	char line[256];
	int lines = 0, i;

	flight->copied = true;
	flight->heard_ns = clock__monotonic();
	dup2(fileno(told), STDERR_FILENO);
	cr_expect_not(flight__is_copying(flight));
	for (i = 0; i < 60 || !flight->late; i++) {
		cr_expect_not(flight__is_copying(flight));
		usleep(10000);
	}
	rewind(told);
	while (fgets(line, sizeof(line), told))
		lines += strstr(line, "crash-1.tasktoll is not on the disk yet") != NULL;
	cr_expect_eq(lines, 1);
	cr_expect_eq(waitpid(child, NULL, WNOHANG), 0, "it does not go on");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	flight__free(flight);
}
