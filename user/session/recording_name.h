/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recording is called, unless somebody names it. */
#ifndef SESSION_RECORDING_NAME_H
#define SESSION_RECORDING_NAME_H

#include <stddef.h>

/* "tasktoll-HOST-TIME.tasktoll", in the current directory. */
void recording_name__make(char *name, size_t size);

#endif
