/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What doctor found out about this kernel, as text and as JSON. */
#ifndef CMD_DOCTOR_PRINT_H
#define CMD_DOCTOR_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "trace/kernel.h"
#include "trace/probes.h"

/* What was found out. */
struct doctor_findings {
	struct kernel_facts kernel;
	struct probe_set probes;
	bool works; /* stat would */
	struct failure why_not;
};

/* Of struct doctor_findings: see struct facts. */
void doctor__print_text(FILE *out, const void *context);
json_t *doctor__json(const void *context);

#endif
