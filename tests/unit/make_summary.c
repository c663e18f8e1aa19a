/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "make_summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

const char *const hostile_names[] = {
	"\x1b[31mred",
	"\x1b]0;title\x07",
	"a\nb\r\tc",
	"\x7f\x08\x08\x08",
	"\xc2\x9b"
	"31mred",
	"\xc2\x9d"
	"0;x\xc2\x9c",
	"\x9b"
	"31mred",
	"\xff\xfe\xfd",
	"\xed\xa0\x80\xc0\xaf",
	"a,b",
	"say \"hi\"",
	"\",\"\n\",",
	"\\u001b[31m",
	"</script>",
	"%s%n%d",
	"' OR 1=1 --",
	"\xf0\x9f\x98\x80\xe2\x82",
	" ",
	"",
	NULL,
};

bool has_control_characters(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	for (; *s; s++) {
		if ((*s < 0x20 && *s != '\n') || *s == 0x7f)
			return true;
		if (*s == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f)
			return true;
	}
	return false;
}

static void fill(struct task *task, __u32 switches)
{
	int d;

	task__switch(task, switches - switches / 4, switches / 4);
	task->rec.IN_THREAD = switches / 2;
	task->rec.IN_PROCESS = switches - switches / 2;
	task->rec.ONCPU = 1000000;
	task->rec.MIGRATIONS = 2;
	task->rec.FLUSHED = 1;
	task->rec.SHOOT_SENT = 3;
	task->rec.SHOOT_RECV = 4;
	for (d = 0; d < D_COUNT; d++) {
		task__sample(task, d, 1500 + (__u64)d);
		task__sample(task, d, 3000000);
	}
}

static void add_process(struct model *model, __u32 pid, __u32 switches, const char *comm)
{
	struct task task = task__make(pid, pid, pid);

	task__rename(&task, comm, comm);
	fill(&task, switches);
	task__read(&task, model);
}

static void add_threads(struct model *model, __u32 pid)
{
	struct task tracker = task__make(pid + 10000, pid, pid + 10000);
	struct task ended = task__make(pid + 20000, pid, pid + 20000);

	task__switch(&tracker, 1, 0);
	task__switch(&ended, 1, 0);
	task__read(&tracker, model);
	task__die(&ended, model);
}

static void add_cpu(struct model *model)
{
	struct task idle = task__make(1, 0, 0);
	struct cpu_slot slot = { .switches = 10000, .voluntary = 7000, .nr_switches = 10000 };

	fill(&idle, 100);
	idle.rec.IN_KERNEL = 100;
	slot.in[KIND_IDLE] = 100;
	slot.in[KIND_THREAD] = 9900;
	slot.idle = idle.rec;
	cr_assert_eq(model__apply_cpu(model, 0, &slot), 0);
}

void scene__describe(struct summary *summary)
{
	memset(summary, 0, sizeof(*summary));
	strcpy(summary->host, "host");
	strcpy(summary->kernel, "6.18.0");
	strcpy(summary->boot_id, "01234567-89ab-cdef-0123-456789abcdef");
	strcpy(summary->target, "the whole machine");
	summary->cpus = 2;
	summary->start_realtime_ns = 1795348800123456789ULL;
	summary->duration_ns = SCENE_END - SCENE_START;
	summary->self = (struct summary_toll){ .known = true,
					       .why_not = "it was not asked for",
					       .ns_per_switch = 250.4,
					       .bpf_ns = 25000,
					       .cpu_ns = 3000000,
					       .rss_bytes = 4 << 20,
					       .kernel_bytes = 16 << 20 };
	summary->cost_source = COST_TRACEPOINT;
	memset(summary->has_counter, true, sizeof(summary->has_counter));
	memset(summary->has_dist, true, sizeof(summary->has_dist));
	memset(summary->has_phase, true, sizeof(summary->has_phase));
	summary->has_failed = true;
}

void scene__take(struct scene *scene)
{
	cr_assert_eq(model__close(scene->model, SCENE_END), 0);
	scene__describe(&scene->summary);
	cr_assert_eq(summary__take(&scene->summary, scene->model, sort__find("switches")), 0);
}

void scene__begin(struct scene *scene, bool threads, bool whole_machine)
{
	*scene = (struct scene){ .model = model__new(threads, whole_machine) };
	cr_assert_not_null(scene->model);
	scene->model->run_start = SCENE_START;
}

void scene__fill(struct scene *scene, unsigned int processes, bool threads, bool whole_machine)
{
	unsigned int i;

	cr_assert_lt(processes, 90);
	scene__begin(scene, threads, whole_machine);
	if (whole_machine)
		add_cpu(scene->model);
	for (i = processes; i; i--)
		add_process(scene->model, 100 + i, 100 - i, "worker");
	if (processes)
		add_threads(scene->model, 101);
}

void scene__make(struct scene *scene, unsigned int processes, bool threads, bool whole_machine)
{
	scene__fill(scene, processes, threads, whole_machine);
	scene__take(scene);
}

void scene__make_named(struct scene *scene, const char *comm)
{
	scene__begin(scene, true, false);
	add_process(scene->model, 101, 50, comm);
	scene__take(scene);
}

void scene__release(struct scene *scene)
{
	summary__release(&scene->summary);
	model__free(scene->model);
}

/* What is written by one of the two; the other one is NULL. */
static char *show(const struct view *view, const struct summary *summary, const struct crash *crash,
		  const struct view_options *options)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	cr_assert_not_null(out);
	cr_assert_eq(summary ? view->write(out, summary, options) :
			       view->write_crash(out, crash, options),
		     0);
	cr_assert_eq(fclose(out), 0);
	cr_assert_eq(strlen(text), size, "there is a NUL in it");
	return text;
}

char *scene__show(const struct scene *scene, const struct view *view,
		  const struct view_options *options)
{
	return show(view, &scene->summary, NULL, options);
}

char *crash__show(const struct crash *crash, const struct view *view,
		  const struct view_options *options)
{
	return show(view, NULL, crash, options);
}
