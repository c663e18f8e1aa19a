/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * speedscope's own format (https://www.speedscope.app/file-format-schema.json): names once, then
 * for each run a profile of samples, which are lists of their numbers, outermost first, and weights.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view/escape.h"
#include "view/flame.h"

static void put_json(FILE *out, const char *text)
{
	json_t *value = escape__json(text);

	json_dumpf(value, out, JSON_ENCODE_ANY);
	json_decref(value);
}

/* The numbers of names, in the order in which the tree has them; 0: not used. */
struct frames {
	__u32 *number; /* by name, from 1 */
	__u32 names, count;
};

static int frames__make(struct frames *frames, const struct flame *flame)
{
	__u32 node = FLAME_ROOT, depth = 0;

	while ((node = flame__next_node(flame, node, &depth))) {
		__u32 name = flame__get_node(flame, node)->name;

		frames->names = name > frames->names ? name : frames->names;
	}
	frames->number = calloc(frames->names + 1UL, sizeof(*frames->number));
	return frames->number ? 0 : -ENOMEM;
}

static void frames__put(struct frames *frames, FILE *out, const struct flame *flame)
{
	__u32 node = FLAME_ROOT, depth = 0;

	fputs("\"shared\":{\"frames\":[", out);
	while ((node = flame__next_node(flame, node, &depth))) {
		__u32 *number = &frames->number[flame__get_node(flame, node)->name];

		if (*number)
			continue;
		fputs(frames->count ? ",\n{\"name\":" : "\n{\"name\":", out);
		*number = ++frames->count;
		put_json(out, flame__name_of(flame, node)->text);
		fputc('}', out);
	}
	fputs("\n]}", out);
}

/* From the task to the node. */
static void put_path(FILE *out, const struct flame *flame, const struct frames *frames, __u32 node)
{
	const struct flame_node *at = flame__get_node(flame, node);

	if (at->parent != FLAME_ROOT) {
		put_path(out, flame, frames, at->parent);
		fputc(',', out);
	}
	fprintf(out, "%u", frames->number[at->name] - 1);
}

enum list { SAMPLES, WEIGHTS_OF_THEM };

/* Weights below 0 occur in damaged recordings only.  Returns the sum. */
static __u64 put_list(FILE *out, const struct flame *flame, const struct frames *frames, int side,
		      enum list list)
{
	__u32 node = FLAME_ROOT, depth = 0;
	const char *between = "";
	__u64 sum = 0;

	while ((node = flame__next_node(flame, node, &depth))) {
		__s64 self = flame__self_of(flame, node, side);

		if (self <= 0)
			continue;
		fputs(between, out);
		between = ",\n";
		sum += (__u64)self;
		if (list == WEIGHTS_OF_THEM) {
			fprintf(out, "%lld", self);
			continue;
		}
		fputc('[', out);
		put_path(out, flame, frames, node);
		fputc(']', out);
	}
	return sum;
}

static void put_profile(FILE *out, const struct flame *flame, const struct frames *frames,
			const struct flame_run *run, int side)
{
	const struct metric *metric = flame__options(flame)->metric;
	char name[512];
	__u64 sum;

	snprintf(name, sizeof(name), "%s: %s, %s", metric->name, metric->help, run->target);
	fputs("{\"type\":\"sampled\",\"name\":", out);
	put_json(out, name);
	fprintf(out, ",\"unit\":\"%s\",\"startValue\":0,\"samples\":[\n",
		strcmp(metric->unit, "nanoseconds") ? "none" : "nanoseconds");
	put_list(out, flame, frames, side, SAMPLES);
	fputs("],\n\"weights\":[", out);
	sum = put_list(out, flame, frames, side, WEIGHTS_OF_THEM);
	fprintf(out, "],\n\"endValue\":%llu}", sum);
}

static int speedscope__write(FILE *out, const struct flame *flame, const struct flame_run *runs)
{
	struct frames frames = { 0 };
	char name[512];
	int err = frames__make(&frames, flame), side;

	if (err)
		return err;
	snprintf(name, sizeof(name), "%s on %s", runs[0].target, runs[0].host);
	fputs("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n"
	      "\"exporter\":\"tasktoll " TASKTOLL_VERSION "\",\"name\":",
	      out);
	put_json(out, name);
	fputs(",\"activeProfileIndex\":0,\n", out);
	frames__put(&frames, out, flame);
	fputs(",\n\"profiles\":[\n", out);
	for (side = 0; side < flame__sides(flame); side++) {
		if (side)
			fputs(",\n", out);
		put_profile(out, flame, &frames, &runs[side], side);
	}
	fputs("\n]}\n", out);
	free(frames.number);
	return 0;
}

const struct flame_format flame_speedscope = {
	.name = "speedscope",
	.suffixes = ".speedscope.json .speedscope",
	.help = "JSON for speedscope, with the unit",
	.more = "With `--diff` each run is a profile.  A sample is what a path has in all, not an event in time: "
		"look at it as `Left Heavy` or `Sandwich`.",
	.write = speedscope__write,
};
