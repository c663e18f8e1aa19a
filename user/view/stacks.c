/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "model/profile/rootless.h"
#include "view/escape.h"
#include "view/json.h"
#include "view/text.h"

#define LABEL_BYTES 512

/* What a frame is called, as valid text. */
static void label(const struct profile *profile, __u32 frame, char text[LABEL_BYTES])
{
	char bytes[LABEL_BYTES];

	profile__label(profile, frame, bytes, sizeof(bytes));
	utf8__from_bytes(text, LABEL_BYTES, bytes, sizeof(bytes)); /* it may have been cut */
}

static struct number weight_text(const struct metric *metric, __u64 weight)
{
	return strcmp(metric->unit, "count") ? number__duration(weight) : number__count(weight);
}

/* "no unwind information" of "[truncated: no unwind information]". */
static void reason(const struct rootless_reason *reason, char text[LABEL_BYTES])
{
	size_t length;

	utf8__from_bytes(text, LABEL_BYTES, reason->mark + strlen(ROOTLESS_MARK),
			 strlen(reason->mark + strlen(ROOTLESS_MARK)));
	utf8__printable(text);
	length = strlen(text);
	if (length && text[length - 1] == ']')
		text[length - 1] = 0;
}

/* "      27.5ms  33.1%  " */
struct head {
	char text[80];
};

static struct head weight_head(const struct top *top, __u64 weight)
{
	struct head head;

	snprintf(head.text, sizeof(head.text), "  %10s %6s  ",
		 weight_text(top->metric, weight).text,
		 number__share((double)weight, (double)top->total).text);
	return head;
}

/* A line of its own for other programs, however long; on a terminal it goes on below. */
struct line {
	struct prose prose;
	char head[80];
};

static FILE *line__begin(struct line *line, const struct page *page, const char *head)
{
	snprintf(line->head, sizeof(line->head), "%s", head);
	if (!page->options->widens)
		return prose__begin(&line->prose);
	fputs(head, page->out);
	return page->out;
}

static void line__end(struct line *line, const struct page *page)
{
	if (page->options->widens)
		fputc('\n', page->out);
	else
		prose__end(&line->prose, page, line->head, (int)strlen(line->head));
}

/* A stack that ends before its root is no whole one, and nobody is to take it for that. */
static void write_rootless(const struct page *page, const struct rootless *rootless,
			   const struct top *top)
{
	struct line line;
	size_t i;

	if (!rootless->count)
		return;
	fputc('\n', page->out);
	fprintf(line__begin(&line, page, "  "),
		"%s of the weight is on stacks that do not reach their root:",
		number__share((double)rootless->weight, (double)top->total).text);
	line__end(&line, page);
	for (i = 0; i < rootless->count; i++) {
		char text[LABEL_BYTES];

		reason(&rootless->reasons[i], text);
		fputs(text,
		      line__begin(&line, page, weight_head(top, rootless->reasons[i].weight).text));
		line__end(&line, page);
	}
}

static void write_frames(FILE *out, const struct profile *profile, __u32 stack)
{
	const struct profile_stack *at = profile__get_stack(profile, stack);
	const char *between = "";

	if (!at)
		fputs("(no stack)", out);
	for (; at; at = profile__get_stack(profile, at->caller)) {
		char text[LABEL_BYTES];

		label(profile, at->frame, text);
		fputs(between, out);
		escape__terminal(out, text);
		between = " < ";
	}
}

static void write_stack(const struct page *page, const struct profile *profile,
			const struct top *top, const struct top_stack *stack)
{
	struct line line;

	write_frames(line__begin(&line, page, weight_head(top, stack->weight).text), profile,
		     stack->stack);
	line__end(&line, page);
}

int stacks__write_text(FILE *out, const struct profile *profile, const struct top *top,
		       const struct view_options *options)
{
	size_t count, i;
	struct top_stack *stacks = top__take(top, options->rows, &count);
	struct rootless rootless = { 0 };
	const struct page page = page__of(out, NULL, options);
	struct line line;

	if (!stacks || rootless__of(&rootless, profile, top)) {
		free(stacks);
		return -ENOMEM;
	}
	fprintf(line__begin(&line, &page, "tasktoll  "), "%s: %s, %s over %s stack%s",
		top->metric->name, top->metric->help, weight_text(top->metric, top->total).text,
		number__count(top->paying).text, top->paying == 1 ? "" : "s");
	line__end(&line, &page);
	if (count)
		fputc('\n', out);
	if (!count) {
		free(stacks);
		return 0;
	}
	fprintf(out, "  %s%10s  SHARE  STACK, innermost first%s\n", options->color ? "\033[1m" : "",
		"WEIGHT", options->color ? "\033[0m" : "");
	for (i = 0; i < count; i++) {
		write_stack(&page, profile, top, &stacks[i]);
	}
	if (count < top->paying)
		fprintf(out, "             ... and %s more stacks\n",
			number__count(top->paying - count).text);
	write_rootless(&page, &rootless, top);
	rootless__free(&rootless);
	free(stacks);
	return 0;
}

/* See tests/schema/stacks.schema.json. */
static json_t *stack_object(const struct profile *profile, const struct top *top,
			    const struct top_stack *stack)
{
	const struct profile_stack *at = profile__get_stack(profile, stack->stack);
	json_t *object = json_object(), *frames = json_array();

	json__put(object, "weight", stack->weight);
	json_object_set_new(object, "share", json_real((double)stack->weight / (double)top->total));
	for (; at; at = profile__get_stack(profile, at->caller)) {
		char text[LABEL_BYTES];

		label(profile, at->frame, text);
		json_array_append_new(frames, escape__json(text));
	}
	json_object_set_new(object, "frames", frames);
	return object;
}

/* The files that the stacks lie in, with their build IDs where these are known. */
static json_t *modules_array(const struct profile *profile, const struct top_stack *stacks,
			     size_t count)
{
	bool *told = calloc((size_t)profile__module_count(profile) + 1, sizeof(*told));
	json_t *array = json_array();
	size_t i;

	for (i = 0; told && i < count; i++) {
		const struct profile_stack *at = profile__get_stack(profile, stacks[i].stack);

		for (; at; at = profile__get_stack(profile, at->caller)) {
			const struct profile_frame *frame = profile__get_frame(profile, at->frame);
			const struct profile_module *module =
				frame ? profile__get_module(profile, frame->module) : NULL;

			if (!module || module->kind != MODULE_FILE || told[frame->module])
				continue;
			told[frame->module] = true;
			json_array_append_new(array,
					      json_pack("{s:o, s:o}", "path",
							escape__json(module->path), "build_id",
							*module->build_id ?
								escape__json(module->build_id) :
								json_null()));
		}
	}
	free(told);
	return array;
}

static json_t *rootless_object(const struct rootless *rootless, const struct top *top)
{
	json_t *object = json_object(), *reasons = json_array();
	double total = top->total ? (double)top->total : 1;
	size_t i;

	json__put(object, "weight", rootless->weight);
	json_object_set_new(object, "share", json_real((double)rootless->weight / total));
	for (i = 0; i < rootless->count; i++) {
		json_t *entry = json_object();
		char text[LABEL_BYTES];

		reason(&rootless->reasons[i], text);
		json_object_set_new(entry, "why", json_string(text));
		json__put(entry, "weight", rootless->reasons[i].weight);
		json_object_set_new(entry, "share",
				    json_real((double)rootless->reasons[i].weight / total));
		json_array_append_new(reasons, entry);
	}
	json_object_set_new(object, "reasons", reasons);
	return object;
}

int stacks__write_json(FILE *out, const struct profile *profile, const struct top *top,
		       const struct view_options *options)
{
	size_t count, i;
	struct top_stack *stacks = top__take(top, options->rows, &count);
	json_t *root = json_object(), *array = json_array();
	struct rootless rootless = { 0 };

	if (!stacks || rootless__of(&rootless, profile, top)) {
		free(stacks);
		json_decref(root);
		json_decref(array);
		return -ENOMEM;
	}
	json_object_set_new(root, "schema", json_string("tasktoll.stacks/1"));
	json_object_set_new(root, "metric", json_string(top->metric->name));
	json_object_set_new(root, "unit", json_string(top->metric->unit));
	json__put(root, "total", top->total);
	json__put(root, "stack_count", top->paying);
	for (i = 0; i < count; i++)
		json_array_append_new(array, stack_object(profile, top, &stacks[i]));
	json_object_set_new(root, "stacks", array);
	json_object_set_new(root, "modules", modules_array(profile, stacks, count));
	json_object_set_new(root, "rootless", rootless_object(&rootless, top));
	rootless__free(&rootless);
	free(stacks);
	return json__print_line(out, root);
}
