/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each process of a run may do: they are started as for a run, and read back from the kernel. */
#ifndef SESSION_SECURITY_H
#define SESSION_SECURITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "callstack/broker.h"
#include "core/process_facts.h"

enum role {
	ROLE_COUNTS,
	ROLE_STARTS_OTHERS,
	ROLE_BROKER,
	ROLE_OPENER,
	ROLE_HELPER,
	ROLE_END,
	ROLES
};

struct role_info {
	const char *name, *does;
};

extern const struct role_info security_roles[ROLES];

struct security {
	struct broker *broker;
	pid_t pids[ROLES];
	struct process_facts facts[ROLES];
	bool known[ROLES];
};

/* Starts and reads them.  Returns 0 or -ENOMEM; otherwise security__end() is due. */
int security__read(struct security *security);
void security__end(struct security *security);

#endif
