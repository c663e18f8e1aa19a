/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/doctor_print.h"

#include <ctype.h>

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

static void text__probe(FILE *out, const struct doctor_findings *findings, enum probe probe)
{
	const struct probe_info *info = &probe_infos[probe];
	int chosen = findings->probes.chosen[probe], r;

	if (!probe_set__needs(&findings->probes, probe)) {
		fprintf(out, "  -    %-13s %s: not needed here\n", probe__name(probe).text,
			info->gives);
		return;
	}
	fprintf(out, "  %-4s %-13s %s%s%s\n", chosen >= 0 ? "ok" : (info->required ? "NO" : "n/a"),
		probe__name(probe).text, info->gives, chosen >= 0 ? "" : ": ",
		chosen >= 0 ? "" : info->loses);
	for (r = 0; r < RUNG_COUNT; r++) {
		const struct rung_trial *trial = &findings->probes.trials[r];

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
		fputs("processes     PID namespace of its own: ids are valid inside it, and tasks "
		      "outside have none\n",
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

void doctor__print_text(FILE *out, const void *context)
{
	const struct doctor_findings *findings = context;
	const struct kernel_facts *kernel = &findings->kernel;
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
		text__probe(out, findings, p);
	fputs("\n  > marks the rung in use; the ones above it are better and were tried first\n\n",
	      out);
	if (findings->works)
		fputs("tasktoll stat works here\n", out);
	else
		fprintf(out, "tasktoll stat does not work here: %s\n", findings->why_not.text);
}

/* ---- json ---- */

static json_t *json__rungs(const struct doctor_findings *findings, enum probe probe)
{
	json_t *array = json_array();
	int r;

	for (r = 0; r < RUNG_COUNT; r++) {
		const struct rung_trial *trial = &findings->probes.trials[r];

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

json_t *doctor__json(const void *context)
{
	const struct doctor_findings *findings = context;
	json_t *probes = json_array();
	int p;

	for (p = 0; p < PROBE_COUNT; p++) {
		int chosen = findings->probes.chosen[p];
		json_array_append_new(
			probes,
			json_pack("{s:s, s:b, s:b, s:s, s:s, s:s, s:s?, s:o}", "probe",
				  probe__name(p).text, "required", probe_infos[p].required,
				  "needed", probe_set__needs(&findings->probes, p), "gives",
				  probe_infos[p].gives, "cost", probe_infos[p].cost, "loses",
				  probe_infos[p].loses, "rung",
				  chosen < 0 ? NULL : rung__type_name(rung_infos[chosen].type),
				  "rungs", json__rungs(findings, p)));
	}
	return json_pack("{s:s, s:s, s:s, s:b, s:s, s:b, s:b, s:o, s:b, s:s?, s:o}", "schema",
			 "tasktoll.doctor/1", "kernel", findings->kernel.release, "machine",
			 findings->kernel.machine, "btf", findings->kernel.btf, "lockdown",
			 lockdown_names[findings->kernel.lockdown], "cap_bpf",
			 findings->kernel.cap_bpf, "cap_perfmon", findings->kernel.cap_perfmon,
			 "namespaces", json__namespaces(&findings->kernel.namespaces), "works",
			 findings->works, "why_not",
			 findings->works ? NULL : findings->why_not.text, "probes", probes);
}
