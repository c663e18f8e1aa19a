/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pftrace.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEGIN = 1, END, INSTANT }; /* of TrackEvent.type */

/* ---- reading ---- */

static uint8_t *read_all(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "re");
	uint8_t *bytes;
	long size;

	cr_assert_not_null(file, "no trace: %s", path);
	cr_assert_eq(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	bytes = malloc((size_t)size + 1);
	cr_assert_eq(fread(bytes, 1, (size_t)size, file), (size_t)size);
	fclose(file);
	*ret_size = (size_t)size;
	return bytes;
}

struct pftrace pftrace__read(const char *path)
{
	struct pftrace pftrace = { 0 };
	uint8_t *bytes = read_all(path, &pftrace.size);
	size_t i;

	pftrace.trace = perfetto__trace__unpack(NULL, pftrace.size, bytes);
	free(bytes);
	cr_assert_not_null(pftrace.trace, "%s is no trace", path);
	for (i = 0; i < pftrace.trace->n_packet; i++) {
		if (pftrace.trace->packet[i]->interned_data)
			pftrace.interned = pftrace.trace->packet[i]->interned_data;
	}
	cr_assert_not_null(pftrace.interned);
	return pftrace;
}

void pftrace__free(struct pftrace *pftrace)
{
	perfetto__trace__free_unpacked(pftrace->trace, NULL);
}

/* ---- texts ---- */

static const char *interned(Perfetto__InternedName *const *names, size_t count, uint64_t iid)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (names[i]->iid == iid)
			return names[i]->name;
	}
	cr_assert_fail("nothing is interned as %lu", iid);
	return NULL;
}

const char *pftrace__name(const struct pftrace *pftrace, const Perfetto__TrackEvent *event)
{
	if (!event->has_name_iid)
		return event->name ? event->name : "";
	return interned(pftrace->interned->event_names, pftrace->interned->n_event_names,
			event->name_iid);
}

const char *pftrace__category(const struct pftrace *pftrace, const Perfetto__TrackEvent *event)
{
	if (!event->n_category_iids)
		return "";
	return interned(pftrace->interned->event_categories, pftrace->interned->n_event_categories,
			event->category_iids[0]);
}

static const Perfetto__DebugAnnotation *arg(const struct pftrace *pftrace,
					    const Perfetto__TrackEvent *event, const char *name)
{
	size_t i;

	for (i = 0; i < event->n_debug_annotations; i++) {
		if (!strcmp(interned(pftrace->interned->debug_annotation_names,
				     pftrace->interned->n_debug_annotation_names,
				     event->debug_annotations[i]->name_iid),
			    name))
			return event->debug_annotations[i];
	}
	return NULL;
}

bool pftrace__number(const struct pftrace *pftrace, const Perfetto__TrackEvent *event,
		     const char *name, uint64_t *ret_number)
{
	const Perfetto__DebugAnnotation *annotation = arg(pftrace, event, name);

	if (!annotation || !annotation->has_uint_value)
		return false;
	*ret_number = annotation->uint_value;
	return true;
}

/* Interned strings have no NUL of their own: protobuf-c adds none to bytes. */
static const char *interned_text(const struct pftrace *pftrace, uint64_t iid)
{
	static char text[64];
	size_t i;

	for (i = 0; i < pftrace->interned->n_debug_annotation_string_values; i++) {
		const Perfetto__InternedString *string =
			pftrace->interned->debug_annotation_string_values[i];

		if (string->iid != iid)
			continue;
		snprintf(text, sizeof(text), "%.*s", (int)string->str.len, string->str.data);
		return text;
	}
	cr_assert_fail("no string is interned as %lu", iid);
	return NULL;
}

const char *pftrace__text(const struct pftrace *pftrace, const Perfetto__TrackEvent *event,
			  const char *name)
{
	const Perfetto__DebugAnnotation *annotation = arg(pftrace, event, name);

	if (!annotation)
		return NULL;
	if (annotation->has_string_value_iid)
		return interned_text(pftrace, annotation->string_value_iid);
	return annotation->string_value;
}

/* ---- looking for ---- */

const Perfetto__TracePacket *pftrace__find(const struct pftrace *pftrace, const char *category,
					   size_t nth)
{
	size_t i;

	for (i = 0; i < pftrace->trace->n_packet; i++) {
		const Perfetto__TracePacket *packet = pftrace->trace->packet[i];

		if (packet->track_event && packet->track_event->type != END &&
		    !strcmp(pftrace__category(pftrace, packet->track_event), category) && !nth--)
			return packet;
	}
	return NULL;
}

size_t pftrace__count(const struct pftrace *pftrace, const char *category, const char *name)
{
	size_t i, count = 0;

	for (i = 0; i < pftrace->trace->n_packet; i++) {
		const Perfetto__TrackEvent *event = pftrace->trace->packet[i]->track_event;

		count += event && event->type != END &&
			 !strcmp(pftrace__category(pftrace, event), category) &&
			 !strcmp(pftrace__name(pftrace, event), name);
	}
	return count;
}

const Perfetto__TrackDescriptor *pftrace__track(const struct pftrace *pftrace, uint64_t uuid)
{
	const Perfetto__TrackDescriptor *found = NULL;
	size_t i;

	for (i = 0; i < pftrace->trace->n_packet; i++) {
		const Perfetto__TrackDescriptor *track =
			pftrace->trace->packet[i]->track_descriptor;

		if (track && track->uuid == uuid)
			found = track;
	}
	return found;
}

/* ---- sums ---- */

static void sums__add(struct pftrace_sums *sums, const struct pftrace *pftrace,
		      const Perfetto__TrackEvent *event)
{
	uint64_t ns, weight = 1;

	sums->switches++;
	pftrace__number(pftrace, event, "stands_for", &weight);
	if (pftrace__number(pftrace, event, "switch_ns", &ns))
		sums->switch_ns += ns * weight;
	if (pftrace__number(pftrace, event, "pick_ns", &ns))
		sums->pick_ns += ns * weight;
}

struct pftrace_sums pftrace__sum(const struct pftrace *pftrace, const char *kind)
{
	struct pftrace_sums sums = { 0 };
	size_t i;

	for (i = 0; i < pftrace->trace->n_packet; i++) {
		const Perfetto__TrackEvent *event = pftrace->trace->packet[i]->track_event;
		const char *of;

		if (!event || event->type != BEGIN ||
		    strcmp(pftrace__category(pftrace, event), "oncpu"))
			continue;
		of = pftrace__text(pftrace, event, "kind");
		if (of && (!kind || !strcmp(of, kind)))
			sums__add(&sums, pftrace, event);
	}
	return sums;
}

/* The end of what begins with a packet: the next end on its track. */
static const Perfetto__TracePacket *end_of(const struct pftrace *pftrace, size_t begin)
{
	const Perfetto__TracePacket *const *packet =
		(const Perfetto__TracePacket *const *)pftrace->trace->packet;
	size_t i;

	for (i = begin + 1; i < pftrace->trace->n_packet; i++) {
		if (packet[i]->track_event && packet[i]->track_event->type == END &&
		    packet[i]->track_event->track_uuid == packet[begin]->track_event->track_uuid)
			return packet[i];
	}
	return NULL;
}

uint64_t pftrace__lasted(const struct pftrace *pftrace, const char *name, uint64_t track)
{
	uint64_t ns = 0;
	size_t i;

	for (i = 0; i < pftrace->trace->n_packet; i++) {
		const Perfetto__TracePacket *packet = pftrace->trace->packet[i], *end;
		const Perfetto__TrackEvent *event = packet->track_event;

		if (!event || event->type != BEGIN || (track && event->track_uuid != track) ||
		    strcmp(pftrace__name(pftrace, event), name))
			continue;
		end = end_of(pftrace, i);
		cr_assert_not_null(end, "%s does not end", name);
		cr_assert_geq(end->timestamp, packet->timestamp);
		ns += end->timestamp - packet->timestamp;
	}
	return ns;
}

/* ---- is it sound? ---- */

/* Numbers to be looked for: of tracks that are told of, of arrows that begin. */
struct numbers {
	uint64_t *number;
	size_t count;
};

static int number__compare(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static struct numbers numbers__of(const struct pftrace *pftrace, bool flows)
{
	struct numbers numbers = { .number = calloc(pftrace->size, sizeof(uint64_t)) };
	size_t i, j;

	for (i = 0; i < pftrace->trace->n_packet; i++) {
		const Perfetto__TracePacket *packet = pftrace->trace->packet[i];

		if (!flows && packet->track_descriptor)
			numbers.number[numbers.count++] = packet->track_descriptor->uuid;
		for (j = 0; flows && packet->track_event && j < packet->track_event->n_flow_ids;
		     j++)
			numbers.number[numbers.count++] = packet->track_event->flow_ids[j];
	}
	qsort(numbers.number, numbers.count, sizeof(uint64_t), number__compare);
	return numbers;
}

static bool numbers__have(const struct numbers *numbers, uint64_t number)
{
	return bsearch(&number, numbers->number, numbers->count, sizeof(number), number__compare);
}

void pftrace__check(const struct pftrace *pftrace)
{
	struct numbers tracks = numbers__of(pftrace, false), flows = numbers__of(pftrace, true);
	size_t i;

	for (i = 0; i < pftrace->trace->n_packet; i++) {
		const Perfetto__TrackEvent *event = pftrace->trace->packet[i]->track_event;

		if (!event)
			continue;
		if (event->type == BEGIN)
			cr_expect(end_of(pftrace, i));
		if (event->n_terminating_flow_ids)
			cr_expect(numbers__have(&flows, event->terminating_flow_ids[0]));
		cr_expect(numbers__have(&tracks, event->track_uuid), "no track %lu",
			  event->track_uuid);
	}
	free(tracks.number);
	free(flows.number);
}
