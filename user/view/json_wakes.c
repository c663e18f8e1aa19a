/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ids.h"
#include "view/escape.h"
#include "view/json.h"
#include "view/wakes.h"

static json_t *sum_to_json(const struct wake_sum *sum)
{
	json_t *object = json_object();

	json__put(object, "count", sum->count);
	json__put(object, "slept_ns", sum->slept_ns);
	json_object_set_new(object, "latency_ns", json__dist(&sum->latency, D_RUNQ));
	return object;
}

static json_t *scope_to_json(const struct wake_sums *sums, enum wake_scope scope)
{
	json_t *object = json_object();
	int channel;

	for (channel = 0; channel < WAKE_CHANNELS; channel++) {
		const struct wake_sum *sum = &sums->of[scope][channel];

		if (sum->count)
			json_object_set_new(object, wake_channels[channel], sum_to_json(sum));
	}
	return object;
}

json_t *wake_sums__to_json(const struct wake_sums *sums)
{
	json_t *object = json_object();
	__u64 count = 0;
	int scope;

	for (scope = 0; scope < WAKE_SCOPES; scope++)
		count += wake_sums__count(sums, (enum wake_scope)scope);
	json__put(object, "wakeups", count);
	for (scope = 0; scope < WAKE_SCOPES; scope++)
		json_object_set_new(object, wake_scopes[scope],
				    scope_to_json(sums, (enum wake_scope)scope));
	return object;
}

static json_t *end_to_json(const struct wake_end *end)
{
	json_t *object = json_object();

	json__put(object, "tid", id__shown(end->tid));
	json__put(object, "pid", id__shown(end->tgid));
	json__put(object, "start_ns", end->start_ns);
	json_object_set_new(object, "comm", escape__json(end->comm));
	return object;
}

json_t *wakes__to_json(const struct wakes *wakes)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < wakes->count; i++) {
		const struct wake *wake = &wakes->list[i];
		json_t *object = json_object();

		json_object_set_new(object, "waker",
				    wake->scope >= WAKES_INTERRUPT ? json_null() :
								     end_to_json(&wake->waker));
		json_object_set_new(object, "woken", end_to_json(&wake->woken));
		json_object_set_new(object, "channel", json_string(wake_channels[wake->channel]));
		json_object_set_new(object, "scope", json_string(wake_scopes[wake->scope]));
		json__put(object, "count", wake->count);
		json__put(object, "slept_ns", wake->slept_ns);
		json_object_set_new(object, "latency_ns", json__dist(&wake->latency, D_RUNQ));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *taker_to_json(const struct wake_end *end, const char *what, __u64 ns)
{
	json_t *object;

	if (!end->tid)
		return json_null();
	object = json_object();
	json__put(object, "tid", id__shown(end->tid));
	json_object_set_new(object, "comm", escape__json(end->comm));
	json__put(object, what, ns);
	return object;
}

json_t *serial__to_json(const struct serial *serial)
{
	static const char *const verdicts[] = { "not known", "not enough data", "no",
						"not decidable", "serialised" };
	json_t *object;

	if (!serial->found)
		return json_null();
	object = json_object();
	json__put(object, "pid", id__shown(serial->pid));
	json_object_set_new(object, "comm", escape__json(serial->comm));
	json_object_set_new(object, "verdict", json_string(verdicts[serial__judge(serial)]));
	json__put(object, "duration_ns", serial->duration_ns);
	json__put(object, "work_ns", serial->work_ns);
	json__put(object, "one_ns", serial->one_ns);
	json__put(object, "one_idle_ns", serial->one_idle_ns);
	json__put(object, "more_ns", serial->more_ns);
	json__put(object, "handoffs", serial->handoffs);
	json__put(object, "given", serial->given);
	json__put(object, "switches", serial->switches);
	json__put(object, "waited_ns", serial->waited_ns);
	json_object_set_new(object, "round", json_real(serial->round));
	json_object_set_new(object, "takers", json_real(serial->takers));
	json__put(object, "lock_waits", serial->lock_waits);
	json__put(object, "gil_waits", serial->lock_inside);
	json_object_set_new(object, "interpreter",
			    serial->interpreter == INTERPRETER_PYTHON ? json_string("python") :
			    serial->interpreter == INTERPRETER_RUBY   ? json_string("ruby") :
									json_null());
	json_object_set_new(object, "lock",
			    serial__judge(serial) != SERIAL_YES ? json_null() :
			    serial__is_gil(serial)		? json_string("gil") :
								  json_string("one lock"));
	json_object_set_new(object, "holder",
			    taker_to_json(&serial->holder, "oncpu_ns", serial->holder_ns));
	json_object_set_new(object, "waiter",
			    taker_to_json(&serial->waiter, "waited_ns", serial->waiter_ns));
	return object;
}
