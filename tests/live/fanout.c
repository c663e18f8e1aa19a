/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a crash does to other processes: each link with its evidence, and no link to bystanders. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/js.h"
#include "../lib/tt.h"
#include "../lib/watch.h"

TestSuite(fanout, .init = tt__require_live, .fini = tt__cleanup);

struct expected {
	const char *role; /* in the facts of the load */
	int ring;
	const char *how, *outcome, *evidence;
	const char *by; /* role of the process that it came from */
};

static void check_victim(json_t *crash, json_t *facts, const struct expected *expected)
{
	pid_t pid = js__pid(facts, expected->role);
	json_t *victim = victim_of(crash, pid);
	char *text = victim ? json_dumps(victim, JSON_COMPACT) : NULL;

	crash__expect(crash, pid, expected->ring, expected->how, expected->outcome);
	if (!victim)
		return;
	cr_expect(strstr(js__str(victim, "evidence"), expected->evidence), "%s: not %s: %s",
		  expected->role, expected->evidence, text);
	cr_expect_eq(js__pid(victim, "by_pid"), js__pid(facts, expected->by), "%s: %s",
		     expected->role, text);
	free(text);
}

/* Who adopts what is left is told of it, whoever was its parent.  Some kernels show no init. */
static void forget_init(json_t *victims)
{
	size_t i = json_array_size(victims);

	while (i--) {
		if (js__u64(json_array_get(victims, i), "pid") == 1)
			json_array_remove(victims, i);
	}
}

/* All of these, and nobody else. */
static void check_fanout(json_t *crash, json_t *facts, const struct expected *expected,
			 size_t count)
{
	json_t *victims = js__at(crash, "victims");
	size_t i, died = 0;
	char *text;

	for (i = 0; i < count; i++) {
		check_victim(crash, facts, &expected[i]);
		died += !strcmp(expected[i].outcome, "died");
	}
	forget_init(victims);
	text = json_dumps(victims, JSON_COMPACT);
	cr_expect_eq(json_array_size(victims), count, "%zu victims, not %zu: %s",
		     json_array_size(victims), count, text);
	cr_expect_eq(js__u64(crash, "fan_out"), died);
	free(text);
}

static json_t *crashes_of(const char *load, const char *mode, json_t **ret_facts)
{
	const char *file = tt__temp("facts");
	json_t *crashes =
		watch__program(ARGS("--window", "500ms", "--", tt__load(load), "-o", file, mode),
			       0);

	*ret_facts = js__parse_file(file);
	return crashes;
}

Test(fanout, peers)
{
	static const struct expected peers[] = {
		{ "pipe_reader", 2, "woken", "woken", "pipe closed", "victim" },
		{ "pipe_stayer", 2, "woken", "woken", "pipe closed", "victim" },
		{ "pipe_writer", 3, "sigpipe", "died", "SIGPIPE, pipe", "victim" },
		{ "pipe_blocked", 3, "sigpipe", "died", "SIGPIPE, pipe", "victim" },
		{ "unix_reader", 2, "woken", "died", "unix socket closed", "victim" },
		{ "unix_stayer", 2, "woken", "woken", "unix socket closed", "victim" },
		{ "unix_writer", 3, "sigpipe", "died", "SIGPIPE, unix socket", "victim" },
		{ "tcp_reader", 2, "woken", "died", "TCP connection closed", "victim" },
		{ "tcp_stayer", 2, "woken", "woken", "TCP connection closed", "victim" },
		{ "tcp_reset", 2, "woken", "woken", "TCP connection reset", "victim" },
		{ "tcp_writer", 3, "sigpipe", "died", "SIGPIPE, TCP connection", "victim" },
		{ "futex", 2, "woken", "woken", "robust futex", "victim" },
		{ "flock", 2, "woken", "woken", "file lock", "victim" },
		{ "pidfd", 2, "woken", "woken", "pidfd", "victim" },
		{ "pid", 2, "woken", "woken", "wait for a child", "victim" },
	};
	long i, n = tt__runs(3);

	for (i = 0; i < n; i++) {
		json_t *facts, *crashes = crashes_of("peers", NULL, &facts), *other;

		check_fanout(watch__crash(crashes, js__pid(facts, "victim")), facts, peers,
			     sizeof(peers) / sizeof(peers[0]));
		/* crashed at the same moment, with nobody about it */
		other = watch__crash(crashes, js__pid(facts, "other_victim"));
		cr_expect_eq(js__u64(other, "fan_out"), 0);
		cr_expect_eq(json_array_size(js__at(other, "victims")), 0);
		cr_expect_eq(json_array_size(crashes), 2);
		json_decref(crashes);
		json_decref(facts);
	}
}

Test(fanout, supervisor)
{
	static const struct expected below[] = {
		{ "supervisor", 2, "woken", "woken", "wait for a child", "worker0" },
		{ "worker1", 3, "signal", "died", "SIGTERM", "supervisor" },
		{ "worker2", 3, "signal", "died", "SIGTERM", "supervisor" },
		{ "worker3", 3, "signal", "died", "SIGTERM", "supervisor" },
		{ "worker4", 3, "signal", "died", "SIGTERM", "supervisor" },
		{ "client0", 3, "sigpipe", "died", "SIGPIPE, pipe", "worker1" },
		{ "client1", 3, "sigpipe", "died", "SIGPIPE, pipe", "worker2" },
		{ "fresh0", 4, "respawn", "respawned", "new child", "supervisor" },
		{ "fresh1", 4, "respawn", "respawned", "new child", "supervisor" },
		{ "fresh2", 4, "respawn", "respawned", "new child", "supervisor" },
		{ "fresh3", 4, "respawn", "respawned", "new child", "supervisor" },
		{ "fresh4", 4, "respawn", "respawned", "new child", "supervisor" },
	};
	long i, n = tt__runs(3);

	for (i = 0; i < n; i++) {
		json_t *facts, *crashes = crashes_of("supervisor", NULL, &facts);

		check_fanout(watch__crash(crashes, js__pid(facts, "worker0")), facts, below,
			     sizeof(below) / sizeof(below[0]));
		cr_expect_eq(json_array_size(crashes), 1);
		json_decref(crashes);
		json_decref(facts);
	}
}

Test(fanout, session)
{
	static const struct expected group[] = {
		{ "front", 3, "sighup", "died", "SIGHUP", "leader" },
	};
	json_t *facts, *crashes = crashes_of("supervisor", "session", &facts);

	check_fanout(watch__crash(crashes, js__pid(facts, "leader")), facts, group, 1);
	json_decref(crashes);
	json_decref(facts);
}

/* Nothing of it is in the target: it is nobody's business. */
Test(fanout, outside_of_the_target)
{
	struct watch watch;
	struct run run;
	json_t *crashes;

	watch__start(&watch, ARGS("--window", "500ms", "-c", "migration*"));
	run__do(&run, ARGS(tt__load("peers"), "-o", "/dev/null"), NULL);
	cr_expect_eq(run.status, 0);
	run__free(&run);
	crashes = watch__stop(&watch, 0);
	cr_expect_eq(json_array_size(crashes), 0);
	json_decref(crashes);
}
