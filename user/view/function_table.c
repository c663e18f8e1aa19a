/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/function_table.h"

#include <string.h>

#include "core/number.h"
#include "view/escape.h"
#include "view/json.h"

/* Weights below 0 occur in damaged recordings only. */
static __u64 positive(__s64 weight)
{
	return weight > 0 ? (__u64)weight : 0;
}

static struct number weight_text(const struct metric *metric, __s64 weight)
{
	return strcmp(metric->unit, "count") ? number__duration(positive(weight)) :
					       number__count(positive(weight));
}

static void put_weight(FILE *out, const struct function_sums *functions,
		       const struct metric *metric, __s64 weight)
{
	fprintf(out, "  %10s %6s", weight_text(metric, weight).text,
		number__share((double)positive(weight), (double)positive(functions->total)).text);
}

int function_table__write_text(FILE *out, const struct function_sums *functions,
			       const struct metric *metric, const struct view_options *options)
{
	size_t count = functions->count < options->rows ? functions->count : options->rows, i;

	fprintf(out, "tasktoll  %s: %s, %s in %s function%s\n\n", metric->name, metric->help,
		weight_text(metric, functions->total).text, number__count(functions->count).text,
		functions->count == 1 ? "" : "s");
	if (count)
		fprintf(out, "%s  %10s  SHARE  %10s  SHARE  FUNCTION%s\n",
			options->color ? "\033[1m" : "", "SELF", "TOTAL",
			options->color ? "\033[0m" : "");
	for (i = 0; i < count; i++) {
		put_weight(out, functions, metric, functions->all[i].self);
		put_weight(out, functions, metric, functions->all[i].total);
		fputs("  ", out);
		escape__terminal(out, functions->all[i].name->text);
		fputc('\n', out);
	}
	if (count < functions->count)
		fprintf(out, "  ... and %s more functions (-n %zu shows them)\n",
			number__count(functions->count - count).text, functions->count);
	return 0;
}

/* See tests/schema/functions.schema.json. */
int function_table__write_json(FILE *out, const struct function_sums *functions,
			       const struct metric *metric, const struct view_options *options)
{
	json_t *root = json_object(), *all = json_array();
	size_t i;

	(void)options;
	json_object_set_new(root, "schema", json_string("tasktoll.functions/1"));
	json_object_set_new(root, "metric", json_string(metric->name));
	json_object_set_new(root, "unit", json_string(metric->unit));
	json__put(root, "total", positive(functions->total));
	for (i = 0; i < functions->count; i++) {
		json_t *object = json_object();

		json_object_set_new(object, "function", escape__json(functions->all[i].name->text));
		json__put(object, "self", positive(functions->all[i].self));
		json__put(object, "total", positive(functions->all[i].total));
		json_array_append_new(all, object);
	}
	json_object_set_new(root, "functions", all);
	return json__print_line(out, root);
}

int function_table__write_csv(FILE *out, const struct function_sums *functions,
			      const struct metric *metric, const struct view_options *options)
{
	size_t i;

	(void)options;
	fputs("metric,unit,function,self,total\n", out);
	for (i = 0; i < functions->count; i++) {
		fprintf(out, "%s,%s,", metric->name, metric->unit);
		escape__csv(out, functions->all[i].name->text);
		fprintf(out, ",%llu,%llu\n", positive(functions->all[i].self),
			positive(functions->all[i].total));
	}
	return 0;
}
