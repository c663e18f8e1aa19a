/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pprof's profile, gzipped: every metric that the recording has something of is a
 * sample type, and each sample has its thread as labels.  Of two runs it is the
 * second minus the first, whose samples have the label that pprof itself gives
 * to those of -diff_base.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "ids.h"
#include "view/flame.h"
#include "view/pprof.h"

/* The ids of one side's locations and mappings come behind those of the other. */
struct side {
	const struct profile *profile;
	__u64 first_location, first_mapping; /* that of frame or module 0, which is none */
	bool *written;			     /* locations, by frame */
};

/* An array of location ids. */
struct ids {
	uint64_t *at;
	size_t count, room;
};

struct writer {
	struct pprof pprof;
	const struct flame *flame;
	struct side sides[2];
	const struct metric *types[64];
	size_t type_count;
	__u64 words; /* ids of locations that are only a word: from here on, by function */
	bool *word_written;
	size_t word_room;
	struct ids ids;
	int err;
};

static void ids__add(struct writer *writer, uint64_t id)
{
	struct ids *ids = &writer->ids;

	if (!ARRAY_ROOM(ids->at, ids->count, ids->room, 256)) {
		writer->err = -ENOMEM;
		return;
	}
	ids->at[ids->count++] = id;
}

/* ---- mappings ---- */

static void write_mapping(struct writer *writer, Pprof__Mapping *mapping, const char *path,
			  const char *build_id)
{
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	Pprof__Mapping *mappings[] = { mapping };

	mapping->filename = pprof__text(&writer->pprof, path);
	mapping->build_id = pprof__text(&writer->pprof, build_id);
	mapping->has_functions = mapping->has_inline_frames = true;
	piece.n_mapping = 1;
	piece.mapping = mappings;
	pprof__write(&writer->pprof, &piece);
}

/* The first one is what pprof says that the profile is of; the rest is a comment. */
static void write_target(struct writer *writer, const struct flame_run *run)
{
	Pprof__Mapping mapping = PPROF__MAPPING__INIT;
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	int64_t comments[1];
	char comment[512];

	snprintf(comment, sizeof(comment), "tasktoll: %s on %s", run->target, run->host);
	comments[0] = pprof__text(&writer->pprof, comment);
	piece.n_comment = 1;
	piece.comment = comments;
	pprof__write(&writer->pprof, &piece);
	mapping.id = 1;
	write_mapping(writer, &mapping, run->host, "");
}

static const char *module__path(const struct profile_module *module)
{
	static const char *const words[MODULE_KINDS] = { "[file]", "[kernel]", "[vdso]",
							 "[jit]",  "",	       "[source]" };

	return *module->path ? module->path : words[module->kind];
}

/* Addresses are offsets, so a mapping begins at 0 and ends behind the last one. */
static void write_mappings(struct writer *writer, const struct side *side)
{
	__u32 count = profile__module_count(side->profile), i;
	__u64 *limits = calloc(count + 1UL, sizeof(*limits));

	if (!limits) {
		writer->err = -ENOMEM;
		return;
	}
	for (i = 1; i <= profile__frame_count(side->profile); i++) {
		const struct profile_frame *frame = profile__get_frame(side->profile, i);

		if (frame->module <= count && frame->offset >= limits[frame->module])
			limits[frame->module] = frame->offset + (frame->offset < ~0ULL);
	}
	for (i = 1; i <= count; i++) {
		const struct profile_module *module = profile__get_module(side->profile, i);
		Pprof__Mapping mapping = PPROF__MAPPING__INIT;

		if (module->kind == MODULE_MARK || module->kind == MODULE_SOURCE)
			continue;
		mapping.id = side->first_mapping + i;
		mapping.memory_limit = limits[i];
		write_mapping(writer, &mapping, module__path(module), module->build_id);
	}
	free(limits);
}

/* ---- locations ---- */

static void write_location(struct writer *writer, Pprof__Location *location)
{
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	Pprof__Location *locations[] = { location };

	piece.n_location = 1;
	piece.location = locations;
	pprof__write(&writer->pprof, &piece);
}

/* A location that is no place in any code. */
static void add_word(struct writer *writer, const char *word)
{
	__u64 function = pprof__function(&writer->pprof, word);
	Pprof__Line line = PPROF__LINE__INIT, *lines[] = { &line };
	Pprof__Location location = PPROF__LOCATION__INIT;

	if (function >= writer->word_room) {
		size_t room = 2 * (size_t)function + 64;
		bool *grown = realloc(writer->word_written, room);

		if (!grown) {
			writer->err = -ENOMEM;
			return;
		}
		memset(grown + writer->word_room, 0, room - writer->word_room);
		writer->word_written = grown;
		writer->word_room = room;
	}
	ids__add(writer, writer->words + function);
	if (writer->word_written[function])
		return;
	writer->word_written[function] = true;
	line.function_id = function;
	location.id = writer->words + function;
	location.n_line = 1;
	location.line = lines;
	write_location(writer, &location);
}

#define LINES_MAX 64 /* functions inlined into one another; of more the outermost are left out */

/* The functions of a frame, innermost first.  Returns how many. */
static size_t frame__functions(struct writer *writer, const struct side *side, __u32 number,
			       uint64_t functions[LINES_MAX])
{
	const struct profile_frame *frame = profile__get_frame(side->profile, number);
	char label[4096 + 32], *inlined, *line;
	size_t count = 0;

	if (!frame->name) {
		profile__label(side->profile, number, label, sizeof(label));
		functions[0] = pprof__function(&writer->pprof, label);
		return 1;
	}
	inlined = frame->inlined ? strdup(frame->inlined) : NULL;
	while (inlined && *inlined && count < LINES_MAX - 1) {
		line = strrchr(inlined, '\n');
		if (!line || line[1])
			functions[count++] =
				pprof__function(&writer->pprof, line ? line + 1 : inlined);
		*(line ? line : inlined) = 0;
	}
	free(inlined);
	functions[count++] = pprof__function(&writer->pprof, frame->name);
	return count;
}

static void write_frame(struct writer *writer, const struct side *side, __u32 number)
{
	const struct profile_frame *frame = profile__get_frame(side->profile, number);
	const struct profile_module *module = profile__get_module(side->profile, frame->module);
	Pprof__Location location = PPROF__LOCATION__INIT;
	Pprof__Line lines[LINES_MAX], *pointers[LINES_MAX];
	uint64_t functions[LINES_MAX];
	size_t count = frame__functions(writer, side, number, functions), i;

	for (i = 0; i < count; i++) {
		pprof__line__init(&lines[i]);
		lines[i].function_id = functions[i];
		pointers[i] = &lines[i];
	}
	location.id = side->first_location + number;
	if (module && module->kind == MODULE_SOURCE) {
		lines[0].function_id =
			pprof__source_function(&writer->pprof, frame->name ?: "", module->path);
		lines[0].line = frame->line;
	} else {
		if (module && module->kind != MODULE_MARK)
			location.mapping_id = side->first_mapping + frame->module;
		location.address = frame->offset;
	}
	location.n_line = count;
	location.line = pointers;
	write_location(writer, &location);
}

static void add_frame(struct writer *writer, struct side *side, __u32 number)
{
	if (!profile__get_frame(side->profile, number)) {
		add_word(writer, "[unknown]");
		return;
	}
	if (flame__options(writer->flame)->no_kernel && profile__is_kernel(side->profile, number))
		return;
	if (!side->written[number]) {
		side->written[number] = true;
		write_frame(writer, side, number);
	}
	ids__add(writer, side->first_location + number);
}

/* Innermost first. */
static void add_stack(struct writer *writer, struct side *side, __u32 stack)
{
	const struct profile_stack *entry = profile__get_stack(side->profile, stack);

	if (!entry)
		add_word(writer, "[unknown]");
	for (; entry; entry = profile__get_stack(side->profile, stack)) {
		add_frame(writer, side, entry->frame);
		stack = entry->caller < stack ? entry->caller : 0;
	}
}

/* ---- samples ---- */

/* The waker stands on the sleeper, upside down: its outermost frame is the innermost. */
static void add_path(struct writer *writer, struct side *side, const struct flame_sum *sum)
{
	struct ids *ids = &writer->ids;
	size_t i;

	ids->count = 0;
	if (sum->woken) {
		add_stack(writer, side, sum->waker);
		for (i = 0; i < ids->count / 2; i++) {
			uint64_t id = ids->at[i];

			ids->at[i] = ids->at[ids->count - 1 - i];
			ids->at[ids->count - 1 - i] = id;
		}
		add_word(writer, "--");
	}
	add_stack(writer, side, sum->stack);
}

static size_t make_labels(struct writer *writer, const struct profile_thread *thread, bool base,
			  Pprof__Label labels[4])
{
	struct pprof *pprof = &writer->pprof;
	size_t count = 0, i;

	for (i = 0; i < 4; i++)
		pprof__label__init(&labels[i]);
	if (thread) {
		labels[0].key = pprof__text(pprof, "pid");
		labels[0].num = id__shown(thread->pid);
		labels[1].key = pprof__text(pprof, "tid");
		labels[1].num = id__shown(thread->tid);
		labels[2].key = pprof__text(pprof, "comm");
		labels[2].str = pprof__text(pprof, thread->comm);
		count = 3;
	}
	if (base) {
		labels[count].key = pprof__text(pprof, "pprof::base");
		labels[count++].str = pprof__text(pprof, "true");
	}
	return count;
}

static void write_sample(struct writer *writer, struct side *side, const struct flame_sum *sum,
			 bool base)
{
	const struct profile_thread *thread = profile__get_thread(side->profile, sum->thread);
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	Pprof__Sample sample = PPROF__SAMPLE__INIT, *samples[] = { &sample };
	Pprof__Label labels[4], *label_pointers[4];
	int64_t values[64];
	size_t i;

	add_path(writer, side, sum);
	if (!writer->ids.count)
		add_word(writer, thread ? thread->comm : "[unknown]");
	for (i = 0; i < writer->type_count; i++) {
		values[i] = metric__of(writer->types[i], sum->value);
		if (base)
			values[i] = (int64_t)(0 - (__u64)values[i]);
	}
	sample.n_location_id = writer->ids.count;
	sample.location_id = writer->ids.at;
	sample.n_value = writer->type_count;
	sample.value = values;
	sample.n_label = make_labels(writer, thread, base, labels);
	for (i = 0; i < sample.n_label; i++)
		label_pointers[i] = &labels[i];
	sample.label = label_pointers;
	piece.n_sample = 1;
	piece.sample = samples;
	if (!writer->err)
		pprof__write(&writer->pprof, &piece);
}

/* ---- the whole ---- */

static __u32 weights__there(const struct flame *flame)
{
	__u32 there = 0, i;
	int side, w;

	for (side = 0; side < flame__sides(flame); side++) {
		for (i = 0; i < flame__sum_count(flame, side); i++) {
			struct flame_sum sum = flame__get_sum(flame, side, i);

			for (w = 0; w < WEIGHTS; w++)
				there |= sum.value[w] ? 1U << w : 0;
		}
	}
	return there;
}

static void write_head(struct writer *writer, const struct flame_run *run)
{
	const struct metric *chosen = flame__options(writer->flame)->metric;
	__u32 there = weights__there(writer->flame);
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	size_t i;

	for (i = 0; i < metric_count && writer->type_count < 64; i++) {
		Pprof__ValueType type = PPROF__VALUE_TYPE__INIT, *types[] = { &type };
		Pprof__Profile part = PPROF__PROFILE__INIT;

		if (&metrics[i] != chosen && !(metrics[i].weights & there))
			continue;
		writer->types[writer->type_count++] = &metrics[i];
		type.type = pprof__text(&writer->pprof, metrics[i].name);
		type.unit = pprof__text(&writer->pprof, metrics[i].unit);
		part.n_sample_type = 1;
		part.sample_type = types;
		pprof__write(&writer->pprof, &part);
	}
	piece.default_sample_type = pprof__text(&writer->pprof, chosen->name);
	piece.time_nanos = (__s64)run->start_realtime_ns;
	piece.duration_nanos = (__s64)run->duration_ns;
	pprof__write(&writer->pprof, &piece);
}

static int writer__prepare(struct writer *writer, const struct flame *flame)
{
	__u64 locations = 0, mappings = 1;
	int i;

	writer->flame = flame;
	for (i = 0; i < flame__sides(flame); i++) {
		struct side *side = &writer->sides[i];

		side->profile = flame__profile(flame, i);
		side->first_location = locations;
		side->first_mapping = mappings;
		locations += profile__frame_count(side->profile);
		mappings += profile__module_count(side->profile);
		side->written = calloc(profile__frame_count(side->profile) + 1UL, sizeof(bool));
		if (!side->written)
			return -ENOMEM;
	}
	writer->words = locations;
	return 0;
}

static void writer__release(struct writer *writer)
{
	free(writer->sides[0].written);
	free(writer->sides[1].written);
	free(writer->word_written);
	free(writer->ids.at);
	free(writer);
}

static void write_all(struct writer *writer, const struct flame_run *runs)
{
	int sides = flame__sides(writer->flame), i;
	__u32 s;

	write_head(writer, &runs[sides - 1]);
	write_target(writer, &runs[sides - 1]);
	for (i = 0; i < sides; i++) {
		write_mappings(writer, &writer->sides[i]);
		for (s = 0; s < flame__sum_count(writer->flame, i) && !writer->err; s++) {
			struct flame_sum sum = flame__get_sum(writer->flame, i, s);

			write_sample(writer, &writer->sides[i], &sum, i < sides - 1);
		}
	}
}

static int pprof__write_flame(FILE *out, const struct flame *flame, const struct flame_run *runs)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	int err;

	if (!writer)
		return -ENOMEM;
	err = writer__prepare(writer, flame);
	if (!err)
		err = pprof__open(&writer->pprof, out);
	if (!err) {
		write_all(writer, runs);
		err = pprof__close(&writer->pprof);
		if (!err)
			err = writer->err;
	}
	writer__release(writer);
	return err;
}

const struct flame_format flame_pprof = {
	.name = "pprof",
	.suffixes = ".pb.gz .pb .pprof .prof",
	.help = "a gzipped profile for go tool pprof",
	.more = "It has all metrics of the recording (`--metric` is the one shown first), and the "
		"labels pid, tid and comm.",
	.raw = true,
	.binary = true,
	.write = pprof__write_flame,
};
