/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other programs find in the columns of a recording: each has the value that its name says. */
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "make_rich.h"
#include "unit.h"

static struct rich_round made;
static sqlite3 *db;

static void begin(void)
{
	rich_round__begin(&made);
	cr_assert_eq(sqlite3_open_v2(recording__path(), &db, SQLITE_OPEN_READONLY, NULL),
		     SQLITE_OK);
}

static void end(void)
{
	sqlite3_close(db);
	rich_round__end(&made);
}

TestSuite(store_columns, .init = begin, .fini = end);

/* Of the only row where all of `where` holds. */
static sqlite3_stmt *find(const char *table, const char *column, const char *where)
{
	sqlite3_stmt *row;
	char sql[512];

	snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE %s", column, table, where);
	cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK, "%s: %s", sql,
		     sqlite3_errmsg(db));
	cr_assert_eq(sqlite3_step(row), SQLITE_ROW, "%s", sql);
	return row;
}

static void number(const char *table, const char *column, const char *where, __u64 expected)
{
	sqlite3_stmt *row = find(table, column, where);
	__u64 is = (__u64)sqlite3_column_int64(row, 0);

	cr_expect_neq(sqlite3_column_type(row, 0), SQLITE_NULL, "%s.%s is NULL", table, column);
	cr_expect_eq(is, expected, "%s.%s where %s is %llu, expected %llu", table, column, where,
		     is, expected);
	cr_expect_eq(sqlite3_step(row), SQLITE_DONE);
	sqlite3_finalize(row);
}

static void words(const char *table, const char *column, const char *where, const char *expected)
{
	sqlite3_stmt *row = find(table, column, where);
	const char *is = (const char *)sqlite3_column_text(row, 0);

	cr_expect(is ? expected && !strcmp(is, expected) : !expected,
		  "%s.%s where %s is %s, expected %s", table, column, where, is ? is : "NULL",
		  expected ? expected : "NULL");
	sqlite3_finalize(row);
}

/* ---- counters and distributions ---- */

static void join(char text[96], const char *group, const char *name, const char *part)
{
	snprintf(text, 96, "%s%s%s%s", group, *group ? "_" : "", name, part);
}

static void dist(const char *table, const char *where, const char *group, const char *name,
		 const struct dist *expected)
{
	char column[96];

	join(column, group, name, "_count");
	number(table, column, where, expected->count);
	join(column, group, name, "_sum");
	number(table, column, where, expected->sum);
	join(column, group, name, "_max");
	number(table, column, where, expected->max);
}

static void row(const char *table, const char *where, const struct row *expected)
{
#define COUNTER(id, type, group, name, ...)                                                        \
	number(table, *group ? group "_" name : name, where, expected->n[C_##id]);
#define DIST(id, layout, group, name, ...)                                                         \
	dist(table, where, group, name, row__dist(expected, D_##id));
#include "counters.def"
	number(table, "in_idle", where, expected->n[C_IN_IDLE]);
	dist(table, where, "switch_ns", "idle", row__dist(expected, D_SWITCH_IDLE));
}

Test(store_columns, rows_of_processes_threads_and_others)
{
	const struct process *process;
	const struct thread *thread;
	char where[128];

	for (process = made.rich.scene.model->processes; process; process = process->hh.next) {
		snprintf(where, sizeof(where),
			 "period = 1 AND pid = %u AND process_start_ns = %llu", process->key.pid,
			 process->key.start_ns);
		row("process_rows", where, &process->row);
		number("process_rows", "ppid", where, process->ppid);
		words("process_rows", "comm", where, process->comm);
		number("process_rows", "kernel_thread", where, process->kthread);
		number("process_rows", "ended", where, process->ended);
		number("process_rows", "threads_alive", where, process->threads_alive);
		number("process_rows", "threads_ended", where, process->threads_ended);
		number("process_rows", "threads_folded", where, process->threads_folded);
	}
	for (thread = made.rich.scene.model->threads; thread; thread = thread->hh.next) {
		snprintf(where, sizeof(where), "period = 1 AND record = %llu", thread->id);
		row("thread_rows", where, &thread->row);
		number("thread_rows", "tid", where, thread->tid);
		number("thread_rows", "start_ns", where, thread->start_ns);
		number("thread_rows", "pid", where, thread->process->key.pid);
		number("thread_rows", "process_start_ns", where, thread->process->key.start_ns);
		words("thread_rows", "comm", where, thread->comm);
		number("thread_rows", "ended", where, thread->ended);
		number("thread_rows", "never_seen", where, thread->never_seen);
		number("thread_rows", "unshown", where, thread->missed);
		number("thread_rows", "told_off_ns", where, thread->reported_sleep);
		number("thread_rows", "told_runq_ns", where, thread->reported_runq);
	}
	row("other_rows", "what = 'idle'", &made.rich.scene.model->idle);
	row("other_rows", "what = 'folded'", &made.rich.scene.model->folded);
}

Test(store_columns, open_intervals)
{
	static const char *const names[] = { "sleep", "disk", "preempted", "other" };
	char where[64];
	__u32 i;

	for (i = 0; i < 4; i++) {
		snprintf(where, sizeof(where), "tid = %u", 20001 + i);
		words("thread_rows", "off", where, names[i]);
		number("thread_rows", "off_since_ns", where,
		       SCENE_END - 1000000 - (20001 + i) * 1000ULL);
		number("thread_rows", "woken_ns", where, (SCENE_END - 2000 - (20001 + i)) & ~1ULL);
	}
	words("thread_rows", "off", "tid = 91", NULL);
}

/* ---- the machine ---- */

Test(store_columns, periods)
{
	const struct model *model = made.rich.scene.model;
	struct summary summary;

	rich__describe(&summary, model, false);
	const struct {
		const char *column;
		__u64 expected;
	} columns[] = {
		{ "period", 1 },
		{ "start_realtime_ns", 1795348800123456789ULL },
		{ "duration_ns", 12345678901 },
		{ "read_at_ns", SCENE_END },
		{ "run_start_ns", SCENE_START },
		{ "whole_machine", 1 },
		{ "threads_kept", 1 },
		{ "lives_followed", 1 },
		{ "missed_of_ended", model->missed_ended },
		{ "skipped_runs", 5 },
		{ "folded_processes", 0 },
		{ "ended_clean", model->ends[END_CLEAN] },
		{ "ended_failed", model->ends[END_FAILED] },
		{ "ended_crash", model->ends[END_CRASH] },
		{ "ended_killed", model->ends[END_KILLED] },
		{ "ended_oom", model->ends[END_OOM] },
		{ "crashes_left_out", 0 },
		{ "lost_events", 21 },
		{ "lost_tasks", 22 },
		{ "lost_switches", 23 },
		{ "lost_stacks", 24 },
		{ "lost_edges", 25 },
		{ "tlb_unattributed", 8 },
		{ "bpf_known", 1 },
		{ "bpf_ns", 2712345 },
		{ "cpu_ns", 3345678 },
		{ "rss_bytes", 5 << 20 },
		{ "kernel_bytes", 17 << 20 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(columns); i++)
		number("periods", columns[i].column, "1", columns[i].expected);
	words("periods", "bpf_why_not", "1", "it was not asked for");
	words("periods", "bpf_ns_per_switch", "1", "1391.6");
}

Test(store_columns, cpus)
{
	static const char *const kinds[KIND_COUNT] = { "in_thread", "in_process", "in_resume",
						       "in_kernel", "in_idle" };
	int cpu, kind;

	for (cpu = 0; cpu < 2; cpu++) {
		const struct cpu_slot *slot = &made.rich.scene.model->cpus[cpu].last;
		char where[32];

		snprintf(where, sizeof(where), "cpu = %d", cpu);
		number("cpus", "switches", where, slot->switches);
		number("cpus", "voluntary", where, slot->voluntary);
		for (kind = 0; kind < KIND_COUNT; kind++)
			number("cpus", kinds[kind], where, slot->in[kind]);
		number("cpus", "kernel_switches", where, slot->nr_switches - slot->nr_base);
		number("cpus", "wakes_missed", where, slot->wakes_missed);
	}
}

/* ---- creations ---- */

Test(store_columns, creations)
{
	static const struct dist none;
	const struct spawns *spawns = &made.rich.scene.model->spawns;
	char where[96];
	int kind, phase, i;

	for (kind = 0; kind < SPAWN_KINDS; kind++) {
		const struct spawn *spawn = &spawns->kind[kind];

		snprintf(where, sizeof(where), "scope = 'target' AND kind = '%s'",
			 spawn_names[kind]);
		number("spawns", "created", where, spawn->count);
		number("spawns", "failed", where, spawn->failed);
		number("spawns", "namespaces", where, spawn->namespaces);
		for (phase = 0; phase < PHASES; phase++)
			dist("spawns", where, "", phase_names[phase], spawn__phase(spawn, phase));
		for (i = 0; i < SPAWN_ERRORS && spawn->errors[i].count; i++) {
			snprintf(where, sizeof(where),
				 "scope = 'target' AND kind = '%s' AND place = %d",
				 spawn_names[kind], i);
			number("spawn_errors", "error", where, spawn->errors[i].error);
			number("spawn_errors", "calls", where, spawn->errors[i].count);
		}
	}
	for (i = 0; i < FORK_SIZES; i++) {
		if (!spawns->sizes[i])
			continue;
		snprintf(where, sizeof(where), "scope = 'target' AND size = %d", i);
		number("fork_sizes", "forks", where, spawns->sizes[i]->count);
		number("fork_sizes", "resident_bytes", where, spawns->sizes[i]->rss);
		dist("fork_sizes", where, "", "copy_ns", &spawns->sizes[i]->copy);
	}
	number("execs", "execs", "scope = 'target'", spawns->execs);
	dist("execs", "scope = 'target'", "", "exec_ns", spawns->exec ? spawns->exec : &none);
}

/* ---- samples ---- */

Test(store_columns, samples)
{
	static const char *const columns[WEIGHTS] = {
#define WEIGHT(id, column, unit, stack, help) [WEIGHT_##id] = column,
#include "model/profile/metrics.def"
	};
	size_t i, w;

	for (i = 0; i < RICH_SAMPLES; i++) {
		const struct sample *sample = &made.profile.samples[i];
		char where[128];

		snprintf(where, sizeof(where),
			 "period = 1 AND thread = %u AND stack = %u AND waker = %u", sample->thread,
			 sample->stack, sample->waker);
		for (w = 0; w < WEIGHTS; w++)
			number(i < RICH_SAMPLES - 1 ? "samples" : "open_samples", columns[w], where,
			       (__u64)sample->weight[w]);
	}
}
