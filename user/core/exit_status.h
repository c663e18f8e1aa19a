/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exit statuses that scripts rely on. */
#ifndef CORE_EXIT_STATUS_H
#define CORE_EXIT_STATUS_H

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INCOMPLETE = 3 };

#endif
