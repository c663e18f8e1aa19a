/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the user database says of a user, and what a login sets of it in the
 * environment.  sudo has set there what it says of root.
 */
#ifndef CORE_LOGIN_H
#define CORE_LOGIN_H

#include <limits.h>
#include <sys/types.h>

struct login {
	char name[LOGIN_NAME_MAX]; /* the uid, if it has none */
	char home[PATH_MAX];	   /* "/", if it is not known */
	char shell[PATH_MAX];	   /* /bin/sh */
};

/*
 * preferred: the name, if several have this uid, and also where the database knows
 * none; NULL or "".
 */
void login__find(struct login *ret_login, uid_t uid, const char *preferred);

/*
 * HOME, USER, LOGNAME and SHELL; MAIL and USERNAME, if they are there; and what sudo
 * tells of itself goes.  Everything else stays.  Returns 0 or -ENOMEM.
 */
int login__set_environment(const struct login *login);

#endif
