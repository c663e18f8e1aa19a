/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flame --push: what a server gets, and what is said of one that does not take it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/compile.h"
#include "../lib/js.h"
#include "../lib/recording.h"
#include "../lib/tt.h"

TestSuite(push, .fini = tt__cleanup);

static const struct recording_plan plan = { .processes = 3, .stacks = 7, .samples = 53 };

static const char *recording(void)
{
	recording__make(tt__temp("a.tasktoll"), &plan);
	chmod(tt__temp("a.tasktoll"), 0644); /* also for another user */
	return tt__temp("a.tasktoll");
}

/* Listens, and answers once; its address. */
static const char *start_server(struct proc *server, const char *status, const char *answer)
{
	static char url[64];

	proc__start(server,
		    ARGS("python3", "tests/cli/ingest.py", tt__temp("came"), status, answer), NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", atoi(proc__line(server, 0)));
	return url;
}

static void end_server(struct proc *server)
{
	struct run run;

	proc__finish(server, &run);
	cr_expect_eq(run.status, 0, "%s", run.err);
	run__free(&run);
}

static void push_to(struct run *ret_run, const char *url, const char *token, const char *how)
{
	const char *const env[] = { token, NULL };

	tt__run(ret_run,
		ARGS("flame", "--format", "pprof", "--push", url, "--push-label", "env=test",
		     "--push-label", "region=eu-1", how, recording()),
		&(struct proc_opts){ .env = env });
}

/* What folded stacks of the same recording weigh in all. */
static uint64_t folded_total(const char *metric)
{
	uint64_t total = 0;
	struct run run;
	char *line;

	tt__run(&run, ARGS("flame", "-q", "--metric", metric, tt__temp("a.tasktoll")), NULL);
	tt__expect_success(&run);
	for (line = run.out; *line; line = strchr(line, '\n') + 1)
		total += strtoull(strrchr(strndupa(line, strcspn(line, "\n")), ' ') + 1, NULL, 10);
	run__free(&run);
	return total;
}

/* Everything of the recording, and nothing else. */
Test(push, a_server_gets_the_whole_profile)
{
	struct proc server;
	const char *url = start_server(&server, "200", "");
	json_t *came;
	struct run run;

	push_to(&run, url, "TASKTOLL_PUSH_TOKEN=s3cret", "--metric=switches");
	tt__expect_success(&run);
	cr_expect_str_empty(run.out);
	cr_expect(strstr(run.err, "sent ") && strstr(run.err, url), "%s", run.err);
	run__free(&run);
	end_server(&server);
	came = js__parse_file(tt__temp("came"));
	cr_expect_str_eq(js__str(came, "path"), "/ingest");
	cr_expect_str_eq(js__str(came, "query.format"), "pprof");
	cr_expect(!strncmp(js__str(came, "query.name"), "tasktoll{host=", 14), "%s",
		  js__str(came, "query.name"));
	cr_expect(strstr(js__str(came, "query.name"), ",env=test,region=eu-1}"), "%s",
		  js__str(came, "query.name"));
	cr_expect_leq(atoll(js__str(came, "query.from")), atoll(js__str(came, "query.until")));
	cr_expect_str_eq(js__str(came, "authorization"), "Bearer s3cret");
	cr_expect_gt(js__u64(came, "totals.offcpu"), 0);
	cr_expect_eq(js__u64(came, "totals.offcpu"), folded_total("offcpu"));
	cr_expect_eq(js__u64(came, "totals.switches"), folded_total("switches"));
	cr_expect_str_eq(js__str(came, "types.offcpu.units"), "nanoseconds");
	json_decref(came);
}

static void expect_refused(const char *status, const char *answer, const char *needle)
{
	struct proc server;
	const char *url = start_server(&server, status, answer);
	struct run run;

	push_to(&run, url, "TASKTOLL_PUSH_TOKEN", "-q");
	tt__expect_failure(&run, 1, needle);
	cr_expect(strstr(run.err, url), "%s", run.err);
	cr_expect_not(strchr(run.err, '\x1b'), "%s", run.err);
	run__free(&run);
	end_server(&server);
}

/* Its words are cut to a line, and no terminal obeys them. */
Test(push, a_refusal_has_the_words_of_the_server)
{
	expect_refused("422", "no such \\x1b[31mtenant\\nand more", "it answered 422: no such ");
	expect_refused("401", "", "TASKTOLL_PUSH_TOKEN");
	expect_refused("404", "lost", "before /ingest");
	expect_refused("302", "", "redirects are not followed");
}

static void expect_unreached(const char *url, const char *needle)
{
	struct run run;

	push_to(&run, url, "TASKTOLL_PUSH_TOKEN", "-q");
	tt__expect_failure(&run, 1, needle);
	run__free(&run);
}

Test(push, a_server_that_is_not_there)
{
	expect_unreached("http://127.0.0.1:1", "does a server listen there?");
	expect_unreached("http://no-such-host.invalid", "is its name right?");
}

static void expect_usage(const char *const args[], const char *needle)
{
	struct run run;

	tt__run(&run, args, NULL);
	tt__expect_failure(&run, 2, needle);
	cr_expect_not(strstr(run.err, "s3cret"), "%s", run.err);
	run__free(&run);
}

Test(push, usage)
{
	expect_usage(ARGS("flame", "--format", "pprof", "--push", "ftp://host", "a"), "http://");
	expect_usage(ARGS("flame", "--format", "pprof", "--push", "http://", "a"), "no host");
	expect_usage(ARGS("flame", "--format", "pprof", "--push", "https://me:s3cret@host", "a"),
		     "TASKTOLL_PUSH_TOKEN");
	expect_usage(ARGS("flame", "--format", "pprof", "--push", "http://host/?a", "a"),
		     "characters");
	expect_usage(ARGS("flame", "--format", "svg", "--push", "http://host", "a"), "only pprof");
	expect_usage(ARGS("flame", "--push-label", "a=b", "a"), "nothing is sent");
	expect_usage(ARGS("flame", "--format", "pprof", "--push", "http://host", "--push-label",
			  "a=b,c=d", "a"),
		     "other characters");
	expect_usage(ARGS("flame", "--format", "pprof", "--push", "http://host", "--push-label",
			  "=d", "a"),
		     "begin with a name");
}

/* ---- secrets ---- */

Test(push, a_token_of_two_lines_is_refused)
{
	struct run run;

	push_to(&run, "http://127.0.0.1:1", "TASKTOLL_PUSH_TOKEN=s3cret\nX-Other: 1", "-q");
	tt__expect_failure(&run, 1, "TASKTOLL_PUSH_TOKEN has a line break");
	cr_expect_not(strstr(run.err, "s3cret"), "%s", run.err);
	run__free(&run);
}

static void write_netrc(void)
{
	FILE *file = fopen(tt__temp(".netrc"), "we");

	cr_assert_not_null(file);
	fputs("machine 127.0.0.1 login me password s3cret\n", file);
	cr_assert_eq(fclose(file), 0);
}

/* What the server was told, by a user with that file at home. */
static char *authorization(uid_t uid)
{
	char home[600], *text;
	struct proc server;
	const char *url = start_server(&server, "200", "");
	const char *env[] = { "TASKTOLL_PUSH_TOKEN", home, NULL };
	json_t *came;
	struct run run;

	snprintf(home, sizeof(home), "HOME=%s", tt__temp(""));
	tt__run(&run, ARGS("flame", "--format", "pprof", "--push", url, "-q", recording()),
		&(struct proc_opts){ .env = env, .uid = uid });
	tt__expect_success(&run);
	run__free(&run);
	end_server(&server);
	came = js__parse_file(tt__temp("came"));
	text = strdup(js__str(came, "authorization"));
	json_decref(came);
	return text;
}

Test(push, passwords_of_root_are_not_used)
{
	char *text;

	write_netrc();
	text = authorization(geteuid() ? 0 : TT_NOBODY);
	cr_expect_str_eq(text, "Basic bWU6czNjcmV0");
	free(text);
	if (geteuid())
		cr_skip_test("that of root is tried by root");
	text = authorization(0);
	cr_expect_str_empty(text);
	free(text);
}

/* ---- libraries that are older than the one it was built with ---- */

static const char old_library[] =
	"#include <stdarg.h>\n"
	"static char of_all;\n"
	"#define F(name) void *curl_##name(void) { return &of_all; }\n"
	"#ifdef LACKS\n#define REFUSED 0\n#endif\n"
	"F(easy_init) F(easy_escape) F(slist_append) F(mime_init) F(mime_addpart)\n"
	"int curl_global_init(long a) { return 0; }\n"
	"int curl_easy_setopt(void *a, int option, ...) { return option == REFUSED ? 48 : 0; }\n"
	"int curl_easy_perform(void *a) { return 7; }\n"
	"int curl_easy_getinfo(void *a, int b, ...) { return 0; }\n"
	"const char *curl_easy_strerror(int a) { return \"made up\"; }\n"
	"void curl_easy_cleanup(void *a) { }\n"
	"void curl_free(void *a) { }\n"
	"void curl_slist_free_all(void *a) { }\n"
	"int curl_mime_name(void *a, void *b) { return 0; }\n"
	"int curl_mime_filename(void *a, void *b) { return 0; }\n"
	"int curl_mime_type(void *a, void *b) { return 0; }\n"
	"int curl_mime_data(void *a, void *b, long c) { return 0; }\n"
	"#ifndef LACKS\n"
	"void curl_mime_free(void *a) { }\n"
	"#endif\n";

static void expect_with_library(const char *how, const char *needle)
{
	char path[600];
	const char *env[] = { "TASKTOLL_PUSH_TOKEN=s3cret", path, NULL };
	struct run run;

	compile("libcurl.so.4", old_library, ARGS("gcc", "-shared", "-fPIC", "-w", how));
	snprintf(path, sizeof(path), "LD_LIBRARY_PATH=%s", tt__temp(""));
	tt__run(&run,
		ARGS("flame", "--format", "pprof", "--push", "http://127.0.0.1:1", "-q",
		     recording()),
		&(struct proc_opts){ .env = env });
	tt__expect_failure(&run, 1, needle);
	run__free(&run);
}

Test(push, old_libraries)
{
	expect_with_library("-DREFUSED=10318", "does a server listen there?"); /* PROTOCOLS_STR */
	expect_with_library("-DREFUSED=10002", "an option that is needed (made up)"); /* URL */
	expect_with_library("-DREFUSED=51", "does a server listen there?");	      /* NETRC */
	expect_with_library("-DLACKS", "a libcurl without curl_mime_free");
}
