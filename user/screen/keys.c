/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/keys.h"

#include <stdio.h>
#include <string.h>

#include "core/utf8.h"

/* The command says how high the list is when it arranges it; keys use the same figure. */
#define PAGE 10

#define INTERVAL_LEAST 100000000ULL
#define INTERVAL_MOST  60000000000ULL

static bool shows_list(const struct screen *screen)
{
	return panes[screen->pane]->list && !screen->detail.key.pid;
}

/* ---- moving ---- */

static void move(struct screen *screen, long by)
{
	if (screen->crash_open || panes[screen->pane]->scrolls || screen->wants.stacks ||
	    screen->wakers) {
		screen->scroll = (long)screen->scroll + by > 0 ? screen->scroll + (size_t)by : 0;
	} else if (screen->pane == PANE_crashes && !screen->detail.key.pid) {
		long to = (long)screen->crash_selected + by;

		if (to >= (long)screen->crash_count)
			to = (long)screen->crash_count - 1;
		screen->crash_selected = to > 0 ? (size_t)to : 0;
	} else {
		list__move(&screen->list, by, 0);
	}
}

static void key__move(struct screen *screen, int key)
{
	static const struct {
		int key;
		long by;
	} moves[] = { { KEY_OF_UP, -1 },
		      { KEY_OF_DOWN, 1 },
		      { 'k', -1 },
		      { 'j', 1 },
		      { KEY_OF_PAGE_UP, -PAGE },
		      { KEY_OF_PAGE_DOWN, PAGE },
		      { KEY_OF_HOME, -1000000 },
		      { KEY_OF_END, 1000000 } };
	size_t i;

	for (i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if (moves[i].key == key)
			move(screen, moves[i].by);
}

/* ---- panes ---- */

static void leave(struct screen *screen)
{
	detail__close(&screen->detail);
	screen->wants.stacks = screen->wakers = false;
	screen->crash_open = false;
	screen->scroll = 0;
	screen->list.below = 0;
}

static void show(struct screen *screen, enum pane_id pane)
{
	leave(screen);
	screen->pane = pane;
	screen->wants.wakes |= pane == PANE_wakes;
	screen->list.rows = pane == PANE_threads ? ROWS_THREADS : ROWS_PROCESSES;
}

static void key__tab(struct screen *screen, int key)
{
	(void)key;
	show(screen, (enum pane_id)((screen->pane + 1) % PANES));
}

static void key__number(struct screen *screen, int key)
{
	if (key - '1' < PANES)
		show(screen, (enum pane_id)(key - '1'));
}

/* The pane; from there on, the next thing that processes can have in common. */
static void key__groups(struct screen *screen, int key)
{
	(void)key;
	if (screen->pane == PANE_groups && !screen->detail.key.pid)
		screen->by = screen->by + 1 < GROUPINGS ? screen->by + 1 : BY_COMM;
	show(screen, PANE_groups);
}

static void key__open(struct screen *screen, int key)
{
	const struct frame_row *row = list__selected(&screen->list);

	(void)key;
	if (screen->pane == PANE_crashes) {
		screen->crash_open = screen->crash_count > 0;
		screen->scroll = 0;
	} else if (shows_list(screen) && row) {
		detail__open(&screen->detail, row);
		screen->list.below = row->key.pid;
		screen->list.rows = ROWS_THREADS;
		screen->list.has_key = false;
		screen->list.selected = screen->list.top = 0;
	}
}

/* Where one came from, and on the outermost page nowhere. */
static void key__back(struct screen *screen, int key)
{
	(void)key;
	screen->help = false;
	if (screen->detail.key.pid) {
		screen->list.has_key = true;
		screen->list.key = screen->detail.from;
	}
	show(screen, screen->pane);
}

/* ---- order and choice ---- */

static void sort_by(struct screen *screen, enum column column)
{
	struct list *list = &screen->list;

	list->ascending = list->sort == column ? !list->ascending : false;
	list->sort = screen->column = column;
}

static void key__sort(struct screen *screen, int key)
{
	(void)key;
	sort_by(screen, screen->column);
}

static void key__sort_by(struct screen *screen, int key)
{
	sort_by(screen, key == 'P' ? COLUMN_CPU :
			key == 'W' ? COLUMN_WAIT :
			key == 'T' ? COLUMN_TOLL :
				     COLUMN_SWITCHES);
}

static void key__column(struct screen *screen, int key)
{
	int step = key == '.' || key == KEY_OF_RIGHT ? 1 : COLUMNS - 1;

	screen->column = (enum column)((screen->column + step) % COLUMNS);
}

static void key__tree(struct screen *screen, int key)
{
	(void)key;
	screen->list.tree = !screen->list.tree;
}

static void key__threads(struct screen *screen, int key)
{
	(void)key;
	if (shows_list(screen) && screen->pane == PANE_processes)
		screen->list.rows = screen->list.rows == ROWS_PROCESSES ? ROWS_WITH_THREADS :
									  ROWS_PROCESSES;
}

static void key__pin(struct screen *screen, int key)
{
	(void)key;
	list__pin(&screen->list);
}

static void key__filter(struct screen *screen, int key)
{
	(void)key;
	screen->filtering = true;
}

static void key__clear(struct screen *screen, int key)
{
	(void)key;
	*screen->list.filter = '\0';
}

/* ---- time ---- */

static void key__pause(struct screen *screen, int key)
{
	(void)key;
	screen->paused = !screen->paused;
	screen->back = 0;
}

static void key__step(struct screen *screen, int key)
{
	if (!screen->paused)
		return;
	if (key == '[' && screen->back + 1 < screen->history.count)
		screen->back++;
	else if (key == ']' && screen->back)
		screen->back--;
	else if (key == '{')
		screen->back = screen->back + 60 < screen->history.count ?
				       screen->back + 60 :
				       screen->history.count - !!screen->history.count;
	else if (key == '}')
		screen->back -= screen->back < 60 ? screen->back : 60;
}

static void key__interval(struct screen *screen, int key)
{
	__u64 ns = key == '+' ? screen->interval_ns * 2 : screen->interval_ns / 2;

	if (ns >= INTERVAL_LEAST && ns <= INTERVAL_MOST)
		screen->interval_ns = ns;
	snprintf(screen->note, sizeof(screen->note), "a refresh every %.3g s",
		 (double)screen->interval_ns / 1e9);
}

/* ---- the rest ---- */

static void key__attach(struct screen *screen, int key)
{
	const struct frame_row *row = list__selected(&screen->list);

	if (key == 'A') {
		screen->wants.attach = true;
		screen->wants.attach_pid = 0;
	} else if (screen->detail.key.pid || (shows_list(screen) && row)) {
		screen->wants.attach = true;
		screen->wants.attach_pid = screen->detail.key.pid ? screen->detail.key.pid :
								    row->key.pid;
	}
}

static void key__write(struct screen *screen, int key)
{
	(void)key;
	screen->wants.write = true;
}

/* Of the process that is open. */
static void key__stacks(struct screen *screen, int key)
{
	(void)key;
	screen->scroll = 0;
	screen->wakers = false;
	if (screen->detail.key.pid)
		screen->wants.stacks = !screen->wants.stacks;
	else
		snprintf(screen->note, sizeof(screen->note),
			 "open a process with Enter: s takes its stacks");
}

static void key__wakers(struct screen *screen, int key)
{
	(void)key;
	screen->scroll = 0;
	screen->wants.stacks = false;
	screen->wakers = screen->detail.key.pid && !screen->wakers;
	screen->wants.wakes |= screen->wakers;
	if (!screen->detail.key.pid)
		snprintf(screen->note, sizeof(screen->note),
			 "open a process with Enter: u shows who wakes it");
}

static void key__keep(struct screen *screen, int key)
{
	(void)key;
	screen->wants.keep = true;
}

static void key__redraw(struct screen *screen, int key)
{
	(void)key;
	screen->wants.redraw = true;
}

static void key__help(struct screen *screen, int key)
{
	(void)key;
	screen->help = !screen->help;
}

static void key__quit(struct screen *screen, int key)
{
	(void)key;
	screen->wants.quit = true;
}

const struct key_info key_infos[] = {
	{ { KEY_OF_UP, KEY_OF_DOWN }, "arrows, j k", "move", key__move },
	{ { 'j', 'k' }, NULL, NULL, key__move },
	{ { KEY_OF_PAGE_UP, KEY_OF_PAGE_DOWN }, "PgUp PgDn", "a page", key__move },
	{ { KEY_OF_HOME, KEY_OF_END }, "Home End", "first, last", key__move },
	{ { KEY_OF_ENTER }, "Enter", "open the row", key__open },
	{ { KEY_OF_BACKSPACE, KEY_OF_ESCAPE }, "Backspace", "go back", key__back },
	{ { '\t' }, "Tab, 1 to 6", "panes", key__tab },
	{ { '1', '2', '3' }, NULL, NULL, key__number },
	{ { '4', '5', '6' }, NULL, NULL, key__number },
	{ { 'g' }, "g", "groups: by name, user, cgroup, parent", key__groups },
	{ { ',', '.' }, ", .", "choose a column", key__column },
	{ { KEY_OF_LEFT, KEY_OF_RIGHT }, NULL, NULL, key__column },
	{ { 'S' }, "S", "sort by it; again: reverse", key__sort },
	{ { 'P' }, "P", "sort by CPU", key__sort_by },
	{ { 'W' }, "W", "sort by waiting", key__sort_by },
	{ { 'T' }, "T", "sort by toll", key__sort_by },
	{ { 'C' }, "C", "sort by switches", key__sort_by },
	{ { 't' }, "t", "tree", key__tree },
	{ { 'H' }, "H", "threads below processes", key__threads },
	{ { 'p' }, "p", "pin the row, or let it go", key__pin },
	{ { '/' }, "/", "filter by name or id", key__filter },
	{ { '\\' }, "\\", "clear the filter", key__clear },
	{ { ' ' }, "Space", "pause, go on", key__pause },
	{ { '[', ']' }, "[ ]", "paused: step back, forward", key__step },
	{ { '{', '}' }, "{ }", "paused: 60 refreshes", key__step },
	{ { '+', '-' }, "+ -", "longer, shorter interval", key__interval },
	{ { 'a' }, "a", "trace only this process", key__attach },
	{ { 'A' }, "A", "trace everything again", key__attach },
	{ { 'w' }, "w", "write the screen to a file", key__write },
	{ { 's' }, "s", "opened: where it is off CPU", key__stacks },
	{ { 'u' }, "u", "opened: who wakes it", key__wakers },
	{ { 'R' }, "R", "keep ten minutes as a recording", key__keep },
	{ { 'L' - 0x40 }, "Ctrl-L", "draw anew", key__redraw },
	{ { '?', KEY_OF_F1 }, "?", "this page", key__help },
	{ { 'q' }, "q", "quit", key__quit },
};

const size_t key_count = sizeof(key_infos) / sizeof(key_infos[0]);

/* Typed into the filter: it filters as it grows. */
static void type(struct screen *screen, int key)
{
	char *filter = screen->list.filter;
	size_t length = strlen(filter);

	if (key == KEY_OF_ENTER || key == KEY_OF_ESCAPE) {
		screen->filtering = false;
		if (key == KEY_OF_ESCAPE)
			*filter = '\0';
	} else if (key == KEY_OF_BACKSPACE) {
		while (length && (filter[length - 1] & 0xc0) == 0x80)
			filter[--length] = '\0';
		if (length)
			filter[length - 1] = '\0';
	} else if (key >= ' ' && key < 0x100 && length + 1 < FILTER_MAX) {
		filter[length] = (char)key;
		filter[length + 1] = '\0';
	}
}

/* A click selects the row that it hits. */
static void click(struct screen *screen, int row)
{
	long line = row - screen->list_top;

	if (screen->list_top && line >= 0 && screen->list.top + (size_t)line < screen->list.count)
		list__move(&screen->list,
			   (long)screen->list.top + line - (long)screen->list.selected, 0);
}

void screen__key(struct screen *screen, int key)
{
	size_t i, k;

	*screen->note = '\0';
	if (screen->filtering) {
		type(screen, key);
		return;
	}
	if (key >= KEY_OF_CLICK) {
		click(screen, key - KEY_OF_CLICK);
		return;
	}
	if (screen->help && key != 'q') {
		screen->help = key == KEY_OF_LEFT || key == KEY_OF_RIGHT || key == ',' ||
			       key == '.';
		if (!screen->help)
			return;
	}
	for (i = 0; i < key_count; i++)
		for (k = 0; k < 3 && key_infos[i].keys[k]; k++)
			if (key_infos[i].keys[k] == key) {
				key_infos[i].action(screen, key);
				return;
			}
}
