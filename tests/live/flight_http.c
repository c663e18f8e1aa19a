/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flight recorder, asked over HTTP: who may, who may not, and what is kept. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../lib/check.h"
#include "../lib/http.h"
#include "../lib/js.h"
#include "../lib/tt.h"

static struct proc load, recorder;
static int port;
static char token[128], target[16];

static void end(void)
{
	if (recorder.pid)
		proc__kill(&recorder);
	if (load.pid)
		proc__kill(&load);
	tt__cleanup();
}

TestSuite(flight_http, .init = tt__require_live, .fini = end, .timeout = 120);

static int count_kept(char *ret_path, size_t size)
{
	DIR *dir = opendir(tt__temp("flight"));
	struct dirent *entry;
	int count = 0;

	cr_assert_not_null(dir);
	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (strncmp(entry->d_name, "http-2", 6) != 0 || length < 9 ||
		    strcmp(entry->d_name + length - 9, ".tasktoll") != 0)
			continue;
		count++;
		snprintf(ret_path, size, "%s/%.200s", tt__temp("flight"), entry->d_name);
	}
	closedir(dir);
	return count;
}

static void read_token(void)
{
	char path[4200];
	struct stat status;
	FILE *file;

	snprintf(path, sizeof(path), "%s/http-token", tt__temp("flight"));
	cr_assert_eq(stat(path, &status), 0);
	cr_expect_eq(status.st_mode & 0777, 0600);
	file = fopen(path, "re");
	cr_assert(file && fscanf(file, "%127s", token) == 1);
	fclose(file);
	cr_expect_eq(strlen(token), 64);
}

static void start(const char *on)
{
	json_decref(tt__load_start(&load, ARGS("sleeper", "60"), false));
	snprintf(target, sizeof(target), "%d", load.pid);
	tt__start(&recorder,
		  ARGS("record", "--keep", "10s", "--after", "100ms", "--max-kept", "2", "--on", on,
		       "-o", tt__temp("flight"), "-p", target),
		  NULL);
}

static char *ask_at(const char *path)
{
	static const char request[] = "POST /keep HTTP/1.1\r\nHost: anything\r\n\r\n";
	int fd = http__connect_path(path);

	http__send(fd, request, strlen(request));
	return http__receive(fd);
}

/* TOKEN stands for the token, which no answer has. */
static void answers(const char *request, int status)
{
	const char *mark = strstr(request, "TOKEN");
	char text[1024], *answer;

	snprintf(text, sizeof(text), "%.*s%s%s",
		 (int)(mark ? (size_t)(mark - request) : strlen(request)), request,
		 mark ? token : "", mark ? mark + strlen("TOKEN") : "");
	answer = http__exchange(port, text);
	cr_expect_eq(http__status(answer), status, "%s%.200s", text, answer);
	cr_expect_null(strstr(answer, token), "%s", answer);
	free(answer);
}

#define HOST	"Host: 127.0.0.1\r\n"
#define BEARER	"Authorization: Bearer TOKEN\r\n"
#define MAY_ASK HOST BEARER

static void expect_remark(int number, const char *text)
{
	const char *remark = proc__remark(&recorder, number);

	cr_expect_not_null(strstr(remark, text), "%s", remark);
}

Test(flight_http, strangers_keep_nothing_and_who_may_ask_does)
{
	char path[4400];
	json_t *lines;
	struct run run;

	start("http 127.0.0.1:0");
	port = http__port(proc__remark(&recorder, 0));
	cr_assert_gt(port, 0);
	expect_remark(0, "http-token");
	read_token();
	answers("GET /keep HTTP/1.1\r\n" MAY_ASK "\r\n", 405);
	answers("OPTIONS /keep HTTP/1.1\r\n" HOST "Origin: http://evil.example\r\n\r\n", 405);
	answers("POST /keep HTTP/1.1\r\n" HOST "\r\n", 401);
	answers("POST /keep?token=TOKEN HTTP/1.1\r\n" HOST "\r\n", 401);
	answers("POST /keep HTTP/1.1\r\n" HOST "Authorization: Bearer \r\n\r\n", 401);
	answers("POST /keep HTTP/1.1\r\n" HOST "Authorization: Bearer 0123456789abcdef\r\n\r\n",
		401);
	answers("POST /keep HTTP/1.1\r\n" HOST "Authorization: Bearer TOKEN0\r\n\r\n", 401);
	answers("POST /keep HTTP/1.1\r\n" HOST "Authorization: Basic TOKEN\r\n\r\n", 401);
	answers("POST /keep HTTP/1.1\r\nHost: evil.example\r\n" BEARER "\r\n", 403);
	answers("POST /keep HTTP/1.0\r\n" BEARER "\r\n", 403);
	answers("POST / HTTP/1.1\r\n" MAY_ASK "\r\n", 404);
	answers("POST /../keep HTTP/1.1\r\n" MAY_ASK "\r\n", 404);
	answers("POST /metrics HTTP/1.1\r\n" MAY_ASK "\r\n", 404);
	answers("POST /keep HTTP/1.1\r\n" MAY_ASK "Content-Length: 65537\r\n\r\n", 413);
	answers("POST /keep HTTP/1.1\r\n" MAY_ASK "Content-Length: 10000000\r\n\r\n", 413);
	answers("POST /keep HTTP/1.1\r\n" MAY_ASK "Transfer-Encoding: chunked\r\n\r\n", 413);
	answers("POST /keep HTTP/1.1\r\n" MAY_ASK "Content-Length: 5\r\n\r\nhello", 202);
	expect_remark(1, "keeping the window because of an HTTP request");
	answers("POST /keep HTTP/1.1\r\n" MAY_ASK "\r\n", 409);
	expect_remark(2, "kept ");
	cr_expect_eq(count_kept(path, sizeof(path)), 1);
	tt__run(&run, ARGS("report", "-q", "--sum", "--format", "json", path), NULL);
	lines = js__parse_lines(run.out);
	check__complete(json_array_get(lines, 0));
	json_decref(lines);
	run__free(&run);
	tt__run(&run, ARGS("report", path), NULL);
	cr_expect_not_null(strstr(run.err, "kept because of an HTTP request"), "%s", run.err);
	run__free(&run);
	answers("POST /keep HTTP/1.1\r\n" MAY_ASK "Content-Length: 0\r\n\r\n", 202);
	expect_remark(4, "kept ");
	answers("POST /keep HTTP/1.1\r\n" MAY_ASK "\r\n", 409);
	expect_remark(5, "as many as --max-kept allows");
	cr_expect_eq(count_kept(path, sizeof(path)), 2);
	proc__kill(&recorder);
	recorder.pid = 0;
}

/* Nobody else gets to the socket; it goes with the recorder, and whoever asks needs no token. */
Test(flight_http, a_socket_needs_no_token)
{
	char on[4300], socket[4200], path[4400], *answer;
	struct stat status;
	struct run run;

	snprintf(socket, sizeof(socket), "%s", tt__temp("socket"));
	snprintf(on, sizeof(on), "http %s", socket);
	start(on);
	expect_remark(0, "at the socket");
	cr_assert_eq(stat(socket, &status), 0);
	cr_expect_eq(status.st_mode & 0777, 0600);
	answer = ask_at(socket);
	cr_expect_eq(http__status(answer), 202, "%.200s", answer);
	free(answer);
	expect_remark(2, "kept ");
	cr_expect_eq(count_kept(path, sizeof(path)), 1);
	snprintf(path, sizeof(path), "%s/http-token", tt__temp("flight"));
	cr_expect_neq(access(path, F_OK), 0);
	kill(recorder.pid, SIGINT);
	proc__finish(&recorder, &run);
	recorder.pid = 0;
	cr_expect_eq(run.status, 0, "%s", run.err);
	run__free(&run);
	cr_expect_neq(access(socket, F_OK), 0, "it is still there");
}

static pid_t find_http(void)
{
	char script[64];
	struct run run;
	pid_t pid;

	snprintf(script, sizeof(script), "pgrep -P %d -x tasktoll-http", recorder.pid);
	run__do(&run, ARGS("sh", "-c", script), NULL);
	pid = (pid_t)strtol(run.out, NULL, 10);
	cr_assert_gt(pid, 0);
	run__free(&run);
	return pid;
}

static uint64_t cpu_ns(pid_t pid)
{
	struct timespec time;
	clockid_t clock;

	cr_assert_eq(clock_getcpuclockid(pid, &clock), 0);
	cr_assert_eq(clock_gettime(clock, &time), 0);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* What taking requests costs is part of what tasktoll itself does, as its beginning is. */
Test(flight_http, counts_who_takes_requests)
{
	uint64_t spent = 0;
	json_t *lines;
	struct run run;
	pid_t http;

	start("http 127.0.0.1:0");
	port = http__port(proc__remark(&recorder, 0));
	cr_assert_gt(port, 0);
	http = find_http();
	read_token();
	answers("POST /keep HTTP/1.1\r\n" MAY_ASK "\r\n", 202); /* it counts */
	for (; spent < 200000000; spent = cpu_ns(http))
		free(http__exchange(port, "GET /keep HTTP/1.1\r\n" HOST "\r\n"));
	spent += cpu_ns(recorder.pid);
	kill(recorder.pid, SIGINT);
	proc__finish(&recorder, &run);
	recorder.pid = 0;
	cr_expect_eq(run.status, 0, "%s", run.err);
	run__free(&run);
	tt__run(&run,
		ARGS("report", "-q", "--sum", "--format", "json",
		     tt__temp("flight/window.tasktoll")),
		NULL);
	lines = js__parse_lines(run.out);
	cr_expect_geq(js__u64(json_array_get(lines, 0), "self.cpu_ns"), spent);
	json_decref(lines);
	run__free(&run);
}

/* The window is worth more than who asks for it. */
Test(flight_http, goes_on_without_who_takes_requests)
{
	struct run run;

	start("http 127.0.0.1:0");
	cr_assert_gt(http__port(proc__remark(&recorder, 0)), 0);
	kill(find_http(), SIGKILL);
	expect_remark(1, "SIGUSR1 and other triggers go on");
	kill(recorder.pid, SIGUSR1);
	expect_remark(2, "because of SIGUSR1");
	expect_remark(3, "kept ");
	kill(recorder.pid, SIGINT);
	proc__finish(&recorder, &run);
	recorder.pid = 0;
	cr_expect_eq(run.status, 0, "%s", run.err);
	run__free(&run);
}
