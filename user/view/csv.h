/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pieces of a line of CSV.  Inside the views only. */
#ifndef VIEW_CSV_H
#define VIEW_CSV_H

#include <stdio.h>

#include "model/switching/summary.h"
#include "view/view.h"

/* ",group_name_part", without what is empty. */
void csv__name(FILE *out, const char *group, const char *name, const char *part);

/* The columns of a distribution: their names, and a line of them; NULL: n/a. */
void csv__dist_names(FILE *out, const char *group, const char *name);
void csv__dist(FILE *out, const struct dist *dist, int which);

/* Births and ends: the last columns, and the end of the line behind the values. */
void csv__lifecycle_names(FILE *out);
void csv__lifecycle_of_system(FILE *out, const struct summary *summary);
void csv__lifecycle_of_process(FILE *out, const struct summary *summary,
			       const struct process *process);
void csv__no_lifecycle(FILE *out); /* of a thread */

#endif
