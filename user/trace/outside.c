/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks outside of our PID namespace (bpf/outside.bpf.h). */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>

#include "trace/state.h"

/* Does this kernel let a program go through all tasks?  From 6.7 on. */
static bool kernel__has_iterator(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool has = btf && btf__find_by_name_kind(btf, "bpf_iter_task_new", BTF_KIND_FUNC) > 0;

	btf__free(btf);
	return has;
}

int trace__configure_outside(struct trace *trace, const struct trace_config *config,
			     struct failure *failure)
{
	enum target_mode mode = config->target.mode;
	bool wanted = trace->bpf->rodata->cfg_ids && mode != TARGET_PID && mode != TARGET_TID;

	trace->goes_outside = wanted && kernel__has_iterator();
	bpf_program__set_autoload(trace->bpf->progs.go_outside, trace->goes_outside);
	if (wanted && !trace->goes_outside && config->use & USE_SWITCHES)
		return failure__set(failure, -ENOTSUP,
				    "before Linux 6.7 a PID namespace shows only its own tasks",
				    "name processes: -p PID, or -- program; or run it outside",
				    "cannot trace the whole machine");
	return 0;
}

int trace__go_outside(struct trace *trace, enum outside_job job)
{
	struct outside *outside = &trace->bpf->bss->outside;
	__u32 before;
	int err;

	if (!trace->goes_outside)
		return 0;
	outside->job = job;
	outside->at = 0;
	do {
		LIBBPF_OPTS(bpf_test_run_opts, opts);

		before = outside->from = outside->at;
		if (bpf_prog_test_run_opts(bpf_program__fd(trace->bpf->progs.go_outside), &opts))
			return -errno;
		err = ring__take(trace, job == OUTSIDE_CENSUS ? RING_LIFECYCLE : RING_EVENTS);
	} while (err >= 0 && outside->full && outside->at > before);
	return err < 0 ? err : 0;
}
