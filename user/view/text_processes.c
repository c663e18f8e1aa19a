/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of processes, and of their threads, in the columns that fit. */
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "model/machine/group.h"
#include "view/text.h"

#define PID_WIDTH  8
#define NAME_LEAST 16 /* and in a narrow page: */
#define NAME_TIGHT 12
#define NAME_MOST  60

const char *process__title(const struct process *process)
{
	return process->command ? process->command : process->comm;
}

/* What the columns that are asked for leave out, so that those that are shown fit. */
static void columns__cut(struct columns *columns, int room)
{
	size_t i;

	for (i = 0; i < columns->count; i++) {
		room -= column_infos[columns->column[i]].width + 1;
		if (room < 0 && i)
			columns->count = i;
	}
}

static int columns__width(const struct columns *columns)
{
	size_t i;
	int width = 0;

	for (i = 0; i < columns->count; i++)
		width += column_infos[columns->column[i]].width + 1;
	return width;
}

int text__choose_columns(const struct page *page, struct columns *ret_columns)
{
	int least = page->width < VIEW_WIDTH ? NAME_TIGHT : NAME_LEAST;
	int room = page->width - PID_WIDTH - 1 - least, left;

	if (page->options->columns) {
		*ret_columns = *page->options->columns;
		if (!page->options->widens)
			columns__cut(ret_columns, room);
	} else {
		columns__fit(ret_columns, room, (enum column)page->summary->sort->column);
	}
	left = page->width - PID_WIDTH - 1 - columns__width(ret_columns);
	return left < least ? least : left > NAME_MOST ? NAME_MOST : left;
}

struct tasks {
	const struct page *page;
	struct columns columns;
	int name_width;
};

static void tasks__heading(const struct tasks *tasks, const char *first, const char *second)
{
	const struct page *page = tasks->page;
	size_t i;

	text__bold(page, true);
	cell(page, PID_WIDTH, first);
	fprintf(page->out, " %-*s", tasks->name_width, second);
	for (i = 0; i < tasks->columns.count; i++) {
		const struct column_info *info = &column_infos[tasks->columns.column[i]];

		cell(page, info->width + 1, info->title);
	}
	text__bold(page, false);
	fputc('\n', page->out);
}

static void tasks__line(const struct tasks *tasks, const char *id, const char *name, int indent,
			const struct measured *measured)
{
	const struct page *page = tasks->page;
	size_t i;

	cell(page, PID_WIDTH, id);
	fprintf(page->out, " %*s", indent, "");
	cell__name(page, tasks->name_width - indent, name);
	for (i = 0; i < tasks->columns.count; i++) {
		enum column column = tasks->columns.column[i];
		const struct column_info *info = &column_infos[column];

		double figure = info->figure(measured);

		if (!column__is_known(column, page->summary))
			cell(page, info->width + 1, "n/a");
		else
			cell__duration(
				page, info->width + 1,
				column__text(column, figure, summary__samples(page->summary)).text,
				column == COLUMN_WAIT_P99 && figure > 0 ? (__u64)figure : 0);
	}
	fputc('\n', page->out);
}

static bool row__active(const struct row *row)
{
	return row__switches(row) || row__in(row) || row->n[C_ONCPU];
}

static void tasks__threads(const struct tasks *tasks, const struct process *process)
{
	const struct summary *s = tasks->page->summary;
	size_t count, i, shown = 0;
	const struct thread **threads = summary__threads(s, process, &count);

	for (i = 0; i < count && shown < tasks->page->options->rows; i++, shown++) {
		struct measured measured = { &threads[i]->row, s->duration_ns, 1, NULL };

		tasks__line(tasks, number__id(threads[i]->tid).text, threads[i]->comm, 1,
			    &measured);
	}
	count += process->threads_folded;
	if (shown < count)
		fprintf(tasks->page->out, "%*s ... and %s more thread%s\n", PID_WIDTH + 1, "",
			number__count(count - shown).text, count - shown == 1 ? "" : "s");
	free(threads);
}

/* Columns that were asked for and have no room. */
static void tasks__tell_cut(const struct tasks *tasks)
{
	const struct columns *wanted = tasks->page->options->columns;
	const char *between = "";
	struct prose prose;
	FILE *out;
	size_t i;

	if (!wanted || tasks->columns.count == wanted->count)
		return;
	out = prose__begin(&prose);
	fputs("no room for ", out);
	for (i = tasks->columns.count; i < wanted->count; i++) {
		fprintf(out, "%s%s", between, column_infos[wanted->column[i]].name);
		between = ", ";
	}
	fputs(" (a wider terminal, or a file, has it)", out);
	prose__end(&prose, tasks->page, "         ", 9);
}

static void text__groups(const struct page *page)
{
	static const char *const titles[GROUPINGS] = {
		[BY_COMM] = "COMMAND",
		[BY_USER] = "USER",
		[BY_CGROUP] = "CGROUP",
		[BY_PARENT] = "PARENT",
	};
	const struct groups *groups = page->summary->groups;
	struct tasks tasks = { .page = page };
	size_t i, shown = 0, active = 0;

	tasks.name_width = text__choose_columns(page, &tasks.columns);
	tasks__heading(&tasks, "PROCS", titles[groups->by]);
	for (i = 0; i < groups->count; i++) {
		const struct group *group = groups->sorted[i];
		struct measured measured = group__measured(group, page->summary);

		if (page->summary->whole_machine && !row__active(&group->row))
			continue;
		active++;
		if (shown >= page->options->rows)
			continue;
		shown++;
		tasks__line(&tasks, number__short((double)group->processes).text, group->name, 0,
			    &measured);
	}
	if (shown < active)
		fprintf(page->out, "%*s ... and %s more (-n %zu shows them)\n", PID_WIDTH, "",
			number__count(active - shown).text, active);
	tasks__tell_cut(&tasks);
	fputc('\n', page->out);
}

void text__processes(const struct page *page)
{
	const struct summary *s = page->summary;
	struct tasks tasks = { .page = page };
	size_t i, shown = 0, active = 0, all;

	for (i = 0; i < s->process_count; i++)
		active += row__active(&s->processes[i]->row);
	all = s->whole_machine ? active : s->process_count;
	if (!all && !s->folded_processes)
		return;
	if (s->groups) {
		text__groups(page);
		return;
	}
	tasks.name_width = text__choose_columns(page, &tasks.columns);
	tasks__heading(&tasks, "PID", "COMMAND");
	for (i = 0; i < s->process_count && shown < page->options->rows; i++) {
		const struct process *process = s->processes[i];
		struct measured measured = summary__measured(s, process);

		/* a target that was named is shown even if it slept; the idle rest of a machine is not */
		if (s->whole_machine && !row__active(&process->row))
			continue;
		shown++;
		tasks__line(&tasks, number__id(process->key.pid).text, process__title(process), 0,
			    &measured);
		if (s->threads)
			tasks__threads(&tasks, process);
	}
	if (shown < all)
		fprintf(page->out, "%*s ... and %s more process%s (-n %zu shows %s)\n", PID_WIDTH,
			"", number__count(all - shown).text, all - shown == 1 ? "" : "es", all,
			all - shown == 1 ? "it" : "them");
	if (s->folded_processes) {
		struct measured measured = { s->folded, s->duration_ns, 0, NULL };

		tasks__line(&tasks, "", "(ended, together)", 0, &measured);
		fprintf(page->out, "%*s that %s %s process%s\n", PID_WIDTH, "",
			s->folded_processes == 1 ? "is" : "are",
			number__count(s->folded_processes).text,
			s->folded_processes == 1 ? "" : "es");
	}
	tasks__tell_cut(&tasks);
	fputc('\n', page->out);
}
