/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/login.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fits(const char *text, size_t capacity)
{
	return text && *text && strlen(text) < capacity;
}

static void copy(char *to, size_t capacity, const char *text)
{
	if (fits(text, capacity))
		strcpy(to, text);
}

/* Only one that has this uid: SUDO_USER may say anything. */
static const struct passwd *find_entry(uid_t uid, const char *preferred)
{
	const struct passwd *entry = preferred && *preferred ? getpwnam(preferred) : NULL;

	return entry && entry->pw_uid == uid ? entry : getpwuid(uid);
}

void login__find(struct login *ret_login, uid_t uid, const char *preferred)
{
	const struct passwd *entry = find_entry(uid, preferred);

	snprintf(ret_login->name, sizeof(ret_login->name), "%u", uid);
	strcpy(ret_login->home, "/");
	strcpy(ret_login->shell, "/bin/sh");
	if (!entry) {
		copy(ret_login->name, sizeof(ret_login->name), preferred);
		return;
	}
	copy(ret_login->name, sizeof(ret_login->name), entry->pw_name);
	copy(ret_login->home, sizeof(ret_login->home), entry->pw_dir);
	copy(ret_login->shell, sizeof(ret_login->shell), entry->pw_shell);
}

/* /var/mail/root becomes /var/mail/NAME. */
static int set_mail(const struct login *login)
{
	const char *mail = getenv("MAIL"), *slash = mail ? strrchr(mail, '/') : NULL;
	char path[PATH_MAX + LOGIN_NAME_MAX];

	if (!slash || slash - mail >= PATH_MAX - 1)
		return mail ? unsetenv("MAIL") : 0;
	snprintf(path, sizeof(path), "%.*s%s", (int)(slash - mail + 1), mail, login->name);
	return setenv("MAIL", path, true);
}

int login__set_environment(const struct login *login)
{
	static const char *const of_sudo[] = { "SUDO_COMMAND", "SUDO_USER", "SUDO_UID",
					       "SUDO_GID",     "SUDO_HOME", "SUDO_TTY" };
	int err = setenv("HOME", login->home, true) || setenv("USER", login->name, true) ||
		  setenv("LOGNAME", login->name, true) || setenv("SHELL", login->shell, true) ||
		  set_mail(login);
	size_t i;

	if (!err && getenv("USERNAME"))
		err = setenv("USERNAME", login->name, true);
	for (i = 0; i < sizeof(of_sudo) / sizeof(of_sudo[0]); i++)
		unsetenv(of_sudo[i]);
	return err ? -ENOMEM : 0;
}
