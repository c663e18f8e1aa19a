/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of a recording, by self and total. */
#ifndef VIEW_FUNCTION_TABLE_H
#define VIEW_FUNCTION_TABLE_H

#include "view/view.h"

/* Each writes one document and returns 0 or -ENOMEM; text as many rows as the options say. */
int function_table__write_text(FILE *out, const struct function_sums *functions,
			       const struct metric *metric, const struct view_options *options);
int function_table__write_json(FILE *out, const struct function_sums *functions,
			       const struct metric *metric, const struct view_options *options);
int function_table__write_csv(FILE *out, const struct function_sums *functions,
			      const struct metric *metric, const struct view_options *options);

#endif
