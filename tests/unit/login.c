/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a login sets in the environment. */
#include "core/login.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#define NOBODYS_UID 4000000001U

/* Somebody of the database of this machine who is not root. */
static const struct passwd *somebody(void)
{
	struct passwd *entry;

	setpwent();
	while ((entry = getpwent())) {
		if (entry->pw_uid && getpwuid(entry->pw_uid) && *entry->pw_dir && *entry->pw_shell)
			break;
	}
	if (!entry)
		cr_skip_test("there is nobody but root in the user database");
	return entry;
}

Test(login, is_what_the_database_says)
{
	const struct passwd *entry = somebody();
	uid_t uid = entry->pw_uid;
	struct login login;

	login__find(&login, uid, NULL);
	entry = getpwuid(uid);
	SAME_TEXT(login.name, entry->pw_name);
	SAME_TEXT(login.home, entry->pw_dir);
	SAME_TEXT(login.shell, entry->pw_shell);
}

Test(login, name_of_somebody_else_is_not_believed)
{
	const struct passwd *entry = somebody();
	uid_t uid = entry->pw_uid;
	struct login login;

	login__find(&login, uid, "root");
	SAME_TEXT(login.name, getpwuid(uid)->pw_name);
	login__find(&login, uid, "no such name");
	SAME_TEXT(login.name, getpwuid(uid)->pw_name);
}

Test(login, whom_the_database_does_not_know)
{
	struct login login;

	login__find(&login, NOBODYS_UID, "");
	SAME_TEXT(login.name, "4000000001");
	SAME_TEXT(login.home, "/");
	SAME_TEXT(login.shell, "/bin/sh");
	login__find(&login, NOBODYS_UID, "guest");
	SAME_TEXT(login.name, "guest");
}

static const struct login ann = { .name = "ann", .home = "/home/ann", .shell = "/bin/ash" };

#define ENV(name) (getenv(name) ? getenv(name) : "(none)")

Test(login, environment_is_that_of_the_user)
{
	setenv("HOME", "/root", true);
	setenv("USER", "root", true);
	unsetenv("LOGNAME");
	setenv("SHELL", "/bin/bash", true);
	setenv("MAIL", "/var/mail/root", true);
	setenv("USERNAME", "root", true);
	SAME(login__set_environment(&ann), 0);
	SAME_TEXT(ENV("HOME"), "/home/ann");
	SAME_TEXT(ENV("USER"), "ann");
	SAME_TEXT(ENV("LOGNAME"), "ann");
	SAME_TEXT(ENV("SHELL"), "/bin/ash");
	SAME_TEXT(ENV("MAIL"), "/var/mail/ann");
	SAME_TEXT(ENV("USERNAME"), "ann");
}

Test(login, what_was_not_there_is_not_made_up)
{
	unsetenv("MAIL");
	unsetenv("USERNAME");
	SAME(login__set_environment(&ann), 0);
	SAME_TEXT(ENV("MAIL"), "(none)");
	SAME_TEXT(ENV("USERNAME"), "(none)");
	setenv("MAIL", "nowhere", true);
	SAME(login__set_environment(&ann), 0);
	SAME_TEXT(ENV("MAIL"), "(none)");
}

Test(login, nothing_is_left_of_sudo_and_all_else_stays)
{
	setenv("SUDO_UID", "1000", true);
	setenv("SUDO_GID", "1000", true);
	setenv("SUDO_USER", "ann", true);
	setenv("SUDO_COMMAND", "/usr/bin/tasktoll", true);
	setenv("SUDO_HOME", "/home/ann", true);
	setenv("SUDO_TTY", "/dev/pts/1", true);
	setenv("SUDO_EDITOR", "vi", true);
	setenv("PATH", "/sbin:/bin", true);
	setenv("LANG", "C.UTF-8", true);
	SAME(login__set_environment(&ann), 0);
	SAME_TEXT(ENV("SUDO_UID"), "(none)");
	SAME_TEXT(ENV("SUDO_GID"), "(none)");
	SAME_TEXT(ENV("SUDO_USER"), "(none)");
	SAME_TEXT(ENV("SUDO_COMMAND"), "(none)");
	SAME_TEXT(ENV("SUDO_HOME"), "(none)");
	SAME_TEXT(ENV("SUDO_TTY"), "(none)");
	SAME_TEXT(ENV("SUDO_EDITOR"), "vi"); /* the user's own */
	SAME_TEXT(ENV("PATH"), "/sbin:/bin");
	SAME_TEXT(ENV("LANG"), "C.UTF-8");
}
