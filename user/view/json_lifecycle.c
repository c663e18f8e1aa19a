/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Births, ends and crashes as JSON: see tests/schema/. */
#include <errno.h>
#include <stdlib.h>

#include "core/clock.h"
#include "view/escape.h"
#include "view/json.h"
#include "view/names.h"

/* ---- births ---- */

static json_t *json__errors(const struct spawn *spawn)
{
	json_t *errors = json_object();
	int i;

	for (i = 0; i < SPAWN_ERRORS; i++) {
		const char *name = error__name(spawn->errors[i].error); /* several may be "other" */
		__u64 before = (__u64)json_integer_value(json_object_get(errors, name));

		if (spawn->errors[i].count)
			json__put(errors, name, before + spawn->errors[i].count);
	}
	return errors;
}

static json_t *json__spawn(const struct summary *summary, const struct spawn *spawn)
{
	json_t *object = json_object();
	int phase;

	json__put(object, "count", spawn->count);
	json_object_set_new(object, "failed",
			    summary->has_failed ? json_integer((json_int_t)spawn->failed) :
						  json_null());
	json_object_set_new(object, "errors", json__errors(spawn));
	json__put(object, "namespaces", spawn->namespaces);
	for (phase = 0; phase < PHASES; phase++)
		json_object_set_new(object, phase_names[phase],
				    summary->has_phase[phase] ?
					    json__dist(spawn__phase(spawn, (enum phase)phase),
						       D_COPY + phase) :
					    json_null());
	return object;
}

/* Forks by what their parent had resident: what the slope is drawn through. */
static json_t *json__fork_sizes(const struct spawns *spawns)
{
	json_t *array = json_array();
	int i;

	for (i = 0; i < FORK_SIZES; i++) {
		const struct fork_size *size = spawns->sizes[i];
		json_t *object;

		if (!size || !size->count)
			continue;
		object = json_object();
		json__put(object, "count", size->count);
		json__put(object, "rss_bytes", size->rss / size->count);
		json_object_set_new(object, "copy_ns", json__dist(&size->copy, D_COPY));
		json_array_append_new(array, object);
	}
	return array;
}

json_t *json__spawns(const struct summary *summary, const struct spawns *spawns)
{
	static const struct dist none;
	json_t *object = json_object(), *execs = json_object();
	double slope;
	int kind;

	for (kind = 0; kind < SPAWN_KINDS; kind++)
		json_object_set_new(object, spawn_names[kind],
				    json__spawn(summary, &spawns->kind[kind]));
	json_object_set_new(object, "fork_ns_per_mib",
			    spawns__slope(spawns, &slope) ? json_real(slope) : json_null());
	json_object_set_new(object, "fork_sizes", json__fork_sizes(spawns));
	json__put(execs, "count", spawns->execs);
	json_object_set_new(execs, "exec_ns",
			    summary->has_phase[PHASE_EXEC] ?
				    json__dist(spawns->exec ? spawns->exec : &none, D_EXEC) :
				    json_null());
	json_object_set_new(object, "execs", execs);
	return object;
}

/* ---- ends ---- */

static json_t *json__sender(const struct sender *sender)
{
	json_t *object;

	if (!sender->known)
		return json_null();
	object = json_object();
	json__put_pid(object, sender->pid, 0);
	json_object_set_new(object, "comm", escape__json(sender->comm));
	return object;
}

static json_t *json__signal(int signal)
{
	return signal ? json_string(signal__name(signal).text) : json_null();
}

/* The signal after which a process failed; null: none. */
static json_t *json__after(const struct end *end)
{
	json_t *object;

	if (!end->after.signal)
		return json_null();
	object = json_object();
	json_object_set_new(object, "signal", json__signal(end->after.signal));
	json_object_set_new(object, "sender", json__sender(&end->after.sender));
	json_object_set_new(object, "from_kernel", json_boolean(end->after.sender.kernel));
	json__put(object, "before_ns", end->after.before_ns);
	return object;
}

json_t *json__end(const struct end *end)
{
	json_t *object = json_object();

	json_object_set_new(object, "class", json_string(end_names[end->class]));
	json__put(object, "code", end->code);
	json_object_set_new(object, "signal", json__signal(end->signal));
	json_object_set_new(object, "core", json_boolean(end->core));
	json__put(object, "life_ns", end->life_ns);
	json__put(object, "threads", end->threads);
	json_object_set_new(object, "sender", json__sender(&end->sender));
	json_object_set_new(object, "from_kernel", json_boolean(end->sender.kernel));
	json_object_set_new(object, "after", json__after(end));
	return object;
}

/* ---- crashes ---- */

static void json__put_link(json_t *object, const struct link *link)
{
	json_object_set_new(object, "how", json_string(how_names[link->how]));
	json__put(object, "by_pid", id__shown(link->by_pid));
	json__put(object, "delay_ns", link->delay_ns);
	json_object_set_new(object, "evidence", escape__json(link->evidence));
}

static json_t *json__victim(const struct victim *victim)
{
	json_t *object = json_object(), *links = json_array();
	bool died = victim->outcome == OUTCOME_DIED;
	int i;

	json__put(object, "ring", (__u64)victim->ring);
	json__put_pid(object, victim->pid, victim->own_pid);
	json__put(object, "tid", id__shown(victim->tid));
	json__put(object, "start_ns", victim->start_ns);
	json_object_set_new(object, "comm", escape__json(victim->comm));
	json__put_link(object, &victim->links[0]);
	json_object_set_new(object, "outcome", json_string(outcome_names[victim->outcome]));
	json_object_set_new(object, "end_delay_ns",
			    died ? json_integer((json_int_t)victim->end_delay_ns) : json_null());
	json_object_set_new(object, "end",
			    died && victim->ring ? json__end(&victim->end) : json_null());
	for (i = 0; i < victim->link_count; i++) {
		json_t *link = json_object();

		json__put_link(link, &victim->links[i]);
		json_array_append_new(links, link);
	}
	json_object_set_new(object, "links", links);
	return object;
}

static json_t *json__culprit(const struct crash *crash)
{
	json_t *object = json_object(), *stack = json_array();
	bool truncated = false;
	size_t i;

	json_object_set_new(object, "tid",
			    crash->culprit.tid ? json_integer(id__shown(crash->culprit.tid)) :
						 json_null());
	json_object_set_new(object, "comm", escape__json(crash->culprit.comm));
	json_object_set_new(object, "function", escape__json(crash__function(crash)));
	for (i = 0; i < crash->culprit.frame_count; i++) {
		truncated |= crash->culprit.frames[i].mark;
		json_array_append_new(stack, escape__json(crash->culprit.frames[i].name));
	}
	json_object_set_new(object, "stack", stack);
	json_object_set_new(object, "stack_truncated", json_boolean(truncated));
	json_object_set_new(object, "no_stack", escape__json(crash->culprit.no_frames));
	return object;
}

/* As text: half of all addresses are beyond the integers of JSON libraries. */
static json_t *json__address(bool known, __u64 address)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", address);
	return known ? json_string(text) : json_null();
}

/* The signal that a handler of the culprit took before; null: none. */
static json_t *json__handled(const struct crash *crash)
{
	json_t *object;

	if (!crash->handled.signal)
		return json_null();
	object = json_object();
	json_object_set_new(object, "signal", json__signal(crash->handled.signal));
	json_object_set_new(object, "code", json_integer(crash->handled.code));
	json_object_set_new(object, "code_text",
			    escape__json(
				    crash__code_text(crash->handled.signal, crash->handled.code)));
	json_object_set_new(object, "address",
			    json__address(crash->handled.has_address, crash->handled.address));
	json__put(object, "before_ns", crash->handled.before_ns);
	return object;
}

/* That a SIGSYS of the kernel is for; null: it is for none. */
static json_t *json__syscall(const struct crash *crash)
{
	json_t *object;
	char *name;

	if (!crash->syscall.arch)
		return json_null();
	name = syscall__name(crash->syscall.arch, crash->syscall.nr);
	object = json_object();
	json_object_set_new(object, "nr", json_integer(crash->syscall.nr));
	json_object_set_new(object, "name", escape__json(name));
	free(name);
	return object;
}

static void json__put_crash(json_t *object, const struct crash *crash)
{
	const struct end *end = &crash->end;
	json_t *victims = json_array();
	size_t i;

	json_object_set_new(object, "time",
			    json_string(clock__iso8601(crash->at_realtime_ns).text));
	json__put_pid(object, crash->pid, crash->own_pid);
	json__put(object, "start_ns", crash->start_ns);
	json_object_set_new(object, "comm", escape__json(crash->comm));
	json__put(object, "ppid", id__shown(crash->ppid));
	json_object_set_new(object, "parent_comm", escape__json(crash->parent_comm));
	json_object_set_new(object, "class", json_string(end_names[end->class]));
	json_object_set_new(object, "signal", json__signal(end->signal));
	json__put(object, "exit_code", end->code);
	json_object_set_new(object, "code",
			    crash->culprit.tid ? json_integer(crash->code) : json_null());
	json_object_set_new(object, "code_text",
			    escape__json(crash->culprit.tid ? crash__reason(crash) : NULL));
	json_object_set_new(object, "address", json__address(crash->has_address, crash->address));
	json_object_set_new(object, "handled", json__handled(crash));
	json_object_set_new(object, "syscall", json__syscall(crash));
	json_object_set_new(object, "thread_only", json_boolean(crash->thread_only));
	json_object_set_new(object, "core", json_boolean(end->core));
	json_object_set_new(object, "ended", json_boolean(crash->ended));
	json_object_set_new(object, "life_ns",
			    crash->ended ? json_integer((json_int_t)end->life_ns) : json_null());
	json_object_set_new(object, "end_delay_ns",
			    crash->ended ? json_integer((json_int_t)crash->end_delay_ns) :
					   json_null());
	json__put(object, "window_ns", crash->window_ns);
	json_object_set_new(object, "cut_short", json_boolean(crash->cut_short));
	json_object_set_new(object, "culprit", json__culprit(crash));
	json_object_set_new(object, "sender", json__sender(&end->sender));
	json_object_set_new(object, "from_kernel", json_boolean(end->sender.kernel));
	json_object_set_new(object, "after", json__after(end));
	json__put(object, "threads", end->threads);
	json__put(object, "fan_out", crash->fan_out);
	for (i = 0; i < crash->victim_count; i++)
		json_array_append_new(victims, json__victim(&crash->victims[i]));
	json_object_set_new(object, "victims", victims);
	json__put(object, "victims_left_out", crash->victims_left_out);
}

json_t *json__crash(const struct crash *crash)
{
	json_t *object = json_object();

	json__put_crash(object, crash);
	return object;
}

int json__write_crash(FILE *out, const struct crash *crash, const struct view_options *options)
{
	json_t *root = json_object();

	(void)options;
	if (!root)
		return -ENOMEM;
	json_object_set_new(root, "schema", json_string("tasktoll.crash/1"));
	json__put_crash(root, crash);
	return json__print_line(out, root);
}
