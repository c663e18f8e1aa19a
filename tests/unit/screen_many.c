/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of very many rows: all are there, in order, and the cursor reaches the last. */
#include "screen/list.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#define ROWS   100000
#define HEIGHT 20

static struct frame frame;
static struct list list;

static void begin(void)
{
	size_t i;

	frame.count = ROWS;
	frame.rows = calloc(ROWS, sizeof(*frame.rows));
	cr_assert(frame.rows);
	for (i = 0; i < ROWS; i++) {
		struct frame_row *row = &frame.rows[i];

		row->key = (struct row_key){ i + 1, (__u32)i + 1, 0 };
		row->parent = (__u32)(i / 7); /* a tree that is wide and has a depth, too */
		snprintf(row->name, sizeof(row->name), "row%zu", i);
		row->figure[COLUMN_SWITCHES] = (float)(i * 7919 % ROWS); /* each once */
	}
	list.sort = COLUMN_SWITCHES;
}

static void end(void)
{
	list__free(&list);
	free(frame.rows);
}

TestSuite(screen_many, .init = begin, .fini = end);

Test(screen_many, all_are_there_and_in_order)
{
	size_t i;

	cr_assert_eq(list__arrange(&list, &frame, HEIGHT), 0);
	SAME(list.count, ROWS);
	for (i = 0; i < ROWS; i++)
		cr_assert_eq(list.lines[i].row->figure[COLUMN_SWITCHES], (float)(ROWS - 1 - i));
	list__move(&list, ROWS + 5, HEIGHT);
	SAME(list.selected, ROWS - 1);
	SAME(list.top, ROWS - HEIGHT);
	cr_expect_eq(list__selected(&list)->figure[COLUMN_SWITCHES], 0);
}

Test(screen_many, the_selected_one_stays_when_the_order_is_another)
{
	struct row_key key;

	cr_assert_eq(list__arrange(&list, &frame, HEIGHT), 0);
	list__move(&list, 77777, HEIGHT);
	key = list__selected(&list)->key;
	list.ascending = true;
	cr_assert_eq(list__arrange(&list, &frame, HEIGHT), 0);
	SAME(list.selected, ROWS - 1 - 77777);
	cr_expect(row_key__same(&list__selected(&list)->key, &key));
}

/* Below its parent, wherever that is; nobody twice. */
Test(screen_many, a_tree_has_each_once)
{
	char *seen = calloc(1, ROWS + 1);
	size_t i;

	cr_assert(seen);
	list.tree = true;
	cr_assert_eq(list__arrange(&list, &frame, HEIGHT), 0);
	SAME(list.count, ROWS);
	for (i = 0; i < ROWS; i++) {
		const struct frame_row *row = list.lines[i].row;

		cr_assert(!row->parent || row->parent == row->key.pid || seen[row->parent],
			  "pid %u stands before its parent", row->key.pid);
		cr_assert(!seen[row->key.pid], "pid %u twice", row->key.pid);
		seen[row->key.pid] = 1;
	}
	free(seen);
}

Test(screen_many, a_filter_leaves_those_that_match)
{
	snprintf(list.filter, sizeof(list.filter), "%s", "row9999");
	cr_assert_eq(list__arrange(&list, &frame, HEIGHT), 0);
	SAME(list.count, 11); /* itself, and 99990 to 99999 */
}
