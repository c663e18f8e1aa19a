/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/trace.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "tasktoll.skel.h"
#include "trace/kernel.h"
#include "trace/reader.h"

#define ID_MAX 8192 /* entries of the target_ids map */

/*
 * How long a task that is out of the process list may take to its last switch
 * before it counts as lost: on a crowded machine it waits for a CPU to die on.
 */
#define ASTRAY_NS 2000000000ULL

struct trace {
	struct tasktoll *bpf;
	struct probe_set probes;
	struct bpf_link *links[PROBE_COUNT];
	struct ring_buffer *ring;
	struct trace_sink sink;
	struct cpu_slot *slots; /* room for one read of the cuts */
	int cpus;
	bool rescan;   /* tasks have moved into the target or out of it */
	__u64 records; /* live tasks with a record, at the last read */
};

/* ---- what libbpf says: kept for the failure, shown only with -v ---- */

static bool libbpf_verbose;
static char libbpf_last[256];

static int libbpf__print(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[1024];

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	if (libbpf_verbose)
		fputs(line, stderr);
	line[strcspn(line, "\n")] = 0;
	if (!libbpf_last[0]) /* the first complaint is the cause */
		snprintf(libbpf_last, sizeof(libbpf_last), "%.255s", line);
	return 0;
}

/* ---- open, configure, load ---- */

static struct bpf_program *trace__program(const struct trace *trace, enum rung rung)
{
	return bpf_object__find_program_by_name(trace->bpf->obj, rung_infos[rung].program);
}

static bool probe__wanted(const struct trace_config *config, enum probe probe)
{
	if (probe == PROBE_RENAME)
		return config->target.mode == TARGET_COMM;
	return probe != PROBE_MOVE || config->target.mode == TARGET_CGROUP;
}

static void trace__configure(struct trace *trace, const struct trace_config *config)
{
	const struct trace_target *target = &config->target;
	int r;

	for (r = 0; r < RUNG_COUNT; r++) {
		enum probe probe = rung_infos[r].probe;

		bpf_program__set_autoload(trace__program(trace, r),
					  trace->probes.chosen[probe] == r &&
						  probe__wanted(config, probe));
	}
	trace->bpf->rodata->cfg_target = target->mode;
	trace->bpf->rodata->cfg_children = target->children;
	trace->bpf->rodata->cfg_cgroup = target->cgroup;
	trace->bpf->rodata->cfg_runq = trace->probes.chosen[PROBE_WAKEUP] >= 0;
	trace->bpf->bss->target_glob = target->glob;
}

static int trace__aim(struct trace *trace, const struct trace_target *target,
		      struct failure *failure)
{
	int fd = bpf_map__fd(trace->bpf->maps.target_ids);
	__u8 yes = 1;
	size_t i;

	for (i = 0; i < target->id_count; i++) {
		if (i >= ID_MAX || bpf_map_update_elem(fd, &target->ids[i], &yes, BPF_ANY))
			return failure__set(failure, -E2BIG, "there are too many",
					    "give at most 8192", "cannot aim at these tasks");
	}
	return 0;
}

static int trace__attach(struct trace *trace, const struct trace_config *config,
			 struct failure *failure)
{
	int p;

	for (p = 0; p < PROBE_COUNT; p++) {
		int rung = trace->probes.chosen[p];
		const struct rung_info *info;
		struct bpf_program *program;

		if (rung < 0 || p == PROBE_CUT || !probe__wanted(config, p))
			continue;
		info = &rung_infos[rung];
		program = trace__program(trace, rung);
		if (info->type == RUNG_KPROBE)
			trace->links[p] =
				bpf_program__attach_kprobe(program, false,
							   trace->probes.trials[rung].target);
		else
			trace->links[p] = bpf_program__attach(program);
		if (!trace->links[p])
			return failure__set(failure, -errno, NULL,
					    "tasktoll doctor says what this kernel allows",
					    "cannot attach %s:%s", rung__type_name(info->type),
					    info->target);
	}
	return 0;
}

static int trace__load(struct trace *trace, const struct trace_config *config,
		       struct failure *failure)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = config->btf);
	int err;

	libbpf_last[0] = 0;
	trace->bpf = tasktoll__open_opts(&opts);
	if (!trace->bpf)
		return failure__set(failure, -errno, libbpf_last[0] ? libbpf_last : NULL, NULL,
				    "cannot open the BPF programs");
	trace__configure(trace, config);
	err = tasktoll__load(trace->bpf);
	if (err)
		return failure__set(failure, err, libbpf_last[0] ? libbpf_last : NULL,
				    "run with -v for the verifier's log, and report it",
				    "cannot load the BPF programs");
	return 0;
}

static int trace__on_event(void *context, void *data, size_t size)
{
	struct trace *trace = context;
	const struct wire_task *head = data;
	const char *rest = data;

	if (size >= sizeof(*head) && head->type == WIRE_RESCAN) {
		trace->rescan = true;
		return 0;
	}
	if (size < sizeof(*head) + sizeof(struct task_rec))
		return 0;
	rest += sizeof(*head);
	return trace->sink.task(trace->sink.context, head, (const void *)rest,
				rest + WIRE_REC_HEAD);
}

static int trace__check(struct trace *trace, const struct trace_config *config,
			struct failure *failure)
{
	struct kernel_facts facts;
	int err, missing;

	kernel_facts__read(&facts);
	err = kernel_facts__check(&facts, config->btf, failure);
	if (err)
		return err;
	err = probe_set__try(&trace->probes, config->force);
	if (err)
		return failure__set(failure, err, "it names no probe or no rung",
				    "write PROBE=RUNG as tasktoll doctor shows them",
				    "cannot force \"%s\"", config->force);
	missing = probe_set__missing(&trace->probes);
	if (missing >= 0)
		return failure__set(failure, -ENOTSUP, probe_infos[missing].loses,
				    "tasktoll doctor says why",
				    "cannot trace without the hook for %s",
				    probe_infos[missing].gives);
	return 0;
}

int trace__open(struct trace **ret_trace, const struct trace_config *config,
		const struct trace_sink *sink, struct failure *failure)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	int err;

	if (!trace)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin a trace");
	libbpf_verbose = config->verbose;
	libbpf_set_print(libbpf__print);
	trace->sink = *sink;
	trace->cpus = libbpf_num_possible_cpus();
	trace->slots = calloc((size_t)(trace->cpus > 0 ? trace->cpus : 1), sizeof(*trace->slots));
	err = trace->slots ? 0 : failure__set(failure, -ENOMEM, NULL, NULL, "cannot begin a trace");
	if (!err)
		err = trace__check(trace, config, failure);
	if (!err)
		err = trace__load(trace, config, failure);
	if (!err)
		err = trace__aim(trace, &config->target, failure);
	if (!err) {
		trace->ring = ring_buffer__new(bpf_map__fd(trace->bpf->maps.events),
					       trace__on_event, trace, NULL);
		if (!trace->ring)
			err = failure__set(failure, -errno, NULL, NULL,
					   "cannot read the BPF ring buffer");
	}
	if (!err)
		err = trace__attach(trace, config, failure);
	if (err) {
		trace__close(trace);
		return err;
	}
	malloc_trim(0); /* the kernel's types took tens of megabytes, and are done with */
	*ret_trace = trace;
	return 0;
}

void trace__close(struct trace *trace)
{
	int p;

	if (!trace)
		return;
	for (p = 0; p < PROBE_COUNT; p++)
		bpf_link__destroy(trace->links[p]);
	ring_buffer__free(trace->ring);
	tasktoll__destroy(trace->bpf);
	free(trace->slots);
	free(trace);
}

const struct probe_set *trace__probes(const struct trace *trace)
{
	return &trace->probes;
}

void trace__set_launcher(struct trace *trace, __u32 launcher)
{
	trace->bpf->bss->target_launcher = launcher;
}

/* ---- seed, start, stop ---- */

__u64 trace__records(const struct trace *trace)
{
	const struct wire_loss *loss = &trace->bpf->bss->loss;

	return loss->created - loss->ended;
}

int trace__seed(struct trace *trace, __u64 *ret_records, struct failure *failure)
{
	int link = bpf_link__fd(trace->links[PROBE_SEED]), pass, err;

	/*
	 * The second pass finds the children that a task made before it had
	 * its own record; more passes make good records that could not be
	 * allocated in a burst.
	 */
	for (pass = 0; pass < 8; pass++) {
		__u64 failed = trace->bpf->bss->loss.storage;

		err = reader__run(link);
		if (err)
			return failure__set(failure, err, NULL, NULL,
					    "cannot go through the tasks of this machine");
		if (pass && trace->bpf->bss->loss.storage == failed)
			break;
		if (pass < 7)
			trace->bpf->bss->loss.storage = 0; /* to be tried again */
	}
	*ret_records = trace__records(trace);
	return 0;
}

/* Runs the cut on every CPU that is online. */
static int trace__cut(struct trace *trace, struct failure *failure)
{
	int program = bpf_program__fd(trace->bpf->progs.cut), cpu;

	for (cpu = 0; cpu < trace->cpus; cpu++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .flags = BPF_F_TEST_RUN_ON_CPU,
			    .cpu = (__u32)cpu);
		int err = bpf_prog_test_run_opts(program, &opts);

		if (err && err != -ENXIO) /* offline: its last cut stands */
			return failure__set(failure, err, NULL, NULL, "cannot read CPU %d", cpu);
	}
	return 0;
}

int trace__start(struct trace *trace, __u64 *ret_start_ns, struct failure *failure)
{
	int err = trace__cut(trace, failure); /* from here on each CPU knows what runs on it */

	if (err)
		return err;
	*ret_start_ns = clock__monotonic();
	trace->bpf->bss->run_start = *ret_start_ns;
	trace->bpf->bss->run_state = RUN_COUNTING;
	return 0;
}

int trace__stop(struct trace *trace, __u64 *ret_stop_ns, struct failure *failure)
{
	if (trace->bpf->bss->run_state == RUN_STOPPED)
		return 0;
	trace->bpf->bss->run_state = RUN_STOPPED;
	*ret_stop_ns = clock__monotonic();
	return trace__cut(trace, failure);
}

/* ---- read ---- */

static int trace__on_task(void *context, const struct wire_task *head,
			  const struct task_rec *rec_head, const void *dists)
{
	struct trace *trace = context;

	trace->records++;
	return trace->sink.task(trace->sink.context, head, rec_head, dists);
}

static int trace__read_cpus(struct trace *trace, struct failure *failure)
{
	__u32 zero = 0;
	int cpu, err;

	if (bpf_map_lookup_elem(bpf_map__fd(trace->bpf->maps.cuts), &zero, trace->slots))
		return failure__set(failure, -errno, NULL, NULL, "cannot read the CPUs' totals");
	for (cpu = 0; cpu < trace->cpus; cpu++) {
		err = trace->sink.cpu(trace->sink.context, cpu, &trace->slots[cpu]);
		if (err)
			return failure__set(failure, err, NULL, NULL, "cannot keep CPU %d's totals",
					    cpu);
	}
	return 0;
}

/* Each live task, then the final records of those that were on their way out meanwhile. */
static int trace__read_tasks(struct trace *trace)
{
	int err;

	trace->records = 0;
	err = reader__tasks(bpf_link__fd(trace->links[PROBE_DRAIN]), trace__on_task, trace);
	return err ? err : trace__poll(trace);
}

int trace__read(struct trace *trace, __u64 *ret_astray, struct failure *failure)
{
	__u64 deadline = clock__monotonic() + ASTRAY_NS, alive;
	int err = 0;

	if (trace->bpf->bss->run_state == RUN_COUNTING)
		err = trace__cut(trace, failure);
	if (!err)
		err = trace__read_cpus(trace, failure);
	if (err)
		return err;
	*ret_astray = 0;
	for (;;) {
		err = trace__read_tasks(trace);
		if (err)
			return failure__set(failure, err, NULL, NULL, "cannot read the tasks");
		/* while the run goes on, who is in neither place now will be in the next reading */
		if (trace->bpf->bss->run_state != RUN_STOPPED)
			return 0;
		alive = trace__records(trace);
		*ret_astray = alive > trace->records ? alive - trace->records : 0;
		if (!*ret_astray || clock__monotonic() > deadline)
			return 0;
		usleep(1000);
	}
}

int trace__poll(struct trace *trace)
{
	int err = ring_buffer__consume(trace->ring);

	if (err >= 0 && trace->rescan) {
		trace->rescan = false;
		err = reader__run(bpf_link__fd(trace->links[PROBE_SEED]));
	}
	return err < 0 ? err : 0;
}

int trace__event_fd(const struct trace *trace)
{
	return ring_buffer__epoll_fd(trace->ring);
}

/* ---- what it cost, and what was lost ---- */

static bool program__info(const struct trace *trace, enum rung rung, struct bpf_prog_info *ret_info)
{
	int fd = bpf_program__fd(trace__program(trace, rung));
	__u32 size = sizeof(*ret_info);

	memset(ret_info, 0, sizeof(*ret_info));
	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, ret_info, &size);
}

void trace__loss(const struct trace *trace, struct trace_loss *ret_loss)
{
	struct bpf_prog_info info;
	int r;

	memset(ret_loss, 0, sizeof(*ret_loss));
	ret_loss->wire = trace->bpf->bss->loss;
	for (r = 0; r < RUNG_COUNT; r++) {
		if (!program__info(trace, r, &info))
			continue;
		if (r == RUNG_OF_tlb_flush)
			ret_loss->missed_tlb += info.recursion_misses;
		else if (r == RUNG_OF_sched_switch)
			ret_loss->missed_switch += info.recursion_misses;
		else
			ret_loss->missed_runs += info.recursion_misses;
	}
}

__u64 trace__switches(const struct trace *trace)
{
	__u64 switches = 0;
	__u32 zero = 0;
	int cpu;

	if (bpf_map_lookup_elem(bpf_map__fd(trace->bpf->maps.slots), &zero, trace->slots))
		return 0;
	for (cpu = 0; cpu < trace->cpus; cpu++)
		switches += trace->slots[cpu].switches;
	return switches;
}

void trace__run_time(const struct trace *trace, __u64 *ret_ns, __u64 *ret_runs)
{
	struct bpf_prog_info info;
	int r;

	*ret_ns = *ret_runs = 0;
	for (r = 0; r < RUNG_COUNT; r++) {
		/* the iterators and the cut run for our reading, not for a switch */
		if (rung_infos[r].type == RUNG_ITER || rung_infos[r].type == RUNG_TEST_RUN ||
		    !program__info(trace, r, &info))
			continue;
		*ret_ns += info.run_time_ns;
		*ret_runs += info.run_cnt;
	}
}

__u64 trace__kernel_bytes(const struct trace *trace)
{
	__u64 bytes = trace__records(trace) * 2048; /* see task.h */
	struct bpf_map *map;

	bpf_object__for_each_map(map, trace->bpf->obj) {
		__u64 entry = bpf_map__value_size(map);

		switch (bpf_map__type(map)) {
		case BPF_MAP_TYPE_PERCPU_ARRAY:
			bytes += entry * bpf_map__max_entries(map) * (__u64)trace->cpus;
			break;
		case BPF_MAP_TYPE_RINGBUF:
			bytes += bpf_map__max_entries(map);
			break;
		case BPF_MAP_TYPE_ARRAY:
			bytes += entry * bpf_map__max_entries(map);
			break;
		default:
			break; /* filled on demand */
		}
	}
	return bytes;
}
