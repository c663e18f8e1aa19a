/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pprof's profile, read back with the same description. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "make_flame.h"
#include "unit.h"
#include "view/pprof.h"

static Pprof__Profile *read_back(struct fire *fire)
{
	size_t size, room = 1 << 20;
	char *zipped = fire__show(fire, &flame_pprof, &size);
	unsigned char *plain = malloc(room);
	z_stream zip = { .next_in = (unsigned char *)zipped,
			 .avail_in = (uInt)size,
			 .next_out = plain,
			 .avail_out = (uInt)room };
	Pprof__Profile *profile;

	cr_assert_eq(inflateInit2(&zip, 16 + MAX_WBITS), Z_OK);
	cr_assert_eq(inflate(&zip, Z_FINISH), Z_STREAM_END);
	profile = pprof__profile__unpack(NULL, zip.total_out, plain);
	cr_assert_not_null(profile);
	inflateEnd(&zip);
	free(plain);
	free(zipped);
	return profile;
}

static const char *text(const Pprof__Profile *profile, __s64 number)
{
	cr_assert_lt(number, (__s64)profile->n_string_table);
	return profile->string_table[number];
}

static const Pprof__Location *location(const Pprof__Profile *profile, __u64 id)
{
	size_t i;

	for (i = 0; i < profile->n_location; i++) {
		if (profile->location[i]->id == id)
			return profile->location[i];
	}
	cr_assert_fail("no location %llu", id);
	return NULL;
}

static const char *function(const Pprof__Profile *profile, __u64 id)
{
	size_t i;

	for (i = 0; i < profile->n_function; i++) {
		if (profile->function[i]->id == id)
			return text(profile, profile->function[i]->name);
	}
	cr_assert_fail("no function %llu", id);
	return NULL;
}

/* "inner<outer comm=web" and so on, in one line. */
static void describe(const Pprof__Profile *profile, const Pprof__Sample *sample, char *out,
		     size_t capacity)
{
	FILE *page = fmemopen(out, capacity, "w");
	size_t i, l;

	for (i = 0; i < sample->n_location_id; i++) {
		const Pprof__Location *at = location(profile, sample->location_id[i]);

		for (l = 0; l < at->n_line; l++)
			fprintf(page, "%s%s", i || l ? "<" : "",
				function(profile, at->line[l]->function_id));
	}
	for (i = 0; i < sample->n_label; i++) {
		const Pprof__Label *label = sample->label[i];

		if (label->str)
			fprintf(page, " %s=%s", text(profile, label->key),
				text(profile, label->str));
		else
			fprintf(page, " %s=%lld", text(profile, label->key), (long long)label->num);
	}
	for (i = 0; i < sample->n_value; i++)
		fprintf(page, " %lld", (long long)sample->value[i]);
	fclose(page);
}

static void expect_sample(const Pprof__Profile *profile, size_t i, const char *expected)
{
	char line[512] = "";

	cr_assert_lt(i, profile->n_sample);
	describe(profile, profile->sample[i], line, sizeof(line));
	SAME_TEXT(line, expected);
}

static const struct flame_options raw = { .raw = true };

Test(view_flame_pprof, has_every_metric_and_the_thread_of_each_sample)
{
	struct fire fire;
	Pprof__Profile *profile;

	fire__begin(&fire, "sleep", raw);
	fire__sample(&fire, 11, "main + loop + step > read@k", WEIGHT_SLEEP, 5);
	fire__sample(&fire, 11, "main + loop + step > read@k", WEIGHT_SWITCHES, 2);
	fire__sample(&fire, 21, "?x", WEIGHT_SLEEP, 7);
	profile = read_back(&fire);
	SAME_TEXT(text(profile, 0), "");
	cr_assert_eq(profile->n_sample_type, 3);
	SAME_TEXT(text(profile, profile->sample_type[0]->type), "offcpu");
	SAME_TEXT(text(profile, profile->sample_type[0]->unit), "nanoseconds");
	SAME_TEXT(text(profile, profile->sample_type[1]->type), "sleep");
	SAME_TEXT(text(profile, profile->sample_type[2]->type), "switches");
	SAME_TEXT(text(profile, profile->sample_type[2]->unit), "count");
	SAME_TEXT(text(profile, profile->default_sample_type), "sleep");
	SAME(profile->time_nanos, 1795521600123456789ULL);
	SAME(profile->duration_nanos, 10000000000ULL);
	cr_assert_eq(profile->n_sample, 2);
	expect_sample(profile, 0, "read<step<loop<main pid=10 tid=11 comm=web 5 5 2");
	SAME_TEXT(text(profile, profile->mapping[0]->filename), "vm");
	cr_assert_eq(profile->n_comment, 1);
	SAME_TEXT(text(profile, profile->comment[0]), "tasktoll: the whole machine on vm");
	pprof__profile__free_unpacked(profile, NULL);
	fire__end(&fire);
}

Test(view_flame_pprof, mappings_have_files_and_build_ids)
{
	struct fire fire;
	Pprof__Profile *profile;
	const Pprof__Location *at;

	fire__begin(&fire, "sleep", raw);
	fire__sample(&fire, 11, "main > read@k", WEIGHT_SLEEP, 5);
	profile = read_back(&fire);
	cr_assert_eq(profile->n_mapping, 3);
	SAME_TEXT(text(profile, profile->mapping[1]->filename), "/usr/bin/app");
	SAME_TEXT(text(profile, profile->mapping[1]->build_id), "c0ffee");
	SAME_TEXT(text(profile, profile->mapping[2]->filename), "[kernel]");
	at = location(profile, profile->sample[0]->location_id[1]);
	SAME(at->mapping_id, profile->mapping[1]->id);
	SAME(profile->mapping[1]->memory_limit, at->address + 1);
	at = location(profile, profile->sample[0]->location_id[0]);
	SAME(at->mapping_id, profile->mapping[2]->id);
	SAME(profile->mapping[2]->memory_limit, at->address + 1);
	pprof__profile__free_unpacked(profile, NULL);
	fire__end(&fire);
}

Test(view_flame_pprof, wakeups_have_samples_of_their_own)
{
	struct fire fire;
	Pprof__Profile *profile;

	fire__begin(&fire, "wake", raw);
	fire__sample(&fire, 11, "main > read", WEIGHT_SLEEP, 5);
	fire__wakeup(&fire, 11, "main > read", "=db > write > wake@k", 2);
	fire__wakeup(&fire, 11, NULL, NULL, 4);
	profile = read_back(&fire);
	cr_assert_eq(profile->n_sample_type, 3); /* offcpu, sleep, wake */
	cr_assert_eq(profile->n_sample, 3);
	expect_sample(profile, 0, "read<main pid=10 tid=11 comm=web 5 5 0");
	expect_sample(profile, 1, "db<write<wake<--<read<main pid=10 tid=11 comm=web 0 0 2");
	expect_sample(profile, 2, "[unknown]<--<[unknown] pid=10 tid=11 comm=web 0 0 4");
	pprof__profile__free_unpacked(profile, NULL);
	fire__end(&fire);
}

Test(view_flame_pprof, of_two_runs_it_is_the_difference)
{
	struct fire fire;
	Pprof__Profile *profile;

	fire__begin(&fire, "sleep", raw);
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 5);
	fire__compare(&fire);
	fire__sample(&fire, 11, "main", WEIGHT_SLEEP, 7);
	profile = read_back(&fire);
	expect_sample(profile, 0, "main pid=10 tid=11 comm=web pprof::base=true -5 -5");
	expect_sample(profile, 1, "main pid=10 tid=11 comm=web 7 7");
	SAME(profile->duration_nanos, 20000000000ULL);
	cr_assert_eq(profile->n_function, 1);
	pprof__profile__free_unpacked(profile, NULL);
	fire__end(&fire);
}

Test(view_flame_pprof, filters_and_leaves_the_kernel_out)
{
	static const __u32 tids[] = { 21 };
	struct flame_options options = { .raw = true,
					 .no_kernel = true,
					 .filter = { .tids = tids, .tid_count = 1 } };
	struct fire fire;
	Pprof__Profile *profile;

	fire__begin(&fire, "sleep", options);
	fire__sample(&fire, 11, "main > read@k", WEIGHT_SLEEP, 5);
	fire__sample(&fire, 21, "main > read@k", WEIGHT_SLEEP, 6);
	fire__sample(&fire, 21, "read@k", WEIGHT_SLEEP, 7);
	profile = read_back(&fire);
	cr_assert_eq(profile->n_sample, 2);
	expect_sample(profile, 0, "main pid=20 tid=21 comm=cron 6 6");
	expect_sample(profile, 1, "cron pid=20 tid=21 comm=cron 7 7");
	pprof__profile__free_unpacked(profile, NULL);
	fire__end(&fire);
}

/* Functions of source files have file and line in fields of their own, and lie in no mapping. */
Test(view_flame_pprof, source_files)
{
	const Pprof__Location *first, *second;
	struct fire fire;
	Pprof__Profile *profile;
	size_t i;

	fire__begin(&fire, "sleep", raw);
	fire__sample(&fire, 11, "main > run^/srv/app.py:7 > run^/srv/app.py:9", WEIGHT_SLEEP, 5);
	profile = read_back(&fire);
	cr_assert_eq(profile->sample[0]->n_location_id, 3);
	first = location(profile, profile->sample[0]->location_id[0]);
	second = location(profile, profile->sample[0]->location_id[1]);
	SAME(first->line[0]->line, 9);
	SAME(second->line[0]->line, 7);
	SAME(first->mapping_id, 0);
	SAME(first->line[0]->function_id, second->line[0]->function_id);
	for (i = 0; profile->function[i]->id != first->line[0]->function_id; i++)
		cr_assert_lt(i + 1, profile->n_function);
	SAME_TEXT(text(profile, profile->function[i]->name), "run");
	SAME_TEXT(text(profile, profile->function[i]->filename), "/srv/app.py");
	pprof__profile__free_unpacked(profile, NULL);
	fire__end(&fire);
}

/* Texts that fill what is zipped at once to the byte, that go over, and that need it several times. */
Test(view_flame_pprof, texts_of_any_length)
{
	static const size_t lengths[] = { 1, 32000, 756, 32764, 32763, 5, 32768, 32769, 70001 };
	static const size_t count = ARRAY_SIZE(lengths);
	static struct pprof pprof;
	static unsigned char plain[1 << 20];
	z_stream zip = { .next_out = plain, .avail_out = sizeof(plain) };
	char *zipped, *text = malloc(70002);
	Pprof__Profile *profile;
	size_t size, i;
	FILE *out = open_memstream(&zipped, &size);

	cr_assert_eq(pprof__open(&pprof, out), 0);
	for (i = 0; i < count; i++) {
		memset(text, 'a' + (int)i, lengths[i]);
		text[lengths[i]] = 0;
		SAME(pprof__text(&pprof, text), i + 1);
		SAME(pprof__text(&pprof, text), i + 1);
	}
	cr_assert_eq(pprof__close(&pprof), 0);
	fclose(out);
	zip.next_in = (unsigned char *)zipped;
	zip.avail_in = (uInt)size;
	cr_assert_eq(inflateInit2(&zip, 16 + MAX_WBITS), Z_OK);
	cr_assert_eq(inflate(&zip, Z_FINISH), Z_STREAM_END);
	profile = pprof__profile__unpack(NULL, zip.total_out, plain);
	cr_assert_not_null(profile);
	cr_assert_eq(profile->n_string_table, count + 1);
	SAME(profile->string_table[0][0], 0);
	for (i = 0; i < count; i++) {
		SAME(strlen(profile->string_table[i + 1]), lengths[i]);
		SAME(strspn(profile->string_table[i + 1], (char[]){ 'a' + (char)i, 0 }),
		     lengths[i]);
	}
	pprof__profile__free_unpacked(profile, NULL);
	inflateEnd(&zip);
	free(text);
	free(zipped);
}
