/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "view/escape.h"
#include "view/json.h"

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

int stacks__write_text(FILE *out, const struct profile *profile, const struct top *top,
		       const struct view_options *options)
{
	size_t count, i;
	struct top_stack *stacks = top__take(top, options->rows, &count);

	if (!stacks)
		return -ENOMEM;
	fprintf(out, "tasktoll  %s: %s, %s over %s stack%s\n%s", top->metric->name,
		top->metric->help, weight_text(top->metric, top->total).text,
		number__count(top->paying).text, top->paying == 1 ? "" : "s", count ? "\n" : "");
	if (!count) {
		free(stacks);
		return 0;
	}
	fprintf(out, "  %s%10s  SHARE  STACK, innermost first%s\n", options->color ? "\033[1m" : "",
		"WEIGHT", options->color ? "\033[0m" : "");
	for (i = 0; i < count; i++) {
		const struct profile_stack *at = profile__get_stack(profile, stacks[i].stack);
		const char *between = "";

		fprintf(out, "  %10s %6s  ", weight_text(top->metric, stacks[i].weight).text,
			number__share((double)stacks[i].weight, (double)top->total).text);
		if (!at)
			fputs("(no stack)", out);
		for (; at; at = profile__get_stack(profile, at->caller)) {
			char text[LABEL_BYTES];

			label(profile, at->frame, text);
			fputs(between, out);
			escape__terminal(out, text);
			between = " < ";
		}
		fputc('\n', out);
	}
	if (count < top->paying)
		fprintf(out, "             ... and %s more stacks\n",
			number__count(top->paying - count).text);
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

int stacks__write_json(FILE *out, const struct profile *profile, const struct top *top,
		       const struct view_options *options)
{
	size_t count, i;
	struct top_stack *stacks = top__take(top, options->rows, &count);
	json_t *root = json_object(), *array = json_array();

	if (!stacks)
		return -ENOMEM;
	json_object_set_new(root, "schema", json_string("tasktoll.stacks/1"));
	json_object_set_new(root, "metric", json_string(top->metric->name));
	json_object_set_new(root, "unit", json_string(top->metric->unit));
	json__put(root, "total", top->total);
	json__put(root, "stack_count", top->paying);
	for (i = 0; i < count; i++)
		json_array_append_new(array, stack_object(profile, top, &stacks[i]));
	json_object_set_new(root, "stacks", array);
	free(stacks);
	return json__print_line(out, root);
}
