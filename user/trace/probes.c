/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/probes.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace/ksyms.h"
#include "trace/preempt.h"
#include "trace/tracepoint.h"

#define REQUIRED    true
#define OPTIONAL    false
#define PREEMPTIBLE true
#define ATOMIC	    false

const struct probe_info probe_infos[PROBE_COUNT] = {
#define PROBE(id, need, use, when, preemption, reason, measures, cost, gives, loses)               \
	[PROBE_##id] = { #id,	   need, USE_##use, WHEN_##when, preemption, RUNG_OF_##reason,     \
			 measures, cost, gives,	    loses },
#include "probes.def"
};

const struct rung_info rung_infos[RUNG_COUNT] = {
#define RUNG(probe, type, target, program, note)                                                   \
	[RUNG_OF_##program] = { PROBE_##probe, RUNG_##type, target, #program, note },
#include "probes.def"
};

const struct also_info also_infos[ALSO_COUNT] = {
#define ALSO(first, type, target, program)                                                         \
	[ALSO_##program] = { RUNG_OF_##first, RUNG_##type, target, #program, false },
#define AGAIN(first, type, target, program)                                                        \
	[ALSO_##program] = { RUNG_OF_##first, RUNG_##type, target, #program, true },
#include "probes.def"
};

const char *rung__type_name(enum rung_type type)
{
	static const char *const names[] = { "tp_btf", "fentry",    "fexit",
					     "kprobe", "kretprobe", "tracepoint",
					     "iter",   "iter.s",    "test_run" };

	return names[type];
}

/* return 0; */
static const struct bpf_insn nothing[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int trial__load(enum bpf_prog_type type, enum bpf_attach_type attach, int btf_id,
		       bool sleeps)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach,
		    .attach_btf_id = (__u32)btf_id, .prog_flags = sleeps ? BPF_F_SLEEPABLE : 0);

	return bpf_prog_load(type, "tasktoll_trial", "GPL", nothing,
			     sizeof(nothing) / sizeof(nothing[0]), &opts);
}

#define CALL_KFUNC(id)                                                                             \
	{                                                                                          \
		.code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .imm = (id)          \
	}

/* May a program at a tracepoint of perf look up a task by its number?  newtask_perf does. */
static int trial__task_from_pid(const struct btf *btf)
{
	int find = btf__find_by_name_kind(btf, "bpf_task_from_pid", BTF_KIND_FUNC);
	int put = btf__find_by_name_kind(btf, "bpf_task_release", BTF_KIND_FUNC), prog;
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = 1 },
		CALL_KFUNC(find),
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 2 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_0 },
		CALL_KFUNC(put),
		nothing[0],
		nothing[1],
	};

	if (find < 0 || put < 0)
		return -ENOENT;
	prog = bpf_prog_load(BPF_PROG_TYPE_TRACEPOINT, "tasktoll_trial", "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), NULL);
	if (prog >= 0)
		close(prog);
	return prog < 0 ? prog : 0;
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

static int trial__tracing(const struct btf *btf, enum bpf_attach_type attach, const char *target,
			  bool sleeps)
{
	int id = btf ? trial__btf_id(btf, attach, target) : -ENOENT, prog, link;

	if (id < 0)
		return id;
	prog = trial__load(BPF_PROG_TYPE_TRACING, attach, id, sleeps);
	if (prog < 0)
		return prog;
	if (attach == BPF_TRACE_RAW_TP) {
		/* a program for a tracepoint that is there attaches; and to detach it takes some 15 ms */
		close(prog);
		return 0;
	}
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
	int prog = trial__load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0, false), err;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .flags = BPF_F_TEST_RUN_ON_CPU);

	if (prog < 0)
		return prog;
	err = bpf_prog_test_run_opts(prog, &opts);
	close(prog);
	return err;
}

static int kprobe__open(__u32 type, const char *symbol)
{
	struct perf_event_attr attr = { .type = type,
					.size = sizeof(attr),
					.config1 = (__u64)(unsigned long)symbol };
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int trial__kprobe(const char *target, struct rung_trial *trial, struct ksyms *ksyms)
{
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	__u32 type = 0;
	int err;

	if (!file)
		return -EOPNOTSUPP;
	if (fscanf(file, "%u", &type) != 1)
		type = 0;
	fclose(file);
	err = kprobe__open(type, target);
	/* going through all symbols takes longer than all other trials together */
	if (err != -ENOENT && err != -EINVAL)
		return err;
	if (!ksyms__find(ksyms, target, trial->target, sizeof(trial->target)))
		return -ENOENT;
	return kprobe__open(type, trial->target);
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
		return "this kernel does not have it";
	default:
		words = strerrordesc_np(-error); /* lasts, which what strerror() returns does not */
		return words ? words : "for an unknown reason";
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

/* What trials look into, read once. */
struct kernel_names {
	struct btf *btf; /* NULL: none, and every trial that needs it says so */
	struct ksyms ksyms;
	bool preempts, preempts_tracepoints; /* see preempt.h */
};

static void trial__run(struct rung_trial *trial, enum rung_type type, const char *target,
		       struct kernel_names *names)
{
	const struct btf *btf = names->btf;

	trial->tried = true;
	snprintf(trial->target, sizeof(trial->target), "%s", target);
	switch (type) {
	case RUNG_TP_BTF:
		trial->error = trial__tracing(btf, BPF_TRACE_RAW_TP, target, false);
		break;
	case RUNG_FENTRY:
		trial->error = trial__tracing(btf, BPF_TRACE_FENTRY, target, false);
		break;
	case RUNG_FEXIT:
		trial->error = trial__tracing(btf, BPF_TRACE_FEXIT, target, false);
		break;
	case RUNG_ITER:
		trial->error = trial__tracing(btf, BPF_TRACE_ITER, target, false);
		break;
	case RUNG_ITER_SLEEPABLE:
		trial->error = trial__tracing(btf, BPF_TRACE_ITER, target, true);
		break;
	case RUNG_KPROBE:
	case RUNG_KRETPROBE:
		trial->error = trial__kprobe(target, trial, &names->ksyms);
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

static bool btf__has_member(const struct btf *btf, const char *name, const char *member)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT), i;
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, (__u32)id);

	for (i = 0; type && i < btf_vlen(type); i++) {
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), member))
			return true;
	}
	return false;
}

/* The further programs of the rungs that have been chosen. */
static void probe_set__try_also(struct probe_set *set, struct kernel_names *names)
{
	int i;

	for (i = 0; i < ALSO_COUNT; i++) {
		const struct also_info *info = &also_infos[i];

		if (set->chosen[rung_infos[info->rung].probe] == (int)info->rung &&
		    (!info->again || names->preempts_tracepoints))
			trial__run(&set->also[i], info->type, info->target, names);
	}
}

/* Marks every rung of the probe but the named one as not wanted. */
static int force__one(struct probe_set *set, const char *probe, const char *rung)
{
	int p, r, hits = 0;

	if (!strcmp(probe, "delay")) { /* no hook, but a field of the kernel's */
		set->run_delay = false;
		return strcmp(rung, "none") ? -EINVAL : 0;
	}
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
	return probe_infos[probe].when != WHEN_NO_MAPS || !set->maps_at_exit;
}

static bool rung__can_be_preempted(enum rung rung, const struct kernel_names *names)
{
	if (!probe_infos[rung_infos[rung].probe].preemptible)
		return false;
	switch (rung_infos[rung].type) {
	case RUNG_TP_BTF:
		return names->preempts_tracepoints;
	case RUNG_FENTRY:
		return names->preempts;
	default:
		return false;
	}
}

/* What works, but would miss something: better than nothing. */
static void probe_set__settle(struct probe_set *set)
{
	int r;

	for (r = 0; r < RUNG_COUNT; r++) {
		struct rung_trial *trial = &set->trials[r];

		if (trial->error != -EBUSY || set->chosen[rung_infos[r].probe] >= 0)
			continue;
		trial->error = 0;
		trial->why = NULL;
		set->chosen[rung_infos[r].probe] = r;
	}
}

/* One rung, unless it need not be tried. */
static void rung__try(struct rung_trial *trial, enum rung rung, struct kernel_names *names)
{
	if (rung__is_silent(rung)) {
		trial->error = -EOPNOTSUPP;
		trial->why = "only x86 kernels fire it";
		return;
	}
	trial__run(trial, rung_infos[rung].type, rung_infos[rung].target, names);
	if (!trial->error && rung == RUNG_OF_newtask_perf &&
	    (!names->btf || trial__task_from_pid(names->btf))) {
		trial->error = -EOPNOTSUPP;
		trial->why = "this kernel lets no program look up a task there";
	}
	if (!trial->error && rung__can_be_preempted(rung, names)) {
		trial->error = -EBUSY;
		trial->why = "the program would be preempted and miss events";
	}
}

int probe_set__try(struct probe_set *set, enum use use, const char *forced, bool all)
{
	struct kernel_names names = { 0 };
	int r, p, err;

	memset(set, 0, sizeof(*set));
	set->run_delay = true;
	if (forced) {
		err = probe_set__force(set, forced);
		if (err)
			return err;
	}
	for (p = 0; p < PROBE_COUNT; p++)
		set->chosen[p] = -1;
	names.btf = btf__load_vmlinux_btf();
	names.preempts = preempt__is_on();
	names.preempts_tracepoints = names.preempts && preempt__reaches_tracepoints();
	for (r = 0; r < RUNG_COUNT; r++) {
		struct rung_trial *trial = &set->trials[r];

		p = (int)rung_infos[r].probe;
		if (!(probe_infos[p].use & use))
			continue;
		if (!trial->target[0])
			snprintf(trial->target, sizeof(trial->target), "%s", rung_infos[r].target);
		if (!trial->tried && set->chosen[p] >= 0 &&
		    (!all || rung_infos[r].type == RUNG_TRACEPOINT)) {
			trial->error = -ECANCELED; /* closing a tracepoint again takes some 50 ms */
			trial->why = "not needed";
		} else if (!trial->tried) {
			rung__try(trial, (enum rung)r, &names);
		}
		if (trial->error == 0 && set->chosen[p] < 0)
			set->chosen[p] = r;
	}
	probe_set__settle(set);
	probe_set__try_also(set, &names);
	set->run_delay = set->run_delay && names.btf &&
			 btf__has_member(names.btf, "sched_info", "run_delay");
	set->maps_at_exit = names.btf &&
			    tracepoint__arguments(names.btf, "sched_process_exit") == 2;
	for (p = 0; p < PROBE_COUNT; p++) {
		if (!probe_set__needs(set, (enum probe)p))
			set->chosen[p] = -1;
	}
	btf__free(names.btf);
	ksyms__free(&names.ksyms);
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

/* The probe whose program it is; PROBE_COUNT: of none. */
static enum probe program__probe(const char *name, enum rung_type *ret_type)
{
	int i;

	for (i = 0; i < RUNG_COUNT; i++) {
		*ret_type = rung_infos[i].type;
		if (!strcmp(rung_infos[i].program, name))
			return rung_infos[i].probe;
	}
	for (i = 0; i < ALSO_COUNT; i++) {
		*ret_type = also_infos[i].type;
		if (!strcmp(also_infos[i].program, name))
			return rung_infos[also_infos[i].rung].probe;
	}
	return PROBE_COUNT;
}

enum program_runs program__runs(const char *name)
{
	/* what pays for them in probes.def; the TLB's tracepoint fires at each switch of the address space */
	static const char *const at_switches[] = { "each switch", "each wakeup", "each TLB flush" };
	enum rung_type type;
	enum probe probe = program__probe(name, &type);
	size_t i;

	if (probe == PROBE_COUNT || type == RUNG_ITER || type == RUNG_ITER_SLEEPABLE ||
	    type == RUNG_TEST_RUN)
		return RUNS_FOR_US;
	for (i = 0; i < sizeof(at_switches) / sizeof(at_switches[0]); i++) {
		if (!strcmp(probe_infos[probe].cost, at_switches[i]))
			return RUNS_AT_SWITCHES;
	}
	return RUNS_AT_EVENTS;
}
