/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From nothing to attached programs, and back. */
#include <bpf/bpf.h>
#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/kernel.h"
#include "trace/state.h"

#define ID_MAX 8192 /* entries of the target_ids map */

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

struct bpf_program *trace__program(const struct trace *trace, enum rung rung)
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
