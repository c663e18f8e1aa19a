/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets of a timeline that are not the kernel's own events. */
#include <string.h>
#include <sys/utsname.h>

#include "core/clock.h"
#include "ids.h"
#include "view/timeline_private.h"

#define ID_MARK 0x40000000U /* in place of ID_OUTSIDE: Perfetto's ids are signed */

static const char *const names[] = {
#define NAME(id, text) [NAME_##id] = text,
#include "view/timeline_names.def"
};

static const char *const categories[] = {
#define CATEGORY(id, text) [CATEGORY_##id] = text,
#include "view/timeline_names.def"
};

static const char *const args[] = {
#define ARG(id, text) [ARG_##id] = text,
#include "view/timeline_names.def"
};

static const char *const strings[] = {
#define STRING(id, text) [STRING_##id] = text,
#include "view/timeline_names.def"
};

__s32 timeline__pid(__u32 id)
{
	return (__s32)(id__is_outside(id) ? (id & ~ID_OUTSIDE) | ID_MARK : id);
}

__u64 timeline__boot(const struct timeline *timeline, __u64 ns)
{
	return ns + (__u64)timeline->boot_ahead;
}

/* ---- interned texts ---- */

static size_t intern__names(Perfetto__InternedName *room, Perfetto__InternedName **list,
			    const char *const *texts, size_t end)
{
	size_t i, n = 0;

	for (i = 1; i < end; i++) {
		Perfetto__InternedName *name = &room[n];

		perfetto__interned_name__init(name);
		name->has_iid = 1;
		name->iid = i;
		name->name = (char *)(uintptr_t)texts[i]; /* packing only reads it */
		list[n++] = name;
	}
	return n;
}

static size_t intern__strings(Perfetto__InternedString *room, Perfetto__InternedString **list)
{
	size_t i, n = 0;

	for (i = 1; i < STRINGS_END; i++) {
		Perfetto__InternedString *string = &room[n];

		perfetto__interned_string__init(string);
		string->has_iid = string->has_str = 1;
		string->iid = i;
		string->str.data = (__u8 *)(uintptr_t)strings[i];
		string->str.len = strlen(strings[i]);
		list[n++] = string;
	}
	return n;
}

static void timeline__put_interned(struct timeline *timeline)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__TracePacketDefaults defaults = PERFETTO__TRACE_PACKET_DEFAULTS__INIT;
	Perfetto__InternedData data = PERFETTO__INTERNED_DATA__INIT;
	Perfetto__InternedName room[3][ARGS_END + NAMES_END], *list[3][ARGS_END + NAMES_END];
	Perfetto__InternedString string_room[STRINGS_END], *string_list[STRINGS_END];

	data.event_categories = list[0];
	data.n_event_categories = intern__names(room[0], list[0], categories, CATEGORIES_END);
	data.event_names = list[1];
	data.n_event_names = intern__names(room[1], list[1], names, NAMES_END);
	data.debug_annotation_names = list[2];
	data.n_debug_annotation_names = intern__names(room[2], list[2], args, ARGS_END);
	data.debug_annotation_string_values = string_list;
	data.n_debug_annotation_string_values = intern__strings(string_room, string_list);
	defaults.has_timestamp_clock_id = 1;
	defaults.timestamp_clock_id = PERFETTO_OUR_TIME;
	packet.interned_data = &data;
	packet.trace_packet_defaults = &defaults;
	packet.has_sequence_flags = 1;
	packet.sequence_flags = 1; /* SEQ_INCREMENTAL_STATE_CLEARED */
	perfetto__write(&timeline->out, &packet);
}

/* ---- what a trace begins with ---- */

static void timeline__put_clocks(struct timeline *timeline)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__ClockSnapshot snapshot = PERFETTO__CLOCK_SNAPSHOT__INIT;
	Perfetto__Clock clock[4], *clocks[4];
	const struct {
		__u32 id;
		__u64 ns;
	} same[4] = { { PERFETTO_OUR_TIME, 0 },
		      { PERFETTO_BOOTTIME, timeline__boot(timeline, timeline->start_ns) },
		      { 1 + CLOCK_REALTIME,
			clock__realtime() - (clock__monotonic() - timeline->start_ns) },
		      { 3, timeline->start_ns } };
	int i;

	for (i = 0; i < 4; i++) {
		perfetto__clock__init(&clock[i]);
		clock[i].has_clock_id = clock[i].has_timestamp = 1;
		clock[i].clock_id = same[i].id;
		clock[i].timestamp = same[i].ns;
		clocks[i] = &clock[i];
	}
	snapshot.n_clocks = 4;
	snapshot.clocks = clocks;
	snapshot.has_primary_trace_clock = 1;
	snapshot.primary_trace_clock = PERFETTO_BOOTTIME;
	packet.clock_snapshot = &snapshot;
	perfetto__write(&timeline->out, &packet);
}

/* The states of tasks differ between kernels: which one it is decides how they are read. */
static void timeline__put_system(struct timeline *timeline)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__SystemInfo system = PERFETTO__SYSTEM_INFO__INIT;
	Perfetto__Utsname name = PERFETTO__UTSNAME__INIT;
	struct utsname uts;

	if (uname(&uts))
		return;
	name.sysname = uts.sysname;
	name.version = uts.version;
	name.release = uts.release;
	name.machine = uts.machine;
	system.utsname = &name;
	packet.system_info = &system;
	perfetto__write(&timeline->out, &packet);
}

void timeline__put_track(struct timeline *timeline, __u64 track, __u64 parent, const char *name)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__TrackDescriptor descriptor = PERFETTO__TRACK_DESCRIPTOR__INIT;

	descriptor.has_uuid = 1;
	descriptor.uuid = track;
	descriptor.has_parent_uuid = parent != 0;
	descriptor.parent_uuid = parent;
	descriptor.name = (char *)(uintptr_t)name;
	packet.track_descriptor = &descriptor;
	perfetto__write(&timeline->out, &packet);
}

void timeline__put_head(struct timeline *timeline)
{
	timeline__put_clocks(timeline);
	timeline__put_interned(timeline);
	timeline__put_system(timeline);
	timeline__put_track(timeline, TRACK_NOTES, 0, "tasktoll");
	timeline__put_track(timeline, TRACK_IDLE, 0, "idle CPUs");
}

static void packet__set_time(Perfetto__TracePacket *packet, const struct timeline *timeline,
			     __u64 ns)
{
	packet->has_timestamp = 1;
	packet->timestamp = ns > timeline->start_ns ? ns - timeline->start_ns : 0;
}

/* ---- threads and processes ---- */

void timeline__put_process(struct timeline *timeline, __u32 tgid, const char *comm, __u64 ns)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__TrackDescriptor descriptor = PERFETTO__TRACK_DESCRIPTOR__INIT;
	Perfetto__ProcessDescriptor process = PERFETTO__PROCESS_DESCRIPTOR__INIT;

	process.has_pid = 1;
	process.pid = timeline__pid(tgid);
	process.process_name = (char *)(uintptr_t)comm;
	descriptor.has_uuid = 1;
	descriptor.uuid = 1ULL << 40 | tgid;
	descriptor.process = &process;
	packet__set_time(&packet, timeline, ns);
	packet.track_descriptor = &descriptor;
	perfetto__write(&timeline->out, &packet);
}

void timeline__put_thread(struct timeline *timeline, const struct timeline_thread *thread, __u64 ns)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__TrackDescriptor descriptor = PERFETTO__TRACK_DESCRIPTOR__INIT;
	Perfetto__ThreadDescriptor of = PERFETTO__THREAD_DESCRIPTOR__INIT;

	of.has_pid = of.has_tid = 1;
	of.pid = timeline__pid(thread->tgid);
	of.tid = timeline__pid(thread->id.tid);
	of.thread_name = (char *)(uintptr_t)thread->comm;
	descriptor.has_uuid = 1;
	descriptor.uuid = thread->track;
	descriptor.thread = &of;
	packet__set_time(&packet, timeline, ns);
	packet.track_descriptor = &descriptor;
	perfetto__write(&timeline->out, &packet);
}

/* ---- slices and instants ---- */

void mark__number(struct mark *mark, enum timeline_arg name, __u64 number)
{
	if (mark->args == MARK_ARGS)
		return;
	mark->arg[mark->args].name = name;
	mark->arg[mark->args].type = ARG_NUMBER;
	mark->arg[mark->args++].number = number;
}

void mark__interned(struct mark *mark, enum timeline_arg name, enum timeline_string string)
{
	mark__number(mark, name, string);
	mark->arg[mark->args - 1].type = ARG_INTERNED;
}

void mark__text(struct mark *mark, enum timeline_arg name, const char *text)
{
	mark__number(mark, name, 0);
	mark->arg[mark->args - 1].type = ARG_TEXT;
	mark->arg[mark->args - 1].text = text;
}

static void mark__fill_args(const struct mark *mark, Perfetto__DebugAnnotation *room,
			    Perfetto__DebugAnnotation **list)
{
	size_t i;

	for (i = 0; i < mark->args; i++) {
		perfetto__debug_annotation__init(&room[i]);
		room[i].has_name_iid = 1;
		room[i].name_iid = mark->arg[i].name;
		if (mark->arg[i].type == ARG_TEXT) {
			room[i].string_value = (char *)(uintptr_t)mark->arg[i].text;
		} else if (mark->arg[i].type == ARG_INTERNED) {
			room[i].has_string_value_iid = 1;
			room[i].string_value_iid = mark->arg[i].number;
		} else {
			room[i].has_uint_value = 1;
			room[i].uint_value = mark->arg[i].number;
		}
		list[i] = &room[i];
	}
}

bool timeline__put(struct timeline *timeline, const struct mark *mark)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;
	Perfetto__DebugAnnotation room[MARK_ARGS], *list[MARK_ARGS];
	uint64_t category = mark->category, flow[MARK_FLOWS], end_flow = mark->end_flow;
	size_t i;

	event.has_type = 1;
	event.type = mark->type;
	event.has_track_uuid = 1;
	event.track_uuid = mark->track;
	event.has_name_iid = mark->name != NAME_NONE;
	event.name_iid = mark->name;
	event.name = (char *)(uintptr_t)mark->text;
	event.n_category_iids = category != CATEGORY_NONE;
	event.category_iids = &category;
	event.n_flow_ids = mark->flow ? (mark->flows ? mark->flows : 1) : 0;
	for (i = 0; i < event.n_flow_ids; i++)
		flow[i] = mark->flow + i;
	event.flow_ids = flow;
	event.n_terminating_flow_ids = end_flow != 0;
	event.terminating_flow_ids = &end_flow;
	mark__fill_args(mark, room, list);
	event.n_debug_annotations = mark->args;
	event.debug_annotations = list;
	packet__set_time(&packet, timeline, mark->ns);
	packet.track_event = &event;
	return perfetto__write(&timeline->out, &packet);
}

bool timeline__put_end(struct timeline *timeline, __u64 track, __u64 ns)
{
	const struct mark mark = { .ns = ns, .track = track, .type = PERFETTO_END };

	return timeline__put(timeline, &mark);
}
