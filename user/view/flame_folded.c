/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folded stacks: "task;frame;frame WEIGHT", one a line, as flamegraph.pl, inferno
 * and speedscope read them; of two runs "... WEIGHT WEIGHT", as difffolded.pl
 * writes them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view/flame.h"

/* The path to the current node: text, and where it ends at each depth. */
struct path {
	char *text;
	size_t room;
	size_t *ends; /* of the path at depth 0, 1, ... */
	__u32 depths;
};

static int path__make_room(struct path *path, size_t room, __u32 depth)
{
	if (depth >= path->depths) {
		size_t *grown = reallocarray(path->ends, 2UL * depth + 64, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		path->ends = grown;
		path->depths = 2 * depth + 64;
	}
	if (room > path->room) {
		char *grown = realloc(path->text, 2 * room);

		if (!grown)
			return -ENOMEM;
		path->text = grown;
		path->room = 2 * room;
	}
	return 0;
}

static int path__set(struct path *path, __u32 depth, const struct flame_name *name)
{
	size_t from = depth > 1 ? path->ends[depth - 1] : 0, i;
	char *to;

	if (path__make_room(path, from + name->length + 2, depth))
		return -ENOMEM;
	if (depth > 1)
		path->text[from++] = ';';
	to = path->text + from;
	for (i = 0; i < name->length; i++)
		to[i] = name->text[i] == ';' ? ':' : name->text[i];
	to[name->length] = 0;
	path->ends[depth] = from + name->length;
	return 0;
}

/* Readers take a number behind a space for a weight, also one that is in a name. */
static size_t path__number_at(const struct path *path, size_t end)
{
	size_t at = end;

	while (at > 0 && strchr("0123456789.", path->text[at - 1]))
		at--;
	return at < end && at > 0 && path->text[at - 1] == ' ' ? at - 1 : end;
}

static void path__write(FILE *out, const struct path *path, __u32 depth, const __s64 self[2],
			int sides)
{
	size_t end = path->ends[depth], space = path__number_at(path, end);
	int side;

	fwrite(path->text, 1, space, out);
	if (space < end) {
		fputc('_', out);
		fwrite(path->text + space + 1, 1, end - space - 1, out);
	}
	for (side = 0; side < sides; side++)
		fprintf(out, " %lld", self[side]);
	fputc('\n', out);
}

static int folded__write(FILE *out, const struct flame *flame, const struct flame_run *runs)
{
	struct path path = { 0 };
	__u32 depth = 0, node;
	int err = 0;

	(void)runs;
	for (node = flame__next_node(flame, FLAME_ROOT, &depth); node && !err;
	     node = flame__next_node(flame, node, &depth)) {
		__s64 self[2] = { flame__self_of(flame, node, 0), flame__self_of(flame, node, 1) };

		err = path__set(&path, depth, flame__name_of(flame, node));
		if (!err && (self[0] || self[1]))
			path__write(out, &path, depth, self, flame__sides(flame));
	}
	free(path.text);
	free(path.ends);
	return err;
}

const struct flame_format flame_folded = {
	.name = "folded",
	.suffixes = ".folded .collapsed .txt",
	.help = "a line for each path, with its weight",
	.more = "For flamegraph.pl, inferno and speedscope.  In names, `;` is replaced by `:`, and "
		"characters that are not printable are marked: see `tasktoll-output`(5).",
	.write = folded__write,
};
