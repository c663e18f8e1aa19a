/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two runs side by side as an object: see tests/schema/diff.schema.json. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "view/diff.h"
#include "view/escape.h"
#include "view/json.h"
#include "view/stacks.h"

static json_t *number_or_null(double value)
{
	return isnan(value) ? json_null() : json_real(value);
}

static void put_pair(json_t *object, const char *name, double a, double b)
{
	json_t *pair = json_object();

	json_object_set_new(pair, "a", number_or_null(a));
	json_object_set_new(pair, "b", number_or_null(b));
	json_object_set_new(object, name, pair);
}

static void put_figures(json_t *object, const struct compare *compare, const struct row *a,
			const struct row *b)
{
	size_t i;

	for (i = 0; i < FIGURES; i++)
		put_pair(object, figures[i].name, figure__of(&figures[i], compare, 0, a),
			 figure__of(&figures[i], compare, 1, b));
}

static json_t *side_object(const struct compare_side *side, const char *name)
{
	json_t *object = json_object();

	json_object_set_new(object, "file", escape__json(name));
	json_object_set_new(object, "host", escape__json(side->host));
	json_object_set_new(object, "kernel", escape__json(side->kernel));
	json_object_set_new(object, "target", escape__json(side->target));
	json__put(object, "duration_ns", side->duration_ns);
	json__put(object, "cpus", (__u64)side->cpus);
	json__put(object, "sampled", side->sampled ? side->sampled : 1);
	return object;
}

static json_t *doubts_array(const struct compare *compare)
{
	struct doubts doubts;
	json_t *array = json_array();
	int i;

	doubts__find(&doubts, compare);
	for (i = 0; i < doubts.count; i++)
		json_array_append_new(array, escape__json(doubts.text[i]));
	return array;
}

static json_t *time_object(const struct compare *compare)
{
	json_t *object = json_object();
	int i;

	put_pair(object, "cpus_used", diff__cpus_used(compare, 0), diff__cpus_used(compare, 1));
	for (i = 0; i < STATES; i++)
		put_pair(object, state_names[i], diff__state_share(compare, 0, (enum state)i),
			 diff__state_share(compare, 1, (enum state)i));
	return object;
}

int diff__write_json(FILE *out, const struct compare *compare, const char *const names[2],
		     const struct view_options *options)
{
	const struct compare_side *side = compare->side;
	size_t count, i;
	const struct compared **all = compare__take(compare, &count);
	json_t *root = json_object(), *system = json_object(), *processes = json_array();

	(void)options;
	if (!all)
		return -ENOMEM;
	json_object_set_new(root, "schema", json_string("tasktoll.diff/1"));
	json_object_set_new(root, "a", side_object(&side[0], names[0]));
	json_object_set_new(root, "b", side_object(&side[1], names[1]));
	json_object_set_new(root, "not_comparable", doubts_array(compare));
	json_object_set_new(root, "time", time_object(compare));
	put_figures(system, compare, &side[0].system, &side[1].system);
	put_pair(system, "created_per_s", compare__rate(compare, 0, side[0].created),
		 compare__rate(compare, 1, side[1].created));
	put_pair(system, "executed_per_s", compare__rate(compare, 0, side[0].executed),
		 compare__rate(compare, 1, side[1].executed));
	put_pair(system, "crashed_per_s", compare__rate(compare, 0, side[0].crashed),
		 compare__rate(compare, 1, side[1].crashed));
	json_object_set_new(root, "system", system);
	for (i = 0; i < count; i++) {
		json_t *object = json_object();

		json_object_set_new(object, "comm", escape__json(all[i]->comm));
		put_figures(object, compare, &all[i]->row[0], &all[i]->row[1]);
		json_array_append_new(processes, object);
	}
	json_object_set_new(root, "processes", processes);
	free(all);
	return json__print_line(out, root);
}
