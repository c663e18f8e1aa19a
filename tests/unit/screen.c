/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live screen without a terminal: what is drawn, and what keys do. */
#include "screen/screen.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "make_summary.h"
#include "model/machine/group.h"
#include "screen/keys.h"
#include "unit.h"

static struct screen screen;
static struct canvas canvas;
static struct scene scene;

static void take_scene(void)
{
	struct frame *frame = frame__take(&scene.summary, 20000, BY_COMM);

	cr_assert(frame);
	cr_assert_eq(detail__take(&screen.detail, &scene.summary), 0);
	screen__take(&screen, frame);
}

static void begin(void)
{
	snprintf(screen.host, sizeof(screen.host), "made");
	screen.cpus = 2;
	screen.interval_ns = 1000000000;
	cr_assert_eq(screen__begin(&screen), 0);
	cr_assert_eq(canvas__resize(&canvas, 24, 80), 0);
	scene__make(&scene, 30, true, true);
	take_scene();
}

static void end(void)
{
	scene__release(&scene);
	screen__end(&screen);
	canvas__free(&canvas);
}

TestSuite(screen, .init = begin, .fini = end);

static char *shown(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	screen__draw(&screen, &canvas);
	canvas__write(&canvas, out);
	fclose(out);
	return text;
}

static void expect_shown(const char *what, bool is)
{
	char *text = shown();

	cr_expect_eq(strstr(text, what) != NULL, is, "\"%s\" %s in:\n%s", what,
		     is ? "missing" : "found", text);
	free(text);
}

/* ---- the head ---- */

/* The interval is not as long on each CPU: more than all of them cannot be busy. */
Test(screen, busy_is_a_share_of_what_the_cpus_did_and_were_idle)
{
	struct row system = *scene.summary.system, idle = *scene.summary.idle;
	struct summary summary = scene.summary;
	struct frame *frame;

	summary.system = &system;
	summary.idle = &idle;
	system.n[C_ONCPU] = 3 * summary.duration_ns;
	idle.n[C_ONCPU] = 2 * summary.duration_ns;
	frame = frame__take(&summary, 10, BY_COMM);
	cr_assert(frame);
	cr_expect_float_eq(frame->head[HEAD_BUSY], 60, 1e-9);
	frame__free(frame);
}

/* Neither is 0: what the kernel does not tell is not shown as a figure. */
Test(screen, head_says_what_is_not_available_and_why)
{
	scene.summary.self.known = false;
	scene.summary.self.why_not = "the kernel's statistics need CAP_SYS_ADMIN";
	scene.summary.cost_source = COST_NONE;
	take_scene();
	expect_shown("  toll n/a", true);
	expect_shown("  overhead n/a (the kernel's", true);
	scene.summary.self.known = true;
	scene.summary.cost_source = COST_TRACEPOINT;
	take_scene();
	expect_shown("toll n/a", false);
	expect_shown("overhead n/a", false);
}

/* ---- the canvas ---- */

Test(screen, wide_characters_keep_their_two_cells)
{
	char *text = NULL;
	size_t size;
	FILE *out;

	canvas__clear(&canvas);
	SAME(canvas__text(&canvas, 0, 0, 5, INK_PLAIN, "日本語"), 4); /* a half does not fit */
	canvas__text(&canvas, 0, 5, 3, INK_PLAIN, "e\xcc\x81xyz");
	SAME(canvas__text(&canvas, 0, 78, 10, INK_PLAIN, "abc"), 2);
	SAME(canvas__text(&canvas, 24, 0, 10, INK_PLAIN, "below"), 0);
	out = open_memstream(&text, &size);
	canvas__write(&canvas, out);
	fclose(out);
	cr_expect_eq(strncmp(text, "日本 e\xcc\x81xy ", strlen("日本 e\xcc\x81xy ")), 0, "%s",
		     text);
	free(text);
	canvas.ascii = true;
	canvas__text(&canvas, 1, 0, 5, INK_PLAIN, "a日b");
	SAME_TEXT(canvas.cells[80 + 1].text, "?");
	SAME_TEXT(canvas.cells[80 + 3].text, "b");
}

Test(screen, names_of_strangers_stay_in_their_cells)
{
	size_t i;

	for (i = 0; hostile_names[i]; i++) {
		char *text;

		scene__release(&scene);
		scene__make_named(&scene, hostile_names[i]);
		take_scene();
		text = shown();
		cr_expect_not(has_control_characters(text), "name %zu", i);
		free(text);
	}
}

/* ---- rows ---- */

static const struct frame_row *row_of(__u32 pid)
{
	const struct frame *frame = screen__frame(&screen);
	size_t i;

	for (i = 0; i < frame->count; i++)
		if (frame->rows[i].key.pid == pid && !frame->rows[i].key.tid)
			return &frame->rows[i];
	return NULL;
}

static void arrange(void)
{
	cr_assert_eq(list__arrange(&screen.list, screen__frame(&screen), 10), 0);
}

Test(screen, rows_have_the_figures_of_the_summary)
{
	const struct process *process = scene.summary.processes[0];
	const struct frame_row *row = row_of(process->key.pid);
	double seconds = (double)scene.summary.duration_ns / 1e9;

	cr_assert(row);
	cr_expect_float_eq((double)row->figure[COLUMN_SWITCHES],
			   (double)row__switches(&process->row) / seconds, 0.01);
	cr_expect_float_eq((double)row->figure[COLUMN_CPU],
			   100 * (double)process->row.n[C_ONCPU] / (seconds * 1e9), 0.01);
	cr_expect_float_eq((double)row->figure[COLUMN_RUN] + (double)row->figure[COLUMN_WAIT] +
				   (double)row->figure[COLUMN_SLEEP] +
				   (double)row->figure[COLUMN_DISK] +
				   (double)row->figure[COLUMN_OTHER],
			   100, 0.01);
	SAME(row->figure[COLUMN_THREADS], process->threads_alive);
}

Test(screen, order_and_reverse)
{
	screen__key(&screen, 'C');
	arrange();
	SAME(screen.list.lines[0].row->key.pid, 101); /* the most switches */
	screen__key(&screen, 'C');
	arrange();
	SAME(screen.list.lines[0].row->key.pid, 130);
}

Test(screen, the_selected_row_stays_on_its_line)
{
	__u32 pid;

	screen__key(&screen, 'C');
	arrange();
	list__move(&screen.list, 3, 10);
	pid = list__selected(&screen.list)->key.pid;
	SAME(pid, 104);
	screen__key(&screen, 'C'); /* the order turns round: it is far down now */
	arrange();
	SAME(list__selected(&screen.list)->key.pid, pid);
	SAME(screen.list.selected, 26);
	SAME(screen.list.selected - screen.list.top, 6); /* the end of the list: no lower */
	screen__key(&screen, 'C');
	arrange();
	SAME(screen.list.selected, 3);
}

Test(screen, a_pinned_row_is_the_first)
{
	screen__key(&screen, 'C');
	arrange();
	list__move(&screen.list, 7, 10);
	screen__key(&screen, 'p');
	arrange();
	SAME(screen.list.lines[0].row->key.pid, 108);
	cr_expect(screen.list.lines[0].pinned);
	SAME(screen.list.lines[1].row->key.pid, 101);
	screen__key(&screen, 'p');
	arrange();
	SAME(screen.list.lines[0].row->key.pid, 101);
}

Test(screen, a_filter_filters_as_it_is_typed)
{
	screen__key(&screen, '/');
	screen__key(&screen, '1');
	screen__key(&screen, '1');
	arrange();
	SAME(screen.list.count, 10); /* 110 to 119 */
	screen__key(&screen, '5');
	arrange();
	SAME(screen.list.count, 1);
	screen__key(&screen, KEY_OF_BACKSPACE);
	screen__key(&screen, KEY_OF_ENTER);
	screen__key(&screen, 'C'); /* a key again, and no letter */
	arrange();
	SAME(screen.list.count, 10);
	screen__key(&screen, '\\');
	arrange();
	SAME(screen.list.count, 30);
}

Test(screen, a_filter_has_an_end)
{
	int i;

	screen__key(&screen, '/');
	for (i = 0; i < 10000; i++)
		screen__key(&screen, 'x');
	SAME(strlen(screen.list.filter), FILTER_MAX - 1);
	expect_shown("no row matches the filter", true);
}

Test(screen, threads_fold_out_and_in)
{
	screen__key(&screen, 'C');
	arrange();
	SAME(screen.list.count, 30);
	screen__key(&screen, 'H');
	arrange();
	SAME(screen.list.lines[0].row->key.tid, 0);
	cr_expect(screen.list.lines[1].row->key.tid);
	SAME(screen.list.lines[1].row->key.pid, 101);
	SAME(screen.list.lines[1].depth, 1);
	SAME(screen.list.lines[1].row->parent, 101);
	screen__key(&screen, 'H');
	arrange();
	SAME(screen.list.count, 30);
}

Test(screen, opened_and_back)
{
	screen__key(&screen, 'C');
	arrange();
	list__move(&screen.list, 2, 10);
	screen__key(&screen, KEY_OF_ENTER);
	SAME(screen.detail.key.pid, 103);
	take_scene();
	expect_shown("> ", true);
	expect_shown("run-queue wait", true);
	SAME(screen.detail.sum.n[C_VOLUNTARY], scene.summary.processes[2]->row.n[C_VOLUNTARY]);
	screen__key(&screen, KEY_OF_BACKSPACE);
	SAME(screen.detail.key.pid, 0);
	arrange();
	SAME(list__selected(&screen.list)->key.pid, 103);
}

/* The number of a thread's record is not the start of its process. */
Test(screen, a_process_is_opened_from_its_thread)
{
	screen__key(&screen, '2');
	arrange();
	cr_assert(list__selected(&screen.list)->key.tid);
	screen__key(&screen, KEY_OF_ENTER);
	take_scene();
	cr_expect_not(screen.detail.gone);
	SAME(screen.detail.key.start_ns, scene.summary.processes[0]->key.start_ns);
	SAME(screen.detail.sum.n[C_VOLUNTARY], scene.summary.processes[0]->row.n[C_VOLUNTARY]);
	screen__key(&screen, KEY_OF_BACKSPACE);
	arrange();
	cr_expect(list__selected(&screen.list)->key.tid, "back at the thread");
}

Test(screen, groups_are_those_of_the_model)
{
	const struct frame *frame = screen__frame(&screen);
	struct groups groups;

	cr_assert_eq(groups__make(&groups, &scene.summary, BY_COMM), 0);
	SAME(frame->group_count, groups.count);
	SAME(frame->groups[0].processes, groups.sorted[0]->processes);
	cr_expect_float_eq((double)frame->groups[0].figure[COLUMN_CPU],
			   100 * (double)groups.sorted[0]->row.n[C_ONCPU] /
				   (double)scene.summary.duration_ns,
			   0.01);
	groups__free(&groups);
	screen__key(&screen, '3');
	expect_shown("PROCESSES    CPU%   WAIT%    SW/s   TOLL%", true);
	SAME(screen.by, BY_COMM);
	screen__key(&screen, 'g');
	SAME(screen.by, BY_USER);
	expect_shown("NAME", true); /* of that refresh */
	screen__take(&screen, frame__take(&scene.summary, 20000, screen.by));
	expect_shown("USER", true);
	frame = screen__frame(&screen);
	cr_assert_eq(groups__make(&groups, &scene.summary, BY_USER), 0);
	SAME(frame->group_count, groups.count);
	cr_expect_str_eq(frame->groups[0].name, groups.sorted[0]->name);
	groups__free(&groups);
	screen__key(&screen, 'g');
	screen__key(&screen, 'g');
	SAME(screen.by, BY_PARENT);
	screen__key(&screen, 'g');
	SAME(screen.by, BY_COMM);
}

/* ---- time ---- */

Test(screen, paused_it_shows_what_was)
{
	const struct frame *then = screen__frame(&screen);
	int i;

	screen__key(&screen, ' ');
	for (i = 0; i < 5; i++)
		take_scene();
	cr_expect_eq(screen__frame(&screen), then, "the same frame stays");
	SAME(screen.back, 5);
	expect_shown("PAUSED", true);
	screen__key(&screen, ']');
	SAME(screen.back, 4);
	screen__key(&screen, '[');
	screen__key(&screen, '[');
	SAME(screen.back, 5); /* there is nothing before it */
	screen__key(&screen, ' ');
	cr_expect_neq(screen__frame(&screen), then);
	expect_shown("PAUSED", false);
}

Test(screen, history_is_bounded_by_bytes_and_by_number)
{
	struct history history;
	size_t bytes = screen__frame(&screen)->bytes, i;

	cr_assert_eq(history__begin(&history, 10, 3 * bytes + 1), 0);
	for (i = 0; i < 5; i++)
		history__add(&history, frame__take(&scene.summary, 20000, BY_COMM));
	SAME(history.count, 3);
	SAME(history.bytes, 3 * bytes);
	history__end(&history);
	cr_assert_eq(history__begin(&history, 2, 100 * bytes), 0);
	for (i = 0; i < 5; i++)
		history__add(&history, frame__take(&scene.summary, 20000, BY_COMM));
	SAME(history.count, 2);
	history__end(&history);
}

Test(screen, rows_beyond_the_room_are_told)
{
	struct frame *frame = frame__take(&scene.summary, 12, BY_COMM);

	SAME(frame->count, 12);
	cr_expect_gt(frame->left_out, 0);
	frame__free(frame);
}

/* ---- the page ---- */

Test(screen, head_has_the_machines_figures)
{
	double seconds = (double)scene.summary.duration_ns / 1e9;
	char text[64];

	cr_assert_eq(canvas__resize(&canvas, 24, 120), 0);
	snprintf(text, sizeof(text), "%s sw/s",
		 number__short((double)row__switches(scene.summary.system) / seconds).text);
	expect_shown("tasktoll top", true);
	expect_shown("made  2 CPUs", true);
	expect_shown(text, true);
	snprintf(text, sizeof(text),
		 "2 CPUs  in %s: ", number__duration(scene.summary.duration_ns).text);
	expect_shown(text, true);
}

/* Without the host, and with few words: what is at the end of the line is shown, too. */
Test(screen, head_says_its_period_where_there_is_little_room)
{
	char text[64];

	cr_assert_eq(canvas__resize(&canvas, 24, 80), 0);
	snprintf(text, sizeof(text),
		 "tasktoll  2 CPUs  %s: ", number__duration(scene.summary.duration_ns).text);
	expect_shown(text, true);
	expect_shown(" toll ", true);
}

Test(screen, a_pane_says_what_it_shows_if_that_fits)
{
	int pane;

	cr_assert_eq(canvas__resize(&canvas, 24, 200), 0);
	for (pane = 0; pane < PANES; pane++) {
		screen__key(&screen, '1' + pane);
		expect_shown(panes[pane]->about, true);
	}
	screen__key(&screen, '1');
	cr_assert_eq(canvas__resize(&canvas, 24, 80), 0);
	expect_shown("6 wakes  what", false);
	cr_assert_eq(canvas__resize(&canvas, 24, 200), 0);
	screen__key(&screen, ' '); /* that it is paused is more important */
	expect_shown(panes[PANE_processes]->about, false);
	expect_shown("PAUSED", true);
}

Test(screen, every_pane_says_something_at_every_size)
{
	static const int sizes[][2] = {
		{ 8, 40 }, { 15, 60 }, { 24, 80 }, { 60, 200 }, { 100, 400 }
	};
	size_t s;
	int pane;

	for (s = 0; s < ARRAY_SIZE(sizes); s++)
		for (pane = 0; pane < PANES; pane++) {
			char *text;

			cr_assert_eq(canvas__resize(&canvas, sizes[s][0], sizes[s][1]), 0);
			screen__key(&screen, '1' + pane);
			text = shown();
			cr_expect(strstr(text, panes[pane]->name) || sizes[s][1] < 80, "%s", text);
			cr_expect_gt(strlen(text), 100);
			free(text);
			screen__key(&screen, '?');
			free(shown());
			screen__key(&screen, '?');
		}
	cr_assert_eq(canvas__resize(&canvas, 3, 20), 0);
	expect_shown("terminal too small", true);
}

Test(screen, help_explains_the_pane_and_the_column)
{
	screen__key(&screen, 'W');
	screen__key(&screen, '?');
	expect_shown(panes[PANE_processes]->about, true);
	expect_shown(column_infos[COLUMN_WAIT].help, true);
	expect_shown("pin the row", true);
	screen__key(&screen, '?');
	expect_shown("pin the row", false);
}

Test(screen, the_sorted_column_is_always_there)
{
	int i;

	cr_assert_eq(canvas__resize(&canvas, 24, 60), 0);
	for (i = 0; i < COLUMNS; i++) {
		char title[32];

		screen.column = (enum column)i;
		screen.list.sort = (enum column)((i + 1) % COLUMNS);
		screen__key(&screen, 'S');
		snprintf(title, sizeof(title), "v%s", column_infos[i].title);
		expect_shown(title, true);
	}
}

Test(screen, any_keys_in_any_order)
{
	struct chance chance = { 20260117 };
	int i;

	for (i = 0; i < 20000; i++) {
		size_t which = chance__below(&chance, key_count);
		int key = key_infos[which].keys[chance__below(&chance, 3)];

		if (chance__below(&chance, 10) == 0)
			key = (int)chance__below(&chance, 256);
		if (chance__below(&chance, 50) == 0)
			key = KEY_OF_CLICK + (int)chance__below(&chance, 60);
		screen__key(&screen, key);
		if (i % 97 == 0)
			take_scene();
		if (i % 501 == 0)
			cr_assert_eq(canvas__resize(&canvas, (int)chance__below(&chance, 70),
						    (int)chance__below(&chance, 210)),
				     0);
		if (i % 7 == 0)
			screen__draw(&screen, &canvas);
	}
}

/* ---- crashes ---- */

Test(screen, crashes_are_kept_the_newest_first)
{
	struct crash crash = { .at_realtime_ns = 5000000000,
			       .pid = 77,
			       .comm = "boom",
			       .end = { .class = END_CRASH, .signal = 11 },
			       .fan_out = 3,
			       .culprit.no_frames = "lost" };
	int i;

	screen__key(&screen, '5');
	expect_shown("nothing has crashed", true);
	for (i = 0; i < CRASHES_KEPT + 5; i++) {
		crash.pid = (__u32)(1000 + i);
		screen__take_crash(&screen, &crash);
	}
	SAME(screen.crash_count, CRASHES_KEPT);
	SAME(screen.crashes[0].pid, 1104);
	expect_shown("SIGSEGV: 3 down", true);
	screen__key(&screen, KEY_OF_ENTER);
	expect_shown("CRASH", true);
	screen__key(&screen, KEY_OF_BACKSPACE);
	expect_shown("SIGSEGV: 3 down", true);
}
