/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the kernel is locked down: what it then keeps even from root.  A file that
 * it keeps is not opened at all, as each attempt is a line in the kernel's log.
 */
#ifndef TRACE_LOCKDOWN_H
#define TRACE_LOCKDOWN_H

#include <stdbool.h>

enum lockdown {
	LOCKDOWN_UNKNOWN,
	LOCKDOWN_NOT_BUILT,
	LOCKDOWN_NOT_ACTIVE, /* built, but not among the security modules of this boot */
	LOCKDOWN_NONE,
	LOCKDOWN_INTEGRITY,
	LOCKDOWN_CONFIDENTIALITY,
	LOCKDOWNS
};

/* "none", "not built": also in JSON. */
extern const char *const lockdown_names[LOCKDOWNS];

/* What it means for us, or why it is not known; "". */
extern const char *const lockdown_meanings[LOCKDOWNS];

enum lockdown lockdown__read(void);

/* May it be that files of debugfs are kept from us? */
bool lockdown__keeps_debugfs(enum lockdown lockdown);

enum sign { SIGN_UNKNOWN, SIGN_NO, SIGN_YES };

/* What there is to judge by; NULL: it cannot be read. */
struct lockdown_signs {
	const char *state;   /* "none [integrity] confidentiality", of securityfs */
	const char *modules; /* "lockdown,capability,bpf", of securityfs */
	const char *boot;    /* the command line of the kernel */
	enum sign built;     /* by the kernel's configuration */
	enum sign early;     /* the same: it is active whatever lsm= says */
};

enum lockdown lockdown__judge(const struct lockdown_signs *signs);

#endif
