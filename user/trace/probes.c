/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/probes.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace/tracepoint.h"

#define REQUIRED true
#define OPTIONAL false

const struct probe_info probe_infos[PROBE_COUNT] = {
#define PROBE(id, need, use, gives, loses) [PROBE_##id] = { #id, need, USE_##use, gives, loses },
#include "probes.def"
};

const struct rung_info rung_infos[RUNG_COUNT] = {
#define RUNG(probe, type, target, program, note)                                                   \
	[RUNG_OF_##program] = { PROBE_##probe, RUNG_##type, target, #program, note },
#include "probes.def"
};

const struct also_info also_infos[ALSO_COUNT] = {
#define ALSO(first, type, target, program)                                                         \
	[ALSO_##program] = { RUNG_OF_##first, RUNG_##type, target, #program },
#include "probes.def"
};

const char *rung__type_name(enum rung_type type)
{
	static const char *const names[] = { "tp_btf",	  "fentry",	"fexit", "kprobe",
					     "kretprobe", "tracepoint", "iter",	 "test_run" };

	return names[type];
}

/* return 0; */
static const struct bpf_insn nothing[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int trial__load(enum bpf_prog_type type, enum bpf_attach_type attach, int btf_id)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach,
		    .attach_btf_id = (__u32)btf_id);

	return bpf_prog_load(type, "tasktoll_trial", "GPL", nothing,
			     sizeof(nothing) / sizeof(nothing[0]), &opts);
}

/* Where BTF keeps a hook: under which prefix, as what. */
static int trial__btf_id(const struct btf *btf, enum bpf_attach_type attach, const char *target)
{
	char name[96];

	switch (attach) {
	case BPF_TRACE_RAW_TP:
		snprintf(name, sizeof(name), "btf_trace_%s", target);
		return btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	case BPF_TRACE_ITER:
		snprintf(name, sizeof(name), "bpf_iter_%s", target);
		return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	default:
		return btf__find_by_name_kind(btf, target, BTF_KIND_FUNC);
	}
}

static int trial__tracing(const struct btf *btf, enum bpf_attach_type attach, const char *target)
{
	int id = btf ? trial__btf_id(btf, attach, target) : -ENOENT, prog, link;

	if (id < 0)
		return id;
	prog = trial__load(BPF_PROG_TYPE_TRACING, attach, id);
	if (prog < 0)
		return prog;
	if (attach == BPF_TRACE_ITER)
		link = bpf_link_create(prog, 0, attach, NULL);
	else
		link = bpf_raw_tracepoint_open(NULL, prog);
	close(prog);
	if (link < 0)
		return link;
	close(link);
	return 0;
}

static int trial__test_run(void)
{
	int prog = trial__load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0), err;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .flags = BPF_F_TEST_RUN_ON_CPU);

	if (prog < 0)
		return prog;
	err = bpf_prog_test_run_opts(prog, &opts);
	close(prog);
	return err;
}

/* finish_task_switch, or a clone of it that the compiler has named: ".isra.0", ".constprop.0". */
static bool kallsyms__find(const char *name, char *ret_symbol, size_t capacity)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], symbol[256], type;
	size_t length = strlen(name);
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %c %255s", &type, symbol) != 2 || tolower(type) != 't')
			continue;
		if (strncmp(symbol, name, length) || (symbol[length] && symbol[length] != '.'))
			continue;
		if (strstr(symbol, ".cold") || strlen(symbol) >= capacity)
			continue;
		snprintf(ret_symbol, capacity, "%.*s", (int)capacity - 1, symbol);
		found = true;
	}
	fclose(file);
	return found;
}

static int trial__kprobe(const char *target, struct rung_trial *trial)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	int fd;

	if (!file)
		return -EOPNOTSUPP;
	if (fscanf(file, "%u", &attr.type) != 1)
		attr.type = 0;
	fclose(file);
	if (!kallsyms__find(target, trial->target, sizeof(trial->target)))
		return -ENOENT;
	attr.config1 = (__u64)(unsigned long)trial->target;
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* What the kernel says within itself, and also where it cannot attach: not among those of errno.h. */
#define ENOTSUPP 524

static const char *trial__why(enum rung_type type, int error)
{
	const char *words;

	switch (error) {
	case 0:
		return NULL;
	case -ENOTSUPP:
	case -EOPNOTSUPP:
		return type == RUNG_KPROBE || type == RUNG_KRETPROBE ?
			       "this kernel is built without kprobes" :
			       "this kernel does not support it";
	case -EPERM:
	case -EACCES:
		return geteuid() ? "not permitted: run as root" : "this kernel's policy refuses it";
	case -ESRCH:
	case -ENOENT:
		return type == RUNG_KPROBE     ? "no such symbol in this kernel" :
		       type == RUNG_TRACEPOINT ? "no such tracepoint in this kernel" :
						 "not in this kernel's BTF";
	case -EINVAL:
		return "this kernel does not know it";
	default:
		words = strerrordesc_np(-error); /* lasts, which what strerror() returns does not */
		return words ? words : "for a reason that has no name";
	}
}

/* A tracepoint that can be attached to, and that nothing of this kernel fires. */
static bool rung__is_silent(enum rung rung)
{
#if defined(__x86_64__)
	(void)rung;
	return false;
#else
	return rung == RUNG_OF_tlb_flush;
#endif
}

static void trial__run(struct rung_trial *trial, enum rung_type type, const char *target,
		       const struct btf *btf)
{
	trial->tried = true;
	snprintf(trial->target, sizeof(trial->target), "%s", target);
	switch (type) {
	case RUNG_TP_BTF:
		trial->error = trial__tracing(btf, BPF_TRACE_RAW_TP, target);
		break;
	case RUNG_FENTRY:
		trial->error = trial__tracing(btf, BPF_TRACE_FENTRY, target);
		break;
	case RUNG_FEXIT:
		trial->error = trial__tracing(btf, BPF_TRACE_FEXIT, target);
		break;
	case RUNG_ITER:
		trial->error = trial__tracing(btf, BPF_TRACE_ITER, target);
		break;
	case RUNG_KPROBE:
	case RUNG_KRETPROBE:
		trial->error = trial__kprobe(target, trial);
		break;
	case RUNG_TRACEPOINT:
		trial->event = tracepoint__open(target);
		trial->error = trial->event < 0 ? trial->event : 0;
		break;
	case RUNG_TEST_RUN:
		trial->error = trial__test_run();
		break;
	}
	trial->why = trial__why(type, trial->error);
}

/* How many arguments a tracepoint has, or a negative errno. */
static int tracepoint__arguments(const struct btf *btf, const char *name)
{
	int id = trial__btf_id(btf, BPF_TRACE_RAW_TP, name);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, (__u32)id);

	while (type && (btf_is_typedef(type) || btf_is_ptr(type)))
		type = btf__type_by_id(btf, type->type);
	if (!type || !btf_is_func_proto(type))
		return -ENOENT;
	return btf_vlen(type) - 1; /* the first is the tracepoint's own */
}

/* The further programs of the rungs that have been chosen. */
static void probe_set__try_also(struct probe_set *set, const struct btf *btf)
{
	int i;

	for (i = 0; i < ALSO_COUNT; i++) {
		const struct also_info *info = &also_infos[i];

		if (set->chosen[rung_infos[info->rung].probe] == (int)info->rung)
			trial__run(&set->also[i], info->type, info->target, btf);
	}
}

/* Marks every rung of the probe but the named one as not wanted. */
static int force__one(struct probe_set *set, const char *probe, const char *rung)
{
	int p, r, hits = 0;

	for (p = 0; p < PROBE_COUNT; p++) {
		if (!strcasecmp(probe_infos[p].name, probe))
			break;
	}
	if (p == PROBE_COUNT)
		return -EINVAL;
	for (r = 0; r < RUNG_COUNT; r++) {
		if ((int)rung_infos[r].probe != p)
			continue;
		if (!strcmp(rung__type_name(rung_infos[r].type), rung)) {
			hits++;
			continue;
		}
		set->trials[r].tried = true;
		set->trials[r].error = -ECANCELED;
		set->trials[r].why = "another rung was forced";
	}
	return hits || !strcmp(rung, "none") ? 0 : -EINVAL;
}

static int probe_set__force(struct probe_set *set, const char *forced)
{
	char *copy = strdup(forced), *at = copy, *part;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (part = strsep(&at, ","))) {
		char *rung = strchr(part, '=');

		if (!rung) {
			err = -EINVAL;
			break;
		}
		*rung++ = 0;
		err = force__one(set, part, rung);
	}
	free(copy);
	return err;
}

int probe_set__check_forced(const char *forced)
{
	struct probe_set scratch = { 0 };

	return probe_set__force(&scratch, forced);
}

bool probe_set__needs(const struct probe_set *set, enum probe probe)
{
	return probe != PROBE_CORE || !set->maps_at_exit;
}

int probe_set__try(struct probe_set *set, enum use use, const char *forced)
{
	struct btf *btf;
	int r, p, err;

	memset(set, 0, sizeof(*set));
	if (forced) {
		err = probe_set__force(set, forced);
		if (err)
			return err;
	}
	for (p = 0; p < PROBE_COUNT; p++)
		set->chosen[p] = -1;
	btf = btf__load_vmlinux_btf(); /* NULL: none, and every trial that needs it says so */
	for (r = 0; r < RUNG_COUNT; r++) {
		struct rung_trial *trial = &set->trials[r];

		p = (int)rung_infos[r].probe;
		if (!(probe_infos[p].use & use))
			continue;
		if (!trial->target[0])
			snprintf(trial->target, sizeof(trial->target), "%s", rung_infos[r].target);
		if (!trial->tried && rung_infos[r].type == RUNG_TRACEPOINT && set->chosen[p] >= 0) {
			trial->error = -ECANCELED; /* closing it again would take its time */
			trial->why = "not needed";
		} else if (!trial->tried && rung__is_silent(r)) {
			trial->error = -EOPNOTSUPP;
			trial->why = "only x86 kernels fire it";
		} else if (!trial->tried) {
			trial__run(trial, rung_infos[r].type, rung_infos[r].target, btf);
		}
		if (trial->error == 0 && set->chosen[p] < 0)
			set->chosen[p] = r;
	}
	probe_set__try_also(set, btf);
	set->vma_iter = btf &&
			btf__find_by_name_kind(btf, "bpf_iter_task_vma_new", BTF_KIND_FUNC) > 0;
	set->maps_at_exit = set->vma_iter && tracepoint__arguments(btf, "sched_process_exit") == 2;
	for (p = 0; p < PROBE_COUNT; p++) {
		if (!probe_set__needs(set, (enum probe)p))
			set->chosen[p] = -1;
	}
	btf__free(btf);
	return 0;
}

static void trial__release(struct rung_trial *trial)
{
	if (trial->event > 0)
		close(trial->event);
	trial->event = 0;
}

void probe_set__release(struct probe_set *set)
{
	int i;

	for (i = 0; i < RUNG_COUNT; i++)
		trial__release(&set->trials[i]);
	for (i = 0; i < ALSO_COUNT; i++)
		trial__release(&set->also[i]);
}

int probe_set__missing(const struct probe_set *set, enum use use)
{
	int p;

	for (p = 0; p < PROBE_COUNT; p++) {
		if (probe_infos[p].required && probe_infos[p].use & use && set->chosen[p] < 0)
			return p;
	}
	return -1;
}
