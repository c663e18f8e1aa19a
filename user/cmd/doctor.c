/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll doctor: what works on this kernel, what does not, and why. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/page.h"
#include "cmd/doctor_print.h"
#include "cmd/security.h"

struct doctor {
	struct options options;
	struct output output;
	struct doctor_findings findings;
};

/* Each attempt would be a line in the kernel's log. */
static void doctor__try_nothing(struct doctor_findings *findings)
{
	struct probe_set *probes = &findings->probes;
	int r, p;

	for (p = 0; p < PROBE_COUNT; p++)
		probes->chosen[p] = -1;
	for (r = 0; r < RUNG_COUNT; r++) {
		snprintf(probes->trials[r].target, sizeof(probes->trials[r].target), "%s",
			 rung_infos[r].target);
		probes->trials[r].error = -EPERM;
		probes->trials[r].why = "not tried: the kernel is locked down";
	}
}

static void doctor__examine(struct doctor_findings *findings, const struct options *options)
{
	int missing;

	kernel_facts__read(&findings->kernel);
	if (findings->kernel.lockdown == LOCKDOWN_CONFIDENTIALITY)
		doctor__try_nothing(findings);
	else
		probe_set__try(&findings->probes, USE_BOTH, options->run.force, true);
	probe_set__release(&findings->probes);
	findings->works =
		!kernel_facts__check(&findings->kernel, options->run.btf, &findings->why_not);
	missing = probe_set__missing(&findings->probes, USE_BOTH);
	if (findings->works && missing >= 0) {
		findings->works = false;
		failure__set(&findings->why_not, -1, probe_infos[missing].loses,
			     "boot a newer kernel, or have its policy changed",
			     "cannot trace without the hook for %s", probe_infos[missing].gives);
	}
}

static int doctor__check(struct options *options, struct failure *failure)
{
	return view__check(options->view, VIEW_FACTS, failure);
}

static int doctor__run(void *context, struct failure *failure)
{
	struct doctor *doctor = context;
	const struct facts facts = { doctor__print_text, doctor__json, &doctor->findings };
	int err = page__open(&doctor->output, &doctor->options, failure);

	if (err)
		return err;
	if (doctor->options.security) {
		doctor->findings.works = true;
		return security__print(&doctor->output, failure);
	}
	doctor__examine(&doctor->findings, &doctor->options);
	return output__facts(&doctor->output, &facts, failure);
}

static int doctor__end(void *context, int err)
{
	const struct doctor *doctor = context;

	return !err && doctor->findings.works ? EXIT_OK : EXIT_FAILED;
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "say which hooks this kernel allows, and what is missing without them",
	.usage = { "[options]" },
	.about = "Tries every hook that tasktoll can use on this kernel and says which rung is in "
		 "use, why better ones are not, and what is missing without it.  The exit status "
		 "is 0 if tasktoll stat would work.",
	.more = "It also says how far the kernel is locked down.  On a locked-down kernel no command "
		"opens files that the kernel protects: whether the kernel preempts itself is then not "
		"read from debugfs, and is taken as yes.",
	.groups = OPTIONS_HOOKS | OPTIONS_QUIET | OPTIONS_OUTPUT | OPTIONS_NO_TABLE,
	.check = doctor__check,
	.size = sizeof(struct doctor),
	.sink = offsetof(struct doctor, output.sink),
	.run = doctor__run,
	.end = doctor__end,
};
