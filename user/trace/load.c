/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From nothing to attached programs, and back. */
#include <bpf/bpf.h>
#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/utf8.h"
#include "trace/kernel.h"
#include "trace/shared_map.h"
#include "trace/state.h"
#include "trace/frame_sizes.h"

#define FILES_LEAST 64	 /* that may be open: programs and maps alone are more */
#define ID_MAX	    8192 /* entries of the target_ids map */

/* ---- what libbpf says: kept for the failure, shown only with -v ---- */

static bool libbpf_verbose;
static char libbpf_last[256];

/* Line by line: it may quote what a command line or a file says. */
static void libbpf__show(const char *format, va_list args)
{
	char *text, *at, *line, *shown;

	if (vasprintf(&text, format, args) < 0)
		return;
	for (at = text; (line = strsep(&at, "\n"));) {
		size_t room = 3 * strlen(line) + 1;

		shown = *line || at ? malloc(room) : NULL;
		if (!shown)
			continue;
		utf8__from_bytes(shown, room, line, room);
		utf8__printable(shown);
		fprintf(stderr, "%s\n", shown);
		free(shown);
	}
	free(text);
}

static int libbpf__print(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[1024];
	va_list again;

	if (level == LIBBPF_DEBUG)
		return 0;
	va_copy(again, args);
	vsnprintf(line, sizeof(line), format, args);
	if (libbpf_verbose) /* the verifier's log is long, and its end is what matters */
		libbpf__show(format, again);
	va_end(again);
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

static struct bpf_program *trace__also(const struct trace *trace, enum also also)
{
	return bpf_object__find_program_by_name(trace->bpf->obj, also_infos[also].program);
}

static bool trace__has_also(const struct trace *trace, enum also also)
{
	return trace->probes.also[also].tried && !trace->probes.also[also].error;
}

static bool probe__wanted(const struct trace *trace, const struct trace_config *config,
			  enum probe probe)
{
	if (!(probe_infos[probe].use & config->use))
		return false;
	switch (probe_infos[probe].when) {
	case WHEN_STACKS:
		return config->stacks;
	case WHEN_WAITS:
		return config->use & USE_LIFECYCLE || config->stacks || config->wakes ||
		       config->timeline_bytes || !trace->probes.run_delay;
	case WHEN_NAMES:
		return config->target.mode == TARGET_COMM || config->use & USE_LIFECYCLE;
	case WHEN_CGROUPS:
		return config->target.mode == TARGET_CGROUP;
	default:
		return true;
	}
}

bool trace__wants(const struct trace *trace, enum probe probe)
{
	return probe_infos[probe].use & trace->use && trace->probes.chosen[probe] >= 0;
}

static void trace__choose_programs(struct trace *trace, const struct trace_config *config)
{
	int i;

	for (i = 0; i < RUNG_COUNT; i++) {
		enum probe probe = rung_infos[i].probe;

		bpf_program__set_autoload(trace__program(trace, i),
					  trace->probes.chosen[probe] == i &&
						  probe__wanted(trace, config, probe));
	}
	for (i = 0; i < ALSO_COUNT; i++)
		bpf_program__set_autoload(
			trace__also(trace, i),
			trace__has_also(trace, i) &&
				probe__wanted(trace, config, rung_infos[also_infos[i].rung].probe));
}

static void trace__configure(struct trace *trace, const struct trace_config *config)
{
	const struct trace_target *target = &config->target;

	trace__choose_programs(trace, config);
	trace->bpf->rodata->cfg_target = target->mode;
	trace->bpf->rodata->cfg_children = target->children;
	trace->bpf->rodata->cfg_cgroup = target->cgroup;
	trace->bpf->rodata->cfg_delay = trace->probes.run_delay;
	trace->bpf->rodata->cfg_wakes =
		config->use & USE_SWITCHES && trace->probes.chosen[PROBE_WAKEUP] >= 0 &&
		(config->stacks || config->timeline_bytes || !trace->probes.run_delay);
	trace->bpf->rodata->cfg_switches = config->use & USE_SWITCHES;
	trace->bpf->rodata->cfg_lifecycle = config->use & USE_LIFECYCLE;
	trace->bpf->rodata->cfg_all = config->all;
	trace->bpf->rodata->cfg_price = config->price ? config->price : PRICE_EACH;
	trace->bpf->rodata->cfg_maps = trace->probes.maps_at_exit ||
				       trace->probes.chosen[PROBE_CORE] >= 0;
	trace->bpf->rodata->cfg_exit = trace->probes.maps_at_exit;
	trace->bpf->rodata->cfg_outsiders = config->outsiders;
	trace->bpf->rodata->cfg_window_ns = config->window_ns;
	trace->bpf->rodata->cfg_page_shift =
		(__u32)__builtin_ctzl((unsigned long)sysconf(_SC_PAGESIZE));
	bpf_map__set_max_entries(trace->bpf->maps.cpu_snapshots, (__u32)trace->cpus);
	bpf_map__set_max_entries(trace->bpf->maps.fine_snapshots, (__u32)trace->cpus);
	trace__configure_self(trace);
	trace__configure_stack_events(trace, config);
	trace__configure_wakes(trace, config);
	trace__configure_timeline(trace, config);
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
					    "give at most 8192", "cannot trace these tasks");
	}
	return 0;
}

static struct bpf_link *program__attach(struct bpf_program *program, enum rung_type type,
					struct rung_trial *trial)
{
	struct bpf_link *link;

	switch (type) {
	case RUNG_KPROBE:
	case RUNG_KRETPROBE:
		return bpf_program__attach_kprobe(program, type == RUNG_KRETPROBE, trial->target);
	case RUNG_TRACEPOINT:
		link = bpf_program__attach_perf_event(program, trial->event);
		if (link)
			trial->event = 0; /* now the link's */
		return link;
	default:
		return bpf_program__attach(program);
	}
}

static int trace__attach_one(struct trace *trace, enum rung rung, struct failure *failure)
{
	const struct rung_info *info = &rung_infos[rung];
	struct bpf_link **link = &trace->links[info->probe];
	const char *target = info->target;
	enum rung_type type = info->type;
	int i = 0;

	*link = program__attach(trace__program(trace, rung), type, &trace->probes.trials[rung]);
	while (*link && i < ALSO_COUNT) {
		if (also_infos[i].rung == rung && trace__has_also(trace, i)) {
			type = also_infos[i].type;
			target = also_infos[i].target;
			link = &trace->also[i];
			*link = program__attach(trace__also(trace, i), type,
						&trace->probes.also[i]);
		}
		i++;
	}
	if (*link)
		return 0;
	return failure__set(failure, -errno, NULL, "tasktoll doctor says what this kernel allows",
			    "cannot attach %s:%s", rung__type_name(type), target);
}

static int trace__attach(struct trace *trace, const struct trace_config *config,
			 struct failure *failure)
{
	int p, err;

	for (p = 0; p < PROBE_COUNT; p++) {
		int rung = trace->probes.chosen[p];

		if (rung < 0 || rung_infos[rung].type == RUNG_TEST_RUN ||
		    !probe__wanted(trace, config, p))
			continue;
		err = trace__attach_one(trace, rung, failure);
		if (err)
			return err;
	}
	return 0;
}

static struct ring_buffer *ring__open(struct trace *trace, struct bpf_map *map,
				      ring_buffer_sample_fn on_event)
{
	return ring_buffer__new(bpf_map__fd(map), on_event, trace, NULL);
}

static int trace__open_rings(struct trace *trace, struct failure *failure)
{
	trace->lifecycle = ring__open(trace, trace->bpf->maps.lifecycle, trace__on_lifecycle);
	trace->ring = ring__open(trace, trace->bpf->maps.events, trace__on_event);
	trace->stacks = ring__open(trace, trace->bpf->maps.stacks, trace__on_stack);
	if (trace->lifecycle && trace->stacks && trace->ring)
		return 0;
	return failure__set(failure, -errno, NULL, NULL, "cannot read the BPF ring buffers");
}

static int trace__lacks_files(struct failure *failure)
{
	return failure__set(failure, -EMFILE, "too few files may be open at once",
			    "raise the hard limit, as root: ulimit -n 1024", "cannot trace");
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
	err = trace__configure_outside(trace, config, failure);
	if (err)
		return err;
	err = tasktoll__load(trace->bpf);
	if (err == -EMFILE)
		return trace__lacks_files(failure);
	if (err)
		return failure__set(failure, err, libbpf_last[0] ? libbpf_last : NULL,
				    "run with -v for the verifier's log, and report it",
				    "cannot load the BPF programs");
	trace->snapshots = shared_map__open(trace->bpf->maps.cpu_snapshots);
	trace->fine_snapshots = shared_map__open(trace->bpf->maps.fine_snapshots);
	if (!trace->snapshots || !trace->fine_snapshots)
		return failure__set(failure, -errno, NULL, NULL, "cannot map the CPUs' totals");
	return 0;
}

static int trace__check(struct trace *trace, const struct trace_config *config,
			struct failure *failure)
{
	struct kernel_facts facts;
	struct rlimit files;
	int err, missing;

	/* before what cannot be opened seems not to be there */
	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < FILES_LEAST)
		return trace__lacks_files(failure);
	kernel_facts__read(&facts);
	err = kernel_facts__check(&facts, config->btf, failure);
	if (err)
		return err;
	err = probe_set__try(&trace->probes, config->use, config->force, false);
	if (err)
		return failure__set(failure, err, "it names no probe or no rung",
				    "write PROBE=RUNG as tasktoll doctor shows them",
				    "cannot force \"%s\"", config->force);
	missing = probe_set__missing(&trace->probes, config->use);
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
	trace->use = config->use;
	trace->cpus = libbpf_num_possible_cpus();
	err = trace__check(trace, config, failure);
	if (!err)
		err = trace__load(trace, config, failure);
	if (!err)
		err = trace__check_self(trace, failure);
	if (!err)
		err = trace__aim(trace, &config->target, failure);
	if (!err)
		err = trace__open_rings(trace, failure);
	if (!err && config->stacks && trace__open_stack_events(trace))
		err = failure__set(failure, -ENOMEM, NULL, NULL, "cannot read the stacks");
	if (!err && config->timeline_bytes && trace__open_timeline(trace))
		err = failure__set(failure, -ENOMEM, NULL, NULL, "cannot read single switches");
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

void trace__detach(struct trace *trace)
{
	int p;

	for (p = 0; p < PROBE_COUNT; p++) {
		detach__add(&trace->detach, trace->links[p]);
		trace->links[p] = NULL;
	}
	for (p = 0; p < ALSO_COUNT; p++) {
		detach__add(&trace->detach, trace->also[p]);
		trace->also[p] = NULL;
	}
	detach__begin(&trace->detach);
}

void trace__close(struct trace *trace)
{
	if (!trace)
		return;
	trace__detach(trace);
	detach__await(&trace->detach);
	probe_set__release(&trace->probes);
	ring_buffer__free(trace->lifecycle);
	ring_buffer__free(trace->stacks);
	ring_buffer__free(trace->ring);
	ring_buffer__free(trace->timeline);
	trace__close_stack_events(trace);
	if (trace->bpf) {
		shared_map__close(trace->bpf->maps.cpu_snapshots, trace->snapshots);
		shared_map__close(trace->bpf->maps.fine_snapshots, trace->fine_snapshots);
	}
	tasktoll__destroy(trace->bpf);
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
