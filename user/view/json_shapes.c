/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "view/escape.h"
#include "view/json.h"
#include "view/shapes.h"
#include "view/wakes.h"

static void put_real(json_t *object, const char *name, double value)
{
	json_object_set_new(object, name, isfinite(value) ? json_real(value) : json_null());
}

static void put_count(json_t *object, const char *name, __u64 value, bool known)
{
	if (known)
		json__put(object, name, value);
	else
		json_object_set_new(object, name, json_null());
}

/* A row that cannot be filled, and why. */
static json_t *not_available(const char *why)
{
	return json_pack("{s:s}", "unavailable", why);
}

static json_t *memory_to_json(const struct shape *shape)
{
	const struct shape_memory *memory = &shape->memory;
	json_t *object;

	if (!memory->samples)
		return not_available(shape->recorded ? shape__no_memory(shape) :
						       "it ended before its memory could be read");
	object = json_object();
	json__put(object, "samples", memory->samples);
	json__put(object, "processes", memory->processes);
	json__put(object, "threads", memory->sum.threads);
	json__put(object, "pss_bytes", memory->sum.pss);
	json__put(object, "private_bytes", memory->sum.private);
	/* of all sharers each page once, as far as they are in the target */
	json__put(object, "shared_bytes",
		  memory->sum.pss > memory->sum.private ? memory->sum.pss - memory->sum.private :
							  0);
	json__put(object, "swap_bytes", memory->sum.swap);
	json__put(object, "page_tables_bytes", memory->sum.page_tables);
	json__put(object, "unreadable", memory->unreadable);
	json_object_set_new(object, "moved", json_boolean(memory->moved));
	return object;
}

static json_t *isolation_to_json(const struct shape *shape)
{
	const struct together *together = &shape->together;
	json_t *object = json_object();

	json__put(object, "processes", shape->processes);
	json__put(object, "threads", shape->threads);
	json__put(object, "processes_at_once", together->processes);
	json__put(object, "threads_at_once", together->threads);
	json__put(object, "threads_of_largest", shape->most_threads);
	json_object_set_new(object, "shape", json_string(shape__name(shape)));
	return object;
}

static json_t *crash_to_json(const struct shape *shape)
{
	json_t *object = json_object();

	json__put(object, "crashes", shape->crashes);
	put_count(object, "fan_out_max", shape->crash_victims, shape->crashes);
	json__put(object, "threads_at_risk", shape->together.largest);
	return object;
}

static json_t *creation_to_json(const struct shape *shape)
{
	json_t *object = json_object();
	int kind;

	for (kind = 0; kind < SPAWN_KINDS; kind++)
		json__put(object, spawn_names[kind], shape->created[kind]);
	put_count(object, "time_ns", shape->create_ns, shape->has_create);
	return object;
}

static json_t *kind_to_json(const struct shape *shape, int counter, int which)
{
	json_t *object = json_object();

	json__put(object, "count", shape->n[counter]);
	put_real(object, "per_second", shape__rate(shape, shape->n[counter]));
	json_object_set_new(object, "cost_ns",
			    shape->has_dist[which] ? json__dist(&shape->dist[which], which) :
						     json_null());
	return object;
}

static json_t *switching_to_json(const struct shape *shape, double address_space_ns,
				 const char *known)
{
	static const struct {
		const char *name;
		int counter, dist;
	} kinds[] = { { "thread", C_IN_THREAD, D_SWITCH_THREAD },
		      { "process", C_IN_PROCESS, D_SWITCH_PROCESS },
		      { "resume", C_IN_RESUME, D_SWITCH_RESUME } };
	json_t *object = json_object();
	size_t i;

	json__put(object, "switches", shape__switches(shape));
	put_real(object, "per_second", shape__rate(shape, shape__switches(shape)));
	put_count(object, "toll_ns", shape__toll(shape), shape->has_dist[D_SWITCH_PROCESS]);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		json_object_set_new(object, kinds[i].name,
				    kind_to_json(shape, kinds[i].counter, kinds[i].dist));
	put_real(object, "address_spaces_ns", address_space_ns);
	json_object_set_new(object, "address_spaces_known",
			    isnan(address_space_ns) ? json_null() : json_string(known));
	return object;
}

/* Time with 0, 1, ... of its threads on CPUs. */
static json_t *running_to_json(const struct shape *shape)
{
	json_t *array;
	int i;

	if (!shape->has_wakes || shape->at_once_unknown)
		return json_null();
	array = json_array();
	for (i = 0; i < WAKE_AT_ONCE; i++)
		json_array_append_new(array, json_integer((json_int_t)shape->running_ns[i]));
	return array;
}

static json_t *use_to_json(const struct shape *shape)
{
	json_t *object = json_object();

	put_real(object, "cpus_obtained", shape__cpus_obtained(shape));
	put_real(object, "cpus_wanted", shape->has_states ? shape__cpus_wanted(shape) : NAN);
	put_real(object, "cpus_idle", (double)shape->idle_ns / (double)shape->duration_ns);
	json_object_set_new(object, "running_ns", running_to_json(shape));
	json_object_set_new(object, "serial",
			    shape->has_wakes ? serial__to_json(&shape->serial) : json_null());
	return object;
}

json_t *shape__rows_to_json(const struct shape *shape, double address_space_ns, const char *known)
{
	json_t *object = json_object();

	json_object_set_new(object, "memory", memory_to_json(shape));
	json_object_set_new(object, "isolation", isolation_to_json(shape));
	json_object_set_new(object, "communication",
			    shape->has_wakes ? wake_sums__to_json(&shape->wakes) :
					       not_available(shape__no_wakes(shape)));
	json_object_set_new(object, "crash_impact",
			    shape->lives_unknown ? not_available(shape__no_lives(shape)) :
						   crash_to_json(shape));
	json_object_set_new(object, "creation",
			    shape->lives_unknown ? not_available(shape__no_lives(shape)) :
						   creation_to_json(shape));
	json_object_set_new(object, "switching", switching_to_json(shape, address_space_ns, known));
	json_object_set_new(object, "use", use_to_json(shape));
	return object;
}

json_t *shape__states_to_json(const struct shape *shape)
{
	json_t *object;
	int i;

	if (!shape->has_states)
		return json_null();
	object = json_object();
	for (i = 0; i < STATES; i++)
		json__put(object, state_names[i], shape__state(shape, (enum state)i));
	return object;
}

static json_t *elapsed_to_json(const struct shapes_side *side)
{
	json_t *object = json_object(), *rounds = json_array();
	size_t i;

	json__put(object, "min", shapes_side__elapsed(side, 0));
	json__put(object, "p50", shapes_side__elapsed(side, 0.5));
	json__put(object, "max", shapes_side__elapsed(side, 1));
	for (i = 0; i < side->rounds; i++)
		json_array_append_new(rounds, json_integer((json_int_t)side->elapsed[i]));
	json_object_set_new(object, "rounds", rounds);
	return object;
}

static json_t *side_to_json(const struct shapes_side *side)
{
	json_t *object = json_object(), *others = json_array();
	const struct shape *shape = &side->all;
	size_t i;

	for (i = 0; i < side->rounds; i++)
		json_array_append_new(others, json_real(side->others[i]));
	json_object_set_new(object, "command", escape__json(side->command));
	json_object_set_new(object, "elapsed_ns", elapsed_to_json(side));
	json__put(object, "oncpu_ns", shape->n[C_ONCPU]);
	json_object_set_new(object, "state_ns", shape__states_to_json(shape));
	json_object_set_new(object, "others_share", others);
	json__put(object, "incomplete", shape->incomplete);
	json__put(object, "failed", shape->failed);
	json_object_set_new(object, "rows",
			    shape__rows_to_json(shape, side->address_space_ns,
						side->from_price_list ? "price list" : "measured"));
	return object;
}

json_t *shapes__to_json(const struct shapes *shapes)
{
	json_t *object = json_object(), *sides = json_array();
	int i;

	for (i = 0; i < 2; i++)
		json_array_append_new(sides, side_to_json(&shapes->side[i]));
	json_object_set_new(object, "schema", json_string("tasktoll.compare/1"));
	json_object_set_new(object, "host", escape__json(shapes->host));
	json_object_set_new(object, "kernel", escape__json(shapes->kernel));
	json__put(object, "cpus", (__u64)shapes->cpus);
	json_object_set_new(object, "shapes", sides);
	json_object_set_new(object, "verdict", verdict__to_json(&shapes->verdict));
	return object;
}
