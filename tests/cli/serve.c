/* SPDX-License-Identifier: GPL-2.0-or-later */
/* serve: what is wrong is said before anything is traced, and says what to do. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "../lib/tt.h"

TestSuite(serve, .fini = tt__cleanup);

static void refused(const char *const args[], int status, const char *needle)
{
	struct run run;

	tt__run(&run, args, NULL);
	tt__expect_failure(&run, status, needle);
	run__free(&run);
}

Test(serve, addresses_that_are_none)
{
	refused(ARGS("serve", "--listen", "nonsense"), 2, "nonsense");
	refused(ARGS("serve", "--listen", "node.example:1"), 2, "names are not looked up");
	refused(ARGS("serve", "--listen", "127.0.0.1:65536"), 2, "65535");
	refused(ARGS("serve", "--listen", "::1:9435"), 2, "[::1]:9435");
	refused(ARGS("serve", "--listen", "127.0.0.1:1", "--unix", "/x"), 2, "leave one out");
	refused(ARGS("serve", "--max-series", "7"), 2, "1500");
	refused(ARGS("serve", "--by", "parent"), 2, "cgroup");
}

Test(serve, address_of_another_machine)
{
	refused(ARGS("serve", "--listen", "192.0.2.1:0"), 1, "does not have that address");
}

Test(serve, port_that_is_taken)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[32];

	cr_assert_eq(bind(fd, (const void *)&at, sizeof(at)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	cr_assert_eq(getsockname(fd, (void *)&at, &size), 0);
	snprintf(text, sizeof(text), "127.0.0.1:%d", ntohs(at.sin_port));
	refused(ARGS("serve", "--listen", text), 1, "another program listens there");
	refused(ARGS("serve", "--listen", text), 1, "choose another port");
	close(fd);
}

Test(serve, port_that_needs_a_privilege)
{
	struct proc_opts opts = { .uid = geteuid() ? 0 : TT_NOBODY, .dir = "/" };
	struct run run;
	char first[16] = "";
	FILE *file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "r");

	if (!file || !fgets(first, sizeof(first), file) || atoi(first) < 2)
		cr_skip_test("any user may listen on any port here");
	fclose(file);
	tt__run(&run, ARGS("serve", "--listen", "127.0.0.1:1"), &opts);
	tt__expect_failure(&run, 1, "ports below 1024");
	run__free(&run);
}

Test(serve, paths_that_are_taken_or_cannot_be)
{
	const char *path = tt__temp("file");
	char longest[200];
	FILE *file = fopen(path, "w");
	struct run run;

	cr_assert_not_null(file);
	fclose(file);
	refused(ARGS("serve", "--unix", path), 1, "it exists and is no socket");
	cr_expect_eq(access(path, F_OK), 0, "it is gone");
	refused(ARGS("serve", "--unix", "/nonexistent/socket"), 1, "no such directory");
	snprintf(longest, sizeof(longest), "/%0150d", 1);
	refused(ARGS("serve", "--unix", longest), 2, "107 bytes");
	tt__run(&run, ARGS("serve", "--unix", "/proc/1/socket"), NULL);
	tt__expect_failure(&run, 1, NULL);
	run__free(&run);
}

static void socket_that_somebody_serves(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	cr_assert_eq(bind(fd, (const void *)&at, sizeof(at)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	refused(ARGS("serve", "--unix", path), 1, "another program listens there");
	cr_expect_eq(access(path, F_OK), 0, "it is gone");
	close(fd);
}

Test(serve, socket_of_somebody_who_is_there)
{
	socket_that_somebody_serves(tt__temp("socket"));
}

/* ---- services ---- */

/* The command lines in these files are taken. */
static void takes(const char *script)
{
	char command[1024];
	struct run run;

	snprintf(command, sizeof(command), "exec \"$0\" $(%s) --help", script);
	run__do(&run, ARGS("sh", "-c", command, tt__path()), NULL);
	cr_expect_eq(run.status, 0, "%s: %s", script, run.err);
	cr_expect_not_null(strstr(run.out, "tasktoll serve"), "%s: %s", script, run.out);
	run__free(&run);
}

Test(serve, unit_of_systemd)
{
	const char *path = tt__temp("tasktoll.service");
	char command[1024], unit[512];
	struct run run;

	snprintf(unit, sizeof(unit), "%s", tt__doc("../../tools/deploy/tasktoll.service"));
	snprintf(command, sizeof(command), "sed -n 's,^ExecStart=/usr/local/bin/tasktoll ,,p' %s",
		 unit);
	takes(command);
	run__do(&run, ARGS("sh", "-c", "command -v systemd-analyze"), NULL);
	if (run.status)
		cr_skip_test("systemd-analyze is not here");
	run__free(&run);
	snprintf(
		command, sizeof(command),
		"sed 's,/usr/local/bin/tasktoll,%s,' %s > \"$0\" && systemd-analyze --man=no verify \"$0\"",
		tt__path(), unit);
	run__do(&run, ARGS("sh", "-c", command, path), NULL);
	cr_expect_eq(run.status, 0, "%s%s", run.out, run.err);
	cr_expect_eq(run.err_len, 0, "%s", run.err);
	run__free(&run);
}

#define YAML "import sys, yaml\ndocument = yaml.safe_load(open(sys.argv[1]))\n"

Test(serve, daemonset_of_kubernetes)
{
	static const char check[] = YAML
		"spec = document['spec']['template']['spec']\n"
		"container, = spec['containers']\n"
		"assert document['kind'] == 'DaemonSet' and document['apiVersion'] == 'apps/v1'\n"
		"labels = document['spec']['template']['metadata']['labels']\n"
		"assert document['spec']['selector']['matchLabels'].items() <= labels.items()\n"
		"port, = container['ports']\n"
		"assert container['args'][2].endswith(':%d' % port['containerPort'])\n"
		"for probe in ('livenessProbe', 'readinessProbe'):\n"
		"    assert container[probe]['httpGet'] == {'path': '/healthz', 'port': port['name']}\n"
		"assert {m['name'] for m in container['volumeMounts']} == {v['name'] for v in spec['volumes']}\n"
		"print(*container['args'])\n";
	const char *script = tt__temp("check.py");
	char command[1024];
	struct run run;
	FILE *file = fopen(script, "w");

	run__do(&run, ARGS("python3", "-c", "import yaml"), NULL);
	if (run.status)
		cr_skip_test("python3 has no yaml");
	run__free(&run);
	cr_assert(file && fputs(check, file) >= 0 && !fclose(file));
	run__do(&run,
		ARGS("python3", script, tt__doc("../../tools/deploy/tasktoll-daemonset.yaml")),
		NULL);
	cr_expect_eq(run.status, 0, "%s", run.err);
	run__free(&run);
	snprintf(command, sizeof(command), "python3 %s %s", script,
		 tt__doc("../../tools/deploy/tasktoll-daemonset.yaml"));
	takes(command);
}
