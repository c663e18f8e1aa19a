/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/lockdown.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

#include "trace/detached.h"

#define SECURITYFS "/sys/kernel/security"

const char *const lockdown_names[LOCKDOWNS] = { "unknown", "not built", "not active",
						"none",	   "integrity", "confidentiality" };

const char *const lockdown_meanings[LOCKDOWNS] = {
	[LOCKDOWN_UNKNOWN] = SECURITYFS " cannot be read, files of debugfs are left alone",
	[LOCKDOWN_NOT_BUILT] = "",
	[LOCKDOWN_NOT_ACTIVE] = "built, but not among the security modules of this boot",
	[LOCKDOWN_NONE] = "",
	[LOCKDOWN_INTEGRITY] = "files of debugfs are left alone",
	[LOCKDOWN_CONFIDENTIALITY] = "no program may read the kernel's memory",
};

bool lockdown__keeps_debugfs(enum lockdown lockdown)
{
	return lockdown == LOCKDOWN_UNKNOWN || lockdown >= LOCKDOWN_INTEGRITY;
}

/* ---- judging ---- */

/* A word of a list with commas, which ends at a space or with the text. */
static bool list__has(const char *list, const char *word)
{
	size_t length = strlen(word), part;

	for (;; list += part + 1) {
		part = strcspn(list, ", \n");
		if (part == length && !strncmp(list, word, length))
			return true;
		if (list[part] != ',')
			return false;
	}
}

static enum lockdown lockdown__of_state(const char *state)
{
	const char *open = strchr(state, '[');
	int i;

	for (i = LOCKDOWN_NONE; open && i < LOCKDOWNS; i++) {
		size_t length = strlen(lockdown_names[i]);

		if (!strncmp(open + 1, lockdown_names[i], length) && open[1 + length] == ']')
			return (enum lockdown)i;
	}
	return LOCKDOWN_UNKNOWN;
}

/* The last lsm= of the kernel's command line counts; behind " -- " are others' words. */
static const char *boot__modules(const char *boot)
{
	const char *end = strstr(boot, " -- "), *at = boot, *found = NULL;

	while ((at = strstr(at, "lsm=")) && (!end || at < end)) {
		if (at == boot || at[-1] == ' ')
			found = at + 4;
		at += 4;
	}
	return found;
}

enum lockdown lockdown__judge(const struct lockdown_signs *signs)
{
	const char *modules = signs->modules;

	if (signs->state)
		return lockdown__of_state(signs->state);
	if (signs->built == SIGN_NO)
		return LOCKDOWN_NOT_BUILT;
	if (!modules && signs->boot && signs->early == SIGN_NO)
		modules = boot__modules(signs->boot);
	if (signs->built == SIGN_YES && modules && !list__has(modules, "lockdown"))
		return LOCKDOWN_NOT_ACTIVE;
	return LOCKDOWN_UNKNOWN;
}

/* ---- reading ---- */

/* The first line; NULL. */
static const char *read_line(FILE *file, char *line, int capacity)
{
	const char *got = file ? fgets(line, capacity, file) : NULL;

	if (file)
		fclose(file);
	return got;
}

/* Where securityfs is mounted, or in one of our own. */
static const char *securityfs__read(const char *name, char *line, int capacity)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), SECURITYFS "/%s", name);
	file = fopen(path, "re");
	return read_line(file ? file : detached__open("securityfs", name), line, capacity);
}

/* zlib reads what is not compressed as it is. */
static bool config__read(const char *path, struct lockdown_signs *signs)
{
	gzFile file = access(path, R_OK) ? NULL : gzopen(path, "rbe");
	char line[256];

	if (!file)
		return false;
	signs->built = signs->early = SIGN_NO;
	while (gzgets(file, line, sizeof(line))) {
		if (!strcmp(line, "CONFIG_SECURITY_LOCKDOWN_LSM=y\n"))
			signs->built = SIGN_YES;
		if (!strcmp(line, "CONFIG_SECURITY_LOCKDOWN_LSM_EARLY=y\n"))
			signs->early = SIGN_YES;
	}
	gzclose(file);
	return true;
}

static void configs__read(struct lockdown_signs *signs)
{
	static const struct {
		const char *before, *after; /* the release */
	} places[] = {
		{ "/boot/config-", "" },
		{ "/lib/modules/", "/config" },
		{ "/usr/lib/modules/", "/config" },
		{ "/usr/lib/kernel/config-", "" },
	};
	struct utsname name;
	char path[160];
	size_t i;

	if (config__read("/proc/config.gz", signs))
		return;
	uname(&name);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s%s%s", places[i].before, name.release,
			 places[i].after);
		if (config__read(path, signs))
			return;
	}
}

enum lockdown lockdown__read(void)
{
	struct lockdown_signs signs = { 0 };
	char state[128], modules[512], boot[4096];

	signs.state = securityfs__read("lockdown", state, sizeof(state));
	if (!signs.state) {
		signs.modules = securityfs__read("lsm", modules, sizeof(modules));
		signs.boot = read_line(fopen("/proc/cmdline", "re"), boot, sizeof(boot));
		configs__read(&signs);
	}
	return lockdown__judge(&signs);
}
