/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/portrait.h"

#include "core/clock.h"
#include "core/number.h"
#include "view/escape.h"
#include "view/json.h"
#include "view/shapes.h"
#include "view/wakes.h"

#define INDENT	  16
#define WAKE_ROWS 5

static void print_part(FILE *out, const char *name, const char *text)
{
	if (!*text)
		return;
	fprintf(out, "  %-*s", INDENT - 2, name);
	text__wrapped(out, text, INDENT, INDENT);
}

static void print_line(FILE *out, enum portrait_row row, const struct portrait_line *line)
{
	char known[240];

	if (line->samples)
		snprintf(known, sizeof(known), "[%s; %s: %s]", line->known, line->counted,
			 number__count(line->samples).text);
	else
		snprintf(known, sizeof(known), "[%s]", line->known);
	fputc('\n', out);
	print_part(out, portrait_rows[row], line->has);
	print_part(out, "", line->other);
	print_part(out, "", known);
}

static void print_states(FILE *out, const struct shape *shape)
{
	static const char *const names[STATES] = { "on CPU", "waiting for a CPU", "asleep",
						   "uninterruptible", "other" };
	int i;

	fputs("  time of its threads: ", out);
	if (!shape->has_states)
		fputs("n/a", out);
	for (i = 0; i < STATES && shape->has_states; i++)
		fprintf(out, "%s%.1f%% %s",
			i == STATE_DISK ? ",\n    " :
			i		? ", " :
					  "",
			100 * shape__state_share(shape, (enum state)i), names[i]);
	fputc('\n', out);
}

void text__portrait(FILE *out, const struct portrait *portrait)
{
	const struct shape *shape = &portrait->shape;
	int i;

	fputs("tasktoll compare  ", out);
	escape__terminal(out, portrait->target);
	fprintf(out, ", %s, on ", number__duration(shape->duration_ns).text);
	escape__terminal(out, portrait->host);
	fprintf(out, " (%d CPUs), Linux ", shape->cpus);
	escape__terminal(out, portrait->kernel);
	if (portrait->recording) {
		fputs("\n  from the recording ", out);
		escape__terminal(out, portrait->recording);
	}
	fprintf(out, "\n  its shape: %s\n", shape__name(shape));
	print_states(out, shape);
	for (i = 0; i < PORTRAIT_ROWS; i++)
		print_line(out, (enum portrait_row)i, &portrait->rows[i]);
	if (portrait->wakes)
		text__wakes(out, portrait->wakes, WAKE_ROWS);
	text__verdict(out, &portrait->verdict);
}

static json_t *line_to_json(enum portrait_row row, const struct portrait_line *line)
{
	json_t *object = json_object();

	json_object_set_new(object, "row", json_string(portrait_rows[row]));
	json_object_set_new(object, "has", escape__json(line->has));
	json_object_set_new(object, "other",
			    *line->other ? escape__json(line->other) : json_null());
	json_object_set_new(object, "known", escape__json(line->known));
	json__put(object, "samples", line->samples);
	json_object_set_new(object, "samples_are", json_string(line->counted));
	return object;
}

static json_t *isolation_to_json(const struct isolation *isolation)
{
	json_t *object = json_object(), *differ = json_array();
	int i;

	json__put(object, "processes", isolation->processes);
	json__put(object, "unreadable", isolation->unreadable);
	if (isolation->user)
		json_array_append_new(differ, json_string("uid"));
	if (isolation->seccomp)
		json_array_append_new(differ, json_string("seccomp"));
	if (isolation->cgroup)
		json_array_append_new(differ, json_string("cgroup"));
	for (i = 0; i < SPACES; i++) {
		if (isolation->space[i])
			json_array_append_new(differ, json_string(process_spaces[i]));
	}
	json_object_set_new(object, "differ", differ);
	return object;
}

json_t *portrait__to_json(const struct portrait *portrait)
{
	const struct shape *shape = &portrait->shape;
	json_t *object = json_object(), *rows = json_array();
	int i;

	for (i = 0; i < PORTRAIT_ROWS; i++)
		json_array_append_new(rows, line_to_json((enum portrait_row)i, &portrait->rows[i]));
	json_object_set_new(object, "schema", json_string("tasktoll.compare/1"));
	json_object_set_new(object, "host", escape__json(portrait->host));
	json_object_set_new(object, "kernel", escape__json(portrait->kernel));
	json__put(object, "cpus", (__u64)shape->cpus);
	json_object_set_new(object, "target", escape__json(portrait->target));
	json_object_set_new(object, "recording",
			    portrait->recording ? escape__json(portrait->recording) : json_null());
	json_object_set_new(object, "start",
			    json_string(clock__iso8601(portrait->start_realtime_ns).text));
	json__put(object, "duration_ns", shape->duration_ns);
	json__put(object, "oncpu_ns", shape->n[C_ONCPU]);
	json_object_set_new(object, "state_ns", shape__states_to_json(shape));
	json__put(object, "incomplete", shape->incomplete);
	json_object_set_new(object, "figures",
			    shape__rows_to_json(shape, portrait->address_space_ns,
						portrait->from_price_list ? "price list" :
									    "measured"));
	json_object_set_new(object, "wakes",
			    portrait->wakes && shape->has_wakes ? wakes__to_json(portrait->wakes) :
								  json_null());
	json_object_set_new(object, "differences",
			    shape->recorded ? json_null() :
					      isolation_to_json(&portrait->isolation));
	json_object_set_new(object, "rows", rows);
	json_object_set_new(object, "verdict", verdict__to_json(&portrait->verdict));
	return object;
}
