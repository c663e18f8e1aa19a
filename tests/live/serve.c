/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is served is what was counted; and who asks badly gets nothing, and keeps nobody out. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/check.h"
#include "../lib/http.h"
#include "../lib/js.h"
#include "../lib/tt.h"

static struct proc server;
static int port;

static void end(void)
{
	if (server.pid)
		proc__kill(&server);
	tt__cleanup();
}

TestSuite(serve, .init = tt__require_live, .fini = end);

/* Another remark may come first: that nothing matches yet. */
static void start(const char *const args[])
{
	unsigned int i;

	tt__start(&server, args, NULL);
	for (port = 0, i = 0; !port; i++) {
		char *line = proc__remark(&server, i);

		cr_assert_not_null(line, "it does not say where");
		port = http__port(line);
		free(line);
	}
}

static void stop(int signo)
{
	struct run run;

	proc__signal(&server, signo);
	proc__finish(&server, &run);
	server.pid = 0;
	cr_expect_eq(run.status, 0, "status %d: %s", run.status, run.err);
	run__free(&run);
}

/* ---- figures ---- */

static void same(json_t *row, const char *name, const char *page, const char *series)
{
	cr_expect_eq(js__u64(row, name), http__metric(page, series), "%s is %lu, %s is %lu", name,
		     js__u64(row, name), series, http__metric(page, series));
}

/* Of two runs beside each other that see a load from its first switch to its last. */
static void check_same(json_t *row, const char *page)
{
	static const char *const kinds[] = { "thread", "process", "resume", "kernel" };
	char name[64], series[128];
	size_t i;

	same(row, "voluntary", page, "tasktoll_switches_total{class=\"voluntary\"}");
	same(row, "involuntary", page, "tasktoll_switches_total{class=\"involuntary\"}");
	same(row, "migrations", page, "tasktoll_migrations_total");
	same(row, "runq_ns.count", page, "tasktoll_run_queue_wait_seconds_count");
	same(row, "offcpu_ns.sleep.count", page, "tasktoll_off_cpu_seconds_count{state=\"sleep\"}");
	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "in.%s", kinds[i]);
		snprintf(series, sizeof(series), "tasktoll_switches_in_total{kind=\"%s\"}",
			 kinds[i]);
		same(row, name, page, series);
		snprintf(
			series, sizeof(series),
			"tasktoll_group_switches_in_total{group=\"switches\",comm=\"switches\",kind=\"%s\"}",
			kinds[i]);
		same(row, name, page, series);
	}
}

/* Each of them is read several times while the load runs. */
static void run_load(const char *file)
{
	struct run run;
	int i;

	for (i = 0; i < 3; i++) {
		run__do(&run, ARGS(tt__load("switches"), "7", "211", "-o", file), NULL);
		cr_assert_eq(run.status, 0);
		run__free(&run);
		free(http__get(port, i ? "/metrics" : "/"));
	}
}

Test(serve, a_scrape_is_what_stat_says_of_the_same_time)
{
	const char *file = tt__temp("facts");
	struct proc stat;
	struct run run;
	json_t *json;
	char *page;

	start(ARGS("serve", "--listen", "127.0.0.1:0", "--by", "comm", "-c", "switches",
		   "--cost-sample", "1"));
	tt__start(&stat, ARGS("stat", "--format", "json", "-c", "switches", "--cost-sample", "1"),
		  NULL);
	cr_assert(proc__wait_catches(&stat, SIGTERM));
	sleep(1);
	run_load(file);
	usleep(300000);
	page = http__get(port, "/metrics");
	proc__signal(&stat, SIGINT);
	proc__finish(&stat, &run);
	tt__expect_success(&run);
	json = js__parse(run.out);
	check__complete(json);
	cr_expect_gt(js__u64(js__at(json, "system"), "switches"), 3 * 7 * 211);
	check_same(js__at(json, "system"), page);
	same(json, "lost.tasks", page, "tasktoll_lost_total{kind=\"tasks\"}");
	json_decref(json);
	run__free(&run);
	free(page);
	stop(SIGTERM);
}

/* A load with a number of switches that the kernel tells, and its figures after it has ended. */
Test(serve, counts_are_exact_and_stay_when_processes_end)
{
	const char *file = tt__temp("facts");
	static const char voluntary[] =
		"tasktoll_group_switches_total{group=\"switches\",comm=\"switches\",class=\"voluntary\"}";
	static const char involuntary[] =
		"tasktoll_group_switches_total{group=\"switches\",comm=\"switches\",class=\"involuntary\"}";
	char *first, *second;
	json_t *facts;
	struct run run;

	start(ARGS("serve", "--listen", "127.0.0.1:0", "--by", "comm", "-c", "switches"));
	run__do(&run, ARGS(tt__load("switches"), "13", "101", "-o", file), NULL);
	cr_assert_eq(run.status, 0);
	run__free(&run);
	usleep(300000);
	first = http__get(port, "/metrics");
	facts = js__parse_file(file);
	/* as the shell that starts it the leader has another name, and that part is not counted */
	cr_expect_geq(http__metric(first, voluntary), 13 * 101, "%lu",
		      http__metric(first, voluntary));
	usleep(300000);
	second = http__get(port, "/metrics");
	cr_expect_eq(http__metric(first, voluntary), http__metric(second, voluntary));
	cr_expect_eq(http__metric(first, involuntary), http__metric(second, involuntary));
	cr_expect_eq(http__metric(second,
				  "tasktoll_group_threads{group=\"switches\",comm=\"switches\"}"),
		     0);
	cr_expect_gt(http__metric_ns(second, "tasktoll_measured_seconds_total"),
		     http__metric_ns(first, "tasktoll_measured_seconds_total"));
	json_decref(facts);
	free(first);
	free(second);
	stop(SIGINT);
}

/* All states of a thread that does nothing but sleep, over several readings. */
Test(serve, time_adds_up_over_readings)
{
	struct proc load;
	json_t *facts = tt__load_start(&load, ARGS("sleeper", "60"), false);
	uint64_t all = 0, measured;
	char tid[16], series[128];
	static const char *const states[] = { "oncpu", "waiting", "sleep", "disk", "other" };
	char *page = NULL;
	size_t i;

	snprintf(tid, sizeof(tid), "%lu", js__u64(facts, "sleeper"));
	start(ARGS("serve", "--listen", "127.0.0.1:0", "--by", "comm", "-t", tid));
	for (i = 0; i < 5; i++) {
		free(page);
		page = http__get(port, "/metrics");
		usleep(50000);
	}
	for (i = 0; i < 5; i++) {
		snprintf(series, sizeof(series), "tasktoll_thread_seconds_total{state=\"%s\"}",
			 states[i]);
		all += http__metric_ns(page, series);
	}
	measured = http__metric_ns(page, "tasktoll_measured_seconds_total");
	cr_expect_leq(all, measured);
	cr_expect_geq(all, measured * 9 / 10, "%lu of %lu", all, measured);
	cr_expect_eq(http__metric(page, "tasktoll_off_cpu_seconds_count{state=\"sleep\"}"), 0,
		     "a sleep that is not over is no sample");
	cr_expect_eq(http__metric_ns(page, "tasktoll_off_cpu_seconds_sum{state=\"sleep\"}"), 0);
	cr_expect_eq(http__metric(page, "tasktoll_open_waits{state=\"sleep\"}"), 1);
	cr_expect_eq(http__metric_ns(page, "tasktoll_open_waits_seconds{state=\"sleep\"}"),
		     http__metric_ns(page, "tasktoll_thread_seconds_total{state=\"sleep\"}"));
	free(page);
	json_decref(facts);
	proc__kill(&load);
	stop(SIGINT);
}

Test(serve, promtool_has_no_complaint)
{
	const char *path = tt__temp("metrics");
	struct run run;
	FILE *file;
	char *page;

	run__do(&run, ARGS("sh", "-c", "command -v promtool"), NULL);
	if (run.status)
		cr_skip_test("promtool is not here");
	run__free(&run);
	start(ARGS("serve", "--listen", "127.0.0.1:0"));
	free(http__get(port, "/metrics"));
	page = http__get(port, "/metrics");
	file = fopen(path, "w");
	cr_assert_not_null(file);
	fputs(page, file);
	fclose(file);
	run__do(&run, ARGS("sh", "-c", "promtool check metrics < \"$0\"", path), NULL);
	cr_expect_eq(run.status, 0, "%s%s", run.out, run.err);
	cr_expect_eq(run.out_len + run.err_len, 0, "%s%s", run.out, run.err);
	run__free(&run);
	free(page);
	stop(SIGINT);
}

Test(serve, never_more_series_than_it_may)
{
	char *page, *at;
	size_t count = 0;

	start(ARGS("serve", "--listen", "127.0.0.1:0", "--by", "comm", "--max-series", "1500"));
	page = http__get(port, "/metrics");
	for (at = page; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		count += *at != '#';
	cr_expect_leq(count, 1500, "%zu", count);
	cr_expect_gt(http__metric(page, "tasktoll_groups_in_other"), 0);
	cr_expect_gt(http__metric(page, "tasktoll_group_threads{group=\"other\"}"), 0);
	free(page);
	stop(SIGINT);
}

/* ---- who asks ---- */

static void answers(const char *request, int status)
{
	char *answer = http__exchange(port, request);

	cr_expect_eq(http__status(answer), status, "%s%.200s", request, answer);
	free(answer);
}

#define HOST "Host: 127.0.0.1\r\n"

Test(serve, strangers_get_nothing)
{
	char *answer;

	start(ARGS("serve", "--listen", "127.0.0.1:0", "--host", "node.example"));
	answers("GET /healthz HTTP/1.1\r\n" HOST "\r\n", 200);
	answers("GET /healthz HTTP/1.1\r\nHost: localhost:1\r\n\r\n", 200);
	answers("GET /healthz HTTP/1.1\r\nHost: node.example\r\n\r\n", 200);
	answers("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403);
	answers("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n", 403);
	answers("GET /metrics HTTP/1.0\r\n\r\n", 403);
	answers("POST /metrics HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 405);
	answers("DELETE / HTTP/1.1\r\n" HOST "\r\n", 405);
	answers("PRINT\x01 / HTTP/1.1\r\n" HOST "\r\n", 405);
	answers("GET /../../etc/passwd HTTP/1.1\r\n" HOST "\r\n", 404);
	answers("GET /%2e%2e/metrics HTTP/1.1\r\n" HOST "\r\n", 404);
	answers("GET //metrics HTTP/1.1\r\n" HOST "\r\n", 404);
	answers("GET http://127.0.0.1/metrics HTTP/1.1\r\n" HOST "\r\n", 404);
	answers("GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", 413);
	answers("GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 413);
	answer = http__exchange(port, "HEAD / HTTP/1.1\r\n" HOST "\r\n");
	cr_expect_eq(http__status(answer), 200);
	cr_expect_not_null(strstr(answer,
				  "Content-Security-Policy: default-src 'none'; style-src 'self'"),
			   "%s", answer);
	cr_expect_not_null(strstr(answer, "nosniff"));
	cr_expect_str_empty(strstr(answer, "\r\n\r\n") + 4);
	free(answer);
	stop(SIGINT);
}

static long resident_kib(const char *comm, pid_t parent)
{
	char script[256];
	struct run run;
	long kib;

	snprintf(script, sizeof(script),
		 "for p in $(pgrep -P %d -x %s); do sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' "
		 "/proc/$p/status; done",
		 parent, comm);
	run__do(&run, ARGS("sh", "-c", script), NULL);
	kib = strtol(run.out, NULL, 10);
	run__free(&run);
	return kib;
}

/* Whatever comes, it is refused before there is much of it. */
Test(serve, large_requests_are_refused)
{
	size_t size = 10000000;
	char *bytes = malloc(size), *answer;
	long before;
	int fd;

	cr_assert_not_null(bytes);
	memset(bytes, 'a', size);
	start(ARGS("serve", "--listen", "127.0.0.1:0"));
	before = resident_kib("tasktoll-http", server.pid);
	cr_expect_gt(before, 0, "no process takes requests");
	fd = http__connect(port);
	http__send(fd, "GET /", 5);
	http__send(fd, bytes, size);
	free(http__receive(fd));
	fd = http__connect(port);
	http__send(fd, "POST / HTTP/1.1\r\n" HOST "Content-Length: 10000000\r\n\r\n",
		   strlen("POST / HTTP/1.1\r\n" HOST "Content-Length: 10000000\r\n\r\n"));
	http__send(fd, bytes, size);
	answer = http__receive(fd);
	cr_expect(http__status(answer) == 405 || !*answer, "%.100s", answer);
	free(answer);
	free(bytes);
	cr_expect_leq(resident_kib("tasktoll-http", server.pid), before + 2048);
	answers("GET /healthz HTTP/1.1\r\n" HOST "\r\n", 200);
	stop(SIGINT);
}

#define SLOW 997

Test(serve, slow_clients_keep_nobody_out)
{
	static int slow[SLOW];
	long before;
	int i;

	start(ARGS("serve", "--listen", "127.0.0.1:0"));
	before = resident_kib("tasktoll-http", server.pid);
	for (i = 0; i < SLOW; i++) {
		slow[i] = http__connect(port);
		http__send(slow[i], "GET /metrics HT", 15);
	}
	free(http__get(port, "/metrics"));
	answers("GET /healthz HTTP/1.1\r\n" HOST "\r\n", 200);
	cr_expect_leq(resident_kib("tasktoll-http", server.pid), before + 4096, "%ld KiB more",
		      resident_kib("tasktoll-http", server.pid) - before);
	for (i = 0; i < SLOW; i++)
		close(slow[i]);
	stop(SIGINT);
}

/* ---- where ---- */

Test(serve, socket_in_the_file_system_is_for_its_owner_alone)
{
	const char *path = tt__temp("socket");
	char *line, *answer;
	struct stat stat_of;
	struct run run;
	int fd, i;

	tt__start(&server, ARGS("serve", "--unix", path), NULL);
	line = proc__remark(&server, 0);
	cr_assert(line && strstr(line, path), "%s", line ? line : "nothing");
	free(line);
	cr_assert_eq(stat(path, &stat_of), 0);
	cr_expect_eq(stat_of.st_mode & 07777, 0600, "mode %o", stat_of.st_mode);
	fd = http__connect_path(path);
	http__send(fd, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 34);
	answer = http__receive(fd);
	cr_expect_eq(http__status(answer), 200, "%s", answer);
	free(answer);
	tt__run(&run, ARGS("serve", "--unix", path), NULL);
	tt__expect_failure(&run, 1, "another program listens there");
	run__free(&run);
	proc__kill(&server); /* it cannot tidy up */
	cr_expect_eq(access(path, F_OK), 0);
	for (i = 0; i < 2; i++) {
		tt__start(&server, ARGS("serve", "--unix", path), NULL);
		line = proc__remark(&server, 0);
		cr_expect_not_null(strstr(line, path), "what was left is in the way: %s", line);
		free(line);
		stop(SIGTERM);
		cr_expect_neq(access(path, F_OK), 0, "the socket is left");
	}
}
