/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What options choose from: the tables of other folders, by name. */
#ifndef CMD_OPTIONS_CHOICES_H
#define CMD_OPTIONS_CHOICES_H

#include "core/option.h"

extern const struct option_choices metric_choices; /* struct metric */
extern const struct option_choices sort_choices;   /* struct sort */
extern const struct option_choices by_choices;	   /* name of an enum group_by: group_names[] */
extern const struct option_choices
	group_choices; /* the same, those whose names have no number of a process */
extern const struct option_choices table_choices; /* struct view, all; and */
extern const struct option_choices crash_choices; /* those that print no rows are offered */
extern const struct option_choices flame_choices; /* struct flame_format */

#endif
