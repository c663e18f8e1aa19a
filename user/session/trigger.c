/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/trigger.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "core/parse.h"

#define WORDS_MAX 6

/* ---- the metrics: every distribution of a row, by its name ---- */

/* "runq_ns" is runq; prices of kinds are thread, process, ... as they are. */
static size_t name_length(int which)
{
	const char *name = dist_infos[which].name;
	size_t length = strlen(name);

	return length > 3 && !strcmp(name + length - 3, "_ns") ? length - 3 : length;
}

static int metric__of_name(const char *name)
{
	int i;

	for (i = 0; i < ROW_DISTS; i++) {
		if (strlen(name) == name_length(i) &&
		    !strncmp(dist_infos[i].name, name, name_length(i)))
			return i;
	}
	return -1;
}

const char *trigger__metrics(void)
{
	static char text[128];
	size_t at = 0;
	int i;

	for (i = 0; i < ROW_DISTS && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%.*s", i ? ", " : "",
				       (int)name_length(i), dist_infos[i].name);
	return text;
}

/* ---- what was written ---- */

static int parse_percent(const char *word, int *ret_percent)
{
	__u64 percent;

	if (*word != 'p' || parse__number(word + 1, 99, &percent) || !percent)
		return -EINVAL;
	*ret_percent = (int)percent;
	return 0;
}

static int parse_figure(struct trigger *trigger, char *const words[], int count,
			const char **ret_wrong)
{
	trigger->kind = TRIGGER_FIGURE;
	trigger->dist = metric__of_name(words[0]);
	*ret_wrong = "there is no such metric";
	if (trigger->dist < 0)
		return -EINVAL;
	*ret_wrong = "it has another form";
	if ((count != 4 && count != 6) || strcmp(words[2], ">") != 0 ||
	    (count == 6 && strcmp(words[4], "for") != 0))
		return -EINVAL;
	*ret_wrong = "its percentile is not one of p1 to p99";
	if (parse_percent(words[1], &trigger->percent))
		return -EINVAL;
	*ret_wrong = "its durations have to be such as 20ms or 10s";
	if (parse__duration(words[3], &trigger->above_ns) ||
	    (count == 6 && parse__duration(words[5], &trigger->for_ns)))
		return -EINVAL;
	snprintf(trigger->name, sizeof(trigger->name), "%s-p%d", words[0], trigger->percent);
	return 0;
}

int trigger__parse(struct trigger *ret_trigger, const char *text, const char **ret_wrong)
{
	struct trigger trigger = { 0 };
	char copy[128], *words[WORDS_MAX + 1], *rest = copy;
	int count = 0, err = 0;

	*ret_wrong = "it has another form";
	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	while (count <= WORDS_MAX && (words[count] = strtok_r(rest, " ", &rest)))
		count++;
	if (count == 1 && !strcmp(words[0], "crash")) {
		strcpy(trigger.name, "crash");
	} else if (count && count <= 2 && !strcmp(words[0], "http")) {
		trigger.kind = TRIGGER_HTTP;
		strcpy(trigger.name, "http");
		if (count == 2)
			trigger.where = (size_t)(words[1] - copy);
	} else if (!count || count > WORDS_MAX) {
		return -EINVAL;
	} else {
		err = parse_figure(&trigger, words, count, ret_wrong);
	}
	if (err)
		return err;
	strcpy(trigger.text, text);
	*ret_trigger = trigger;
	return 0;
}

const struct trigger *trigger__find(const struct trigger *triggers, size_t count,
				    enum trigger_kind kind)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (triggers[i].kind == kind)
			return &triggers[i];
	}
	return NULL;
}

const char *trigger__where(const struct trigger *trigger)
{
	return trigger->where ? trigger->text + trigger->where : "";
}

/* ---- looking ---- */

static bool look_for_crash(struct trigger *trigger, const struct model *model, char *ret_reason,
			   size_t size)
{
	__u64 crashes = model->crash_count + model->crashes_left_out;
	const struct crash *crash = NULL;
	const char *signal;
	size_t i;

	if (crashes <= trigger->crashes)
		return false;
	trigger->crashes = crashes;
	for (i = 0; i < model->crash_count; i++) { /* the latest of them */
		if (!crash || model->crashes[i]->at_ns > crash->at_ns)
			crash = model->crashes[i];
	}
	if (!crash)
		return false;
	signal = sigabbrev_np(crash->end.signal);
	snprintf(ret_reason, size, "a crash: %s (%u), %s%s", crash->comm, crash->pid,
		 signal ? "SIG" : "", signal ? signal : "of an unknown signal");
	return true;
}

/* Of all tasks of the target in this period so far.  Without memory for its fine grain it has none. */
static void sum_up(struct dist *ret_dist, const struct model *model, int which)
{
	const struct process *process;

	memset(ret_dist, 0, sizeof(*ret_dist));
	for (process = model->processes; process; process = process->hh.next)
		dist__add(ret_dist, which, row__dist(&process->row, which));
	dist__add(ret_dist, which, row__dist(&model->folded, which));
	if (which == D_SWITCH_IDLE) /* is nobody's */
		dist__add(ret_dist, which, row__dist(&model->idle, which));
	free(ret_dist->fine);
	ret_dist->fine = NULL;
}

static bool look_at_figure(struct trigger *trigger, const struct model *model, __u64 now,
			   char *ret_reason, size_t size)
{
	struct dist sum, lately;
	__u64 value;

	sum_up(&sum, model, trigger->dist);
	dist__between(&lately, trigger->dist, &sum, &trigger->last);
	trigger->last = sum;
	trigger->has_value |= lately.count > 0;
	value = dist__percentile(&lately, trigger->dist, trigger->percent / 100.0);
	if (value <= trigger->above_ns) {
		trigger->since_ns = 0;
		return false;
	}
	if (!trigger->since_ns)
		trigger->since_ns = now;
	if (now - trigger->since_ns < trigger->for_ns)
		return false;
	trigger->since_ns = 0;
	snprintf(ret_reason, size, "%.*s p%d of %s, above %s", (int)name_length(trigger->dist),
		 dist_infos[trigger->dist].name, trigger->percent, number__duration(value).text,
		 number__duration(trigger->above_ns).text);
	if (trigger->for_ns)
		snprintf(ret_reason + strlen(ret_reason), size - strlen(ret_reason), " for %s",
			 number__duration(trigger->for_ns).text);
	return true;
}

bool trigger__look(struct trigger *trigger, const struct model *model, __u64 now, char *ret_reason,
		   size_t size)
{
	if (trigger->kind == TRIGGER_HTTP)
		return false;
	if (trigger->kind == TRIGGER_CRASH)
		return look_for_crash(trigger, model, ret_reason, size);
	return look_at_figure(trigger, model, now, ret_reason, size);
}

/* ---- what cannot come ---- */

static const char *why_unavailable(const struct summary *same, int dist)
{
	const struct dist_info *info = &dist_infos[dist];
	const char *measure = *info->group ? info->group : info->name;
	int i;

	for (i = 0; i < same->unavailable_count; i++) {
		if (!strcmp(same->unavailable[i].measure, measure))
			return same->unavailable[i].reason;
	}
	return "it cannot be measured here";
}

const char *trigger__why_never(const struct trigger *trigger, const struct model *model,
			       const struct summary *same)
{
	if (trigger->kind == TRIGGER_HTTP)
		return NULL;
	if (trigger->kind == TRIGGER_CRASH)
		return model->tracker ? NULL : "crashes cannot be followed here";
	if (!same->has_dist[trigger->dist])
		return why_unavailable(same, trigger->dist);
	if (trigger->dist == D_SWITCH_IDLE && !model->whole_machine)
		return "switches to idle belong to no target: they are there without one only";
	return NULL;
}

void trigger__next(struct trigger *trigger)
{
	memset(&trigger->last, 0, sizeof(trigger->last));
	trigger->crashes = 0;
}
