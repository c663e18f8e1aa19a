/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks of a rich profile: the heaviest ones, and as flame graphs in every format. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <view/pprof.pb-c.h>
#include <zlib.h>

#include "../lib/tt.h"
#include "golden.h"
#include "make_rich.h"
#include "unit.h"
#include "view/flame.h"
#include "view/stacks.h"

TestSuite(golden_stacks, .fini = tt__cleanup);

/* ---- the heaviest ---- */

typedef int write_stacks(FILE *out, const struct profile *profile, const struct top *top,
			 const struct view_options *options);

/* By every metric, one after the other. */
static char *heaviest(write_stacks *write)
{
	const struct view_options options = { .rows = 5, .color = true, .widens = true };
	struct rich_profile rich;
	char *text = NULL;
	size_t size, m, i;
	FILE *out = open_memstream(&text, &size);

	rich_profile__make(&rich);
	for (m = 0; m < metric_count; m++) {
		struct top top;

		cr_assert_eq(top__begin(&top, rich.profile, &metrics[m]), 0);
		for (i = 0; i < RICH_SAMPLES; i++)
			top__add(&top, &rich.samples[i]);
		top__finish(&top);
		cr_assert_eq(write(out, rich.profile, &top, &options), 0);
		top__end(&top);
	}
	rich_profile__release(&rich);
	fclose(out);
	return text;
}

Test(golden_stacks, text)
{
	golden__check("stacks.txt", heaviest(stacks__write_text));
}

Test(golden_stacks, json)
{
	golden__check("stacks.json", golden__json_lines(heaviest(stacks__write_json)));
}

/* ---- flame graphs ---- */

static void take(struct flame *flame, const struct rich_profile *rich, __s64 times)
{
	size_t i, w;

	for (i = 0; i < RICH_SAMPLES; i++) {
		struct sample sample = rich->samples[i];

		for (w = 0; w < WEIGHTS; w++)
			sample.weight[w] *= i % 2 ? times : 1;
		cr_assert_eq(flame__take(flame, &sample), 0);
	}
}

/* Of two sides, the second has more of every other sample. */
static char *burn(const struct flame_format *format, struct flame_options options,
		  const char *metric, int sides, size_t *ret_size)
{
	static const struct flame_run runs[2] = {
		{ "vm-1", "the whole machine", 1795521600123456789ULL, 10000000000ULL },
		{ "vm-2", "process 10", 1795525200000000000ULL, 20000000000ULL },
	};
	struct rich_profile rich;
	struct flame *flame;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int side;

	setenv("TZ", "UTC0", 1);
	options.metric = metric__find(metric);
	options.raw = format->raw;
	flame = flame__new(&options);
	rich_profile__make(&rich);
	for (side = 0; side < sides; side++) {
		cr_assert_eq(flame__begin(flame, rich.profile), 0);
		take(flame, &rich, 1 + 2 * side);
	}
	cr_assert_eq(flame__build(flame), 0);
	cr_assert_eq(format->write(out, flame, runs), 0);
	flame__free(flame);
	rich_profile__release(&rich);
	fclose(out);
	if (ret_size)
		*ret_size = size;
	return text;
}

/* By every metric, whose name is a line in between. */
static char *burn_all(struct flame_options options, int sides)
{
	char *text = NULL, *one;
	size_t size, m;
	FILE *out = open_memstream(&text, &size);

	for (m = 0; m < metric_count; m++) {
		one = burn(&flame_folded, options, metrics[m].name, sides, NULL);
		fprintf(out, "-- %s\n%s", metrics[m].name, one);
		free(one);
	}
	fclose(out);
	return text;
}

Test(golden_stacks, folded)
{
	golden__check("folded.txt", burn_all((struct flame_options){ 0 }, 1));
}

Test(golden_stacks, folded_of_two_runs)
{
	golden__check("folded-two.txt", burn_all((struct flame_options){ 0 }, 2));
}

Test(golden_stacks, folded_from_the_inside_by_thread_without_the_kernel)
{
	const struct flame_options options = { .per_thread = true,
					       .no_kernel = true,
					       .reverse = true };

	golden__check("folded-reverse.txt", burn_all(options, 1));
}

/* Style and script are files of their own. */
static char *picture(const char *metric, int sides)
{
	char *text = burn(&flame_svg, (struct flame_options){ 0 }, metric, sides, NULL);

	return golden__cut(golden__cut(text, "<style>", "</style>"), "<script>", "</script>");
}

Test(golden_stacks, svg)
{
	golden__check("flame.svg", picture("offcpu", 1));
}

Test(golden_stacks, svg_of_wakeups)
{
	golden__check("flame-wake.svg", picture("wake", 1));
}

Test(golden_stacks, svg_of_two_runs)
{
	golden__check("flame-two.svg", picture("switches", 2));
}

/* ---- pprof ---- */

static const char *text_of(const Pprof__Profile *profile, __s64 number)
{
	cr_assert_lt((size_t)number, profile->n_string_table);
	return profile->string_table[number];
}

static void print_samples(FILE *out, const Pprof__Profile *profile)
{
	size_t i, k;

	for (i = 0; i < profile->n_sample_type; i++)
		fprintf(out, "sample_type: %s %s\n",
			text_of(profile, profile->sample_type[i]->type),
			text_of(profile, profile->sample_type[i]->unit));
	for (i = 0; i < profile->n_sample; i++) {
		const Pprof__Sample *sample = profile->sample[i];

		fputs("sample:", out);
		for (k = 0; k < sample->n_location_id; k++)
			fprintf(out, " %" PRIu64, sample->location_id[k]);
		fputs(" |", out);
		for (k = 0; k < sample->n_value; k++)
			fprintf(out, " %" PRId64, sample->value[k]);
		fputs(" |", out);
		for (k = 0; k < sample->n_label; k++)
			fprintf(out, " %s=%s,%" PRId64, text_of(profile, sample->label[k]->key),
				text_of(profile, sample->label[k]->str), sample->label[k]->num);
		fputc('\n', out);
	}
}

static void print_places(FILE *out, const Pprof__Profile *profile)
{
	size_t i, k;

	for (i = 0; i < profile->n_mapping; i++) {
		const Pprof__Mapping *mapping = profile->mapping[i];

		fprintf(out,
			"mapping: %" PRIu64 " %" PRIx64 "-%" PRIx64 " offset %" PRIx64
			" %s build_id %s functions %d inline %d\n",
			mapping->id, mapping->memory_start, mapping->memory_limit,
			mapping->file_offset, text_of(profile, mapping->filename),
			text_of(profile, mapping->build_id), mapping->has_functions,
			mapping->has_inline_frames);
	}
	for (i = 0; i < profile->n_location; i++) {
		const Pprof__Location *location = profile->location[i];

		fprintf(out,
			"location: %" PRIu64 " mapping %" PRIu64 " address %" PRIx64 " functions",
			location->id, location->mapping_id, location->address);
		for (k = 0; k < location->n_line; k++)
			fprintf(out, " %" PRIu64, location->line[k]->function_id);
		fputc('\n', out);
	}
	for (i = 0; i < profile->n_function; i++)
		fprintf(out, "function: %" PRIu64 " %s, system %s, file %s\n",
			profile->function[i]->id, text_of(profile, profile->function[i]->name),
			text_of(profile, profile->function[i]->system_name),
			text_of(profile, profile->function[i]->filename));
}

static char *unpacked(int sides)
{
	size_t room = 1 << 20, size, i;
	char *text = NULL, *zipped;
	unsigned char *plain = malloc(room);
	z_stream zip = { .next_out = plain, .avail_out = (uInt)room };
	Pprof__Profile *profile;
	FILE *out = open_memstream(&text, &size);

	zipped = burn(&flame_pprof, (struct flame_options){ 0 }, "runq", sides, &size);
	zip.next_in = (unsigned char *)zipped;
	zip.avail_in = (uInt)size;
	cr_assert_eq(inflateInit2(&zip, 16 + MAX_WBITS), Z_OK);
	cr_assert_eq(inflate(&zip, Z_FINISH), Z_STREAM_END);
	profile = pprof__profile__unpack(NULL, zip.total_out, plain);
	cr_assert_not_null(profile);
	inflateEnd(&zip);
	print_samples(out, profile);
	print_places(out, profile);
	fprintf(out, "time_nanos: %" PRId64 "\nduration_nanos: %" PRId64 "\n", profile->time_nanos,
		profile->duration_nanos);
	for (i = 0; i < profile->n_comment; i++)
		fprintf(out, "comment: %s\n", text_of(profile, profile->comment[i]));
	fprintf(out, "default_sample_type: %s\n", text_of(profile, profile->default_sample_type));
	pprof__profile__free_unpacked(profile, NULL);
	free(plain);
	free(zipped);
	fclose(out);
	return text;
}

Test(golden_stacks, pprof)
{
	golden__check("pprof.txt", unpacked(1));
}

Test(golden_stacks, pprof_of_two_runs)
{
	golden__check("pprof-two.txt", unpacked(2));
}
