/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What doctor says of a kernel on which each hook has another fate. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "cmd/doctor_print.h"
#include "golden.h"
#include "unit.h"
#include "view/view.h"

TestSuite(golden_doctor, .fini = tt__cleanup);

/* In turns: its first rung; its last one, and why not the better ones; none. */
static void choose(struct doctor_findings *findings)
{
	struct probe_set *probes = &findings->probes;
	int r, place = 0;

	memset(probes->chosen, -1, sizeof(probes->chosen));
	for (r = 0; r < RUNG_COUNT; r++) {
		enum probe probe = rung_infos[r].probe;
		struct rung_trial *trial = &probes->trials[r];
		int fate = (int)probe % 3;

		place = r && rung_infos[r - 1].probe == probe ? place + 1 : 0;
		snprintf(trial->target, sizeof(trial->target), "%s.%d", rung_infos[r].target,
			 place);
		if (fate == 2 ||
		    (fate == 1 && r + 1 < RUNG_COUNT && rung_infos[r + 1].probe == probe)) {
			trial->error = -EPERM;
			trial->why = place % 2 ? "the kernel refuses it" :
						 "this kernel does not have it";
		} else if (probes->chosen[probe] < 0) {
			probes->chosen[probe] = r;
		}
	}
}

static void begin(struct doctor_findings *findings)
{
	memset(findings, 0, sizeof(*findings));
	strcpy(findings->kernel.release, "6.18.1");
	strcpy(findings->kernel.machine, "x86_64");
	choose(findings);
}

static char *show(const struct view *view, bool works)
{
	struct doctor_findings findings;
	const struct facts facts = { doctor__print_text, doctor__json, &findings };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	begin(&findings);
	findings.kernel.lockdown = works ? LOCKDOWN_NONE : LOCKDOWN_INTEGRITY;
	findings.kernel.btf = findings.kernel.cap_bpf = works;
	findings.kernel.cap_perfmon = true;
	findings.works = works;
	if (works) {
		findings.kernel.namespaces.own_pid = findings.kernel.namespaces.own_time = true;
		findings.kernel.namespaces.ahead_ns = -12345678901;
	} else {
		findings.kernel.namespaces.own_user = true;
		findings.kernel.namespaces.pid_why_not = "/proc is of another one";
		findings.kernel.namespaces.pid_hint = "mount its own";
		findings.kernel.namespaces.time_why_not = "its offsets cannot be read";
		findings.kernel.namespaces.time_hint = "run it outside";
		failure__set(&findings.why_not, -EPERM, "there is no BTF", "build it in",
			     "cannot trace");
	}
	cr_assert_eq(view->write_facts(out, &facts, &(const struct view_options){ .widens = true }),
		     0);
	fclose(out);
	return text;
}

Test(golden_doctor, text)
{
	golden__check("doctor.txt", show(&view_text, true));
}

Test(golden_doctor, text_where_it_does_not_work)
{
	golden__check("doctor-not.txt", show(&view_text, false));
}

Test(golden_doctor, json)
{
	golden__check("doctor.json", golden__json_lines(show(&view_json, true)));
}

Test(golden_doctor, json_where_it_does_not_work)
{
	golden__check("doctor-not.json", golden__json_lines(show(&view_json, false)));
}
