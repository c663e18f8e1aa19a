/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll doctor: what works on this kernel, what does not, and why. */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/security.h"
#include "core/sink.h"
#include "trace/kernel.h"
#include "trace/probes.h"
#include "view/json.h"

struct doctor {
	struct options options;
	struct sink sink;
	struct kernel_facts kernel;
	struct probe_set probes;
	bool works; /* stat would */
	struct failure why_not;
};

/* Each attempt would be a line in the kernel's log. */
static void doctor__try_nothing(struct doctor *doctor)
{
	struct probe_set *probes = &doctor->probes;
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

static void doctor__examine(struct doctor *doctor, const struct options *options)
{
	int missing;

	kernel_facts__read(&doctor->kernel);
	if (doctor->kernel.lockdown == LOCKDOWN_CONFIDENTIALITY)
		doctor__try_nothing(doctor);
	else
		probe_set__try(&doctor->probes, USE_BOTH, options->force, true);
	probe_set__release(&doctor->probes);
	doctor->works = !kernel_facts__check(&doctor->kernel, options->btf, &doctor->why_not);
	missing = probe_set__missing(&doctor->probes, USE_BOTH);
	if (doctor->works && missing >= 0) {
		doctor->works = false;
		failure__set(&doctor->why_not, -1, probe_infos[missing].loses,
			     "boot a newer kernel, or ask who set its policy",
			     "cannot trace without the hook for %s", probe_infos[missing].gives);
	}
}

/* As --force-rung takes it. */
struct probe_name {
	char text[32];
};

static struct probe_name probe__name(enum probe probe)
{
	const char *name = probe_infos[probe].name;
	struct probe_name lower;
	size_t i;

	for (i = 0; name[i] && i < sizeof(lower.text) - 1; i++)
		lower.text[i] = (char)tolower((unsigned char)name[i]);
	lower.text[i] = 0;
	return lower;
}

/* ---- text ---- */

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static void text__probe(FILE *out, const struct doctor *doctor, enum probe probe)
{
	const struct probe_info *info = &probe_infos[probe];
	int chosen = doctor->probes.chosen[probe], r;

	if (!probe_set__needs(&doctor->probes, probe)) {
		fprintf(out, "  -    %-13s %s: not needed here\n", probe__name(probe).text,
			info->gives);
		return;
	}
	fprintf(out, "  %-4s %-13s %s%s%s\n", chosen >= 0 ? "ok" : (info->required ? "NO" : "n/a"),
		probe__name(probe).text, info->gives, chosen >= 0 ? "" : ": ",
		chosen >= 0 ? "" : info->loses);
	for (r = 0; r < RUNG_COUNT; r++) {
		const struct rung_trial *trial = &doctor->probes.trials[r];

		if (rung_infos[r].probe != probe)
			continue;
		fprintf(out, "                     %s %s:%s%s%s%s%s\n", r == chosen ? ">" : " ",
			rung__type_name(rung_infos[r].type), trial->target,
			*rung_infos[r].note ? ", " : "", rung_infos[r].note,
			trial->error ? ": " : "", trial->error ? trial->why : "");
	}
}

static void text__namespaces(FILE *out, const struct namespaces *namespaces)
{
	const char *clocks = namespaces->ahead_ns < 0 ? "behind" : "ahead of";
	double seconds = (double)namespaces->ahead_ns / 1e9;

	if (namespaces->pid_why_not)
		fprintf(out, "processes     PID namespace not usable: %s (%s)\n",
			namespaces->pid_why_not, namespaces->pid_hint);
	else if (namespaces->own_pid)
		fputs("processes     PID namespace of its own: ids are those of it, and what is "
		      "outside has none\n",
		      out);
	else
		fputs("processes     PID namespace of the machine\n", out);
	if (namespaces->time_why_not)
		fprintf(out, "clocks        time namespace not usable: %s (%s)\n",
			namespaces->time_why_not, namespaces->time_hint);
	else if (namespaces->own_time)
		fprintf(out,
			"clocks        time namespace of its own, %.9g s %s the machine: taken into "
			"account\n",
			seconds < 0 ? -seconds : seconds, clocks);
	else
		fputs("clocks        time namespace of the machine\n", out);
}

static void doctor__print_text(FILE *out, const struct doctor *doctor)
{
	const struct kernel_facts *kernel = &doctor->kernel;
	const char *lockdown = lockdown_meanings[kernel->lockdown];
	int p;

	fprintf(out,
		"kernel        Linux %s %s (6.1 or newer is needed)\n"
		"BTF           %s (" KERNEL_BTF ")\n"
		"lockdown      %s%s%s\n"
		"capabilities  CAP_BPF %s, CAP_PERFMON %s%s%s\n",
		kernel->release, kernel->machine, yes_no(kernel->btf),
		lockdown_names[kernel->lockdown], *lockdown ? ": " : "", lockdown,
		yes_no(kernel->cap_bpf), yes_no(kernel->cap_perfmon),
		kernel->cap_bpf && kernel->cap_perfmon ? "" : ": run it with sudo",
		kernel->namespaces.own_user ? ": of a user namespace, which do not count" : "");
	text__namespaces(out, &kernel->namespaces);
	fputc('\n', out);
	for (p = 0; p < PROBE_COUNT; p++)
		text__probe(out, doctor, p);
	fputs("\n  > marks the rung in use; the ones above it are better and were tried first\n\n",
	      out);
	if (doctor->works)
		fputs("tasktoll stat works here\n", out);
	else
		fprintf(out, "tasktoll stat does not work here: %s\n", doctor->why_not.text);
}

/* ---- json ---- */

static json_t *json__rungs(const struct doctor *doctor, enum probe probe)
{
	json_t *array = json_array();
	int r;

	for (r = 0; r < RUNG_COUNT; r++) {
		const struct rung_trial *trial = &doctor->probes.trials[r];

		if (rung_infos[r].probe != probe)
			continue;
		json_array_append_new(array, json_pack("{s:s, s:s, s:b, s:s?}", "type",
						       rung__type_name(rung_infos[r].type),
						       "target", trial->target, "works",
						       !trial->error, "why_not", trial->why));
	}
	return array;
}

static json_t *json__namespaces(const struct namespaces *namespaces)
{
	return json_pack("{s:{s:b, s:b, s:s?}, s:{s:b, s:b, s:s?, s:I}, s:{s:b, s:b}}", "pid",
			 "own", namespaces->own_pid, "usable", !namespaces->pid_why_not, "why_not",
			 namespaces->pid_why_not, "time", "own", namespaces->own_time, "usable",
			 !namespaces->time_why_not, "why_not", namespaces->time_why_not, "ahead_ns",
			 (json_int_t)namespaces->ahead_ns, "user", "own", namespaces->own_user,
			 "usable", !namespaces->own_user);
}

static void doctor__print_json(FILE *out, const struct doctor *doctor)
{
	json_t *probes = json_array(), *root;
	int p;

	for (p = 0; p < PROBE_COUNT; p++) {
		int chosen = doctor->probes.chosen[p];
		json_array_append_new(
			probes,
			json_pack("{s:s, s:b, s:b, s:s, s:s, s:s?, s:o}", "probe",
				  probe__name(p).text, "required", probe_infos[p].required,
				  "needed", probe_set__needs(&doctor->probes, p), "gives",
				  probe_infos[p].gives, "loses", probe_infos[p].loses, "rung",
				  chosen < 0 ? NULL : rung__type_name(rung_infos[chosen].type),
				  "rungs", json__rungs(doctor, p)));
	}
	root = json_pack("{s:s, s:s, s:s, s:b, s:s, s:b, s:b, s:o, s:b, s:s?, s:o}", "schema",
			 "tasktoll.doctor/1", "kernel", doctor->kernel.release, "machine",
			 doctor->kernel.machine, "btf", doctor->kernel.btf, "lockdown",
			 lockdown_names[doctor->kernel.lockdown], "cap_bpf", doctor->kernel.cap_bpf,
			 "cap_perfmon", doctor->kernel.cap_perfmon, "namespaces",
			 json__namespaces(&doctor->kernel.namespaces), "works", doctor->works,
			 "why_not", doctor->works ? NULL : doctor->why_not.text, "probes", probes);
	json__print_line(out, root);
}

static int doctor__print(FILE *page, struct doctor *doctor, struct failure *failure)
{
	const struct options *options = &doctor->options;
	bool json = options->view == &view_json;

	if (options->security) {
		doctor->works = true;
		return security__print(page, json, failure);
	}
	doctor__examine(doctor, options);
	if (json)
		doctor__print_json(page, doctor);
	else
		doctor__print_text(page, doctor);
	return 0;
}

static int doctor__check(struct options *options, struct failure *failure)
{
	if (options->view->write_crash)
		return 0;
	return failure__set(failure, -EINVAL, "hooks are not rows", "choose text or json",
			    "cannot print hooks as %s", options->view->name);
}

static int doctor__run(void *context, struct failure *failure)
{
	struct doctor *doctor = context;
	FILE *page;
	int err = sink__open(&doctor->sink, doctor->options.output, failure);

	if (err)
		return err;
	page = sink__compose(&doctor->sink);
	if (!page)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot compose the page");
	err = doctor__print(page, doctor, failure);
	return err ? err : sink__write(&doctor->sink, failure);
}

static int doctor__end(void *context, int err)
{
	const struct doctor *doctor = context;

	return !err && doctor->works ? EXIT_OK : EXIT_FAILED;
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "say what works on this kernel, what does not, and why",
	.usage = { "[options]" },
	.about = "Tries every hook that tasktoll can use on this kernel and says which rung is in "
		 "use, why better ones are not, and what is lost without.  Exit status 0 if "
		 "tasktoll stat would work.",
	.more = "It also says how far the kernel is locked down.  Of a kernel that is, no command "
		"opens what it keeps: whether it preempts itself is then not read from debugfs, and "
		"counts as yes.",
	.groups = OPTIONS_HOOKS | OPTIONS_QUIET | OPTIONS_OUTPUT | OPTIONS_NO_TABLE,
	.check = doctor__check,
	.size = sizeof(struct doctor),
	.sink = offsetof(struct doctor, sink),
	.run = doctor__run,
	.end = doctor__end,
};
