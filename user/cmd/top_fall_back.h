/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What top does on a terminal that cannot place its cursor. */
#ifndef CMD_TOP_FALL_BACK_H
#define CMD_TOP_FALL_BACK_H

/* What stat prints each interval, by the same command line.  Returns only if that fails. */
void top_command__fall_back(void);

#endif
