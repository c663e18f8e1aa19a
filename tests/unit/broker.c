/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is opened with whose privileges, and what the processes that do it have kept. */
#include "callstack/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit.h"

#define STRANGER 4242

static struct broker *broker;
static char directory[] = "/tmp/tasktoll-broker-XXXXXX";
static const struct owner stranger = { .known = true, .uid = STRANGER, .gid = STRANGER };

static void begin(void)
{
	close(STDIN_FILENO); /* 0 is a descriptor like others */
	broker = broker__new();
	cr_assert_not_null(broker);
	cr_assert_not_null(mkdtemp(directory));
	cr_assert_eq(chmod(directory, 0777), 0);
}

static void end(void)
{
	char command[128];

	broker__free(broker);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	cr_assert_eq(system(command), 0);
}

TestSuite(broker, .init = begin, .fini = end);

static char *at(const char *name)
{
	static char paths[8][256];
	static int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static void make(const char *name, mode_t mode)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, name, strlen(name)), (ssize_t)strlen(name));
	cr_assert_eq(fchmod(fd, mode), 0);
	close(fd);
}

/* What is in the file that was opened, or how it was refused. */
static const char *opened(const struct broker_file *file)
{
	static char text[256];
	int fd = broker__open(broker, file);
	ssize_t n;

	if (fd < 0) {
		const char *name = strerrorname_np(-fd);

		return name ? name : "no errno";
	}
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return text;
}

static const char *opened_as(const struct owner *owner, const char *path, bool links)
{
	struct broker_file file = { .root = -1, .path = path, .owner = owner, .links = links };

	return opened(&file);
}

static struct file_identity identity_of(const char *path)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	return (struct file_identity){ st.st_ino, major(st.st_dev), minor(st.st_dev) };
}

static void as_root_only(void)
{
	if (geteuid())
		cr_skip_test("only root has rights to hand over");
}

Test(broker, opens_with_no_more_rights_than_the_stranger_has)
{
	as_root_only();
	make("secret", 0600);
	make("open", 0644);
	SAME_TEXT(opened_as(NULL, at("secret"), false), "secret");
	SAME_TEXT(opened_as(&stranger, at("secret"), true), "EACCES");
	SAME_TEXT(opened_as(&stranger, at("open"), true), "open");
	cr_assert_eq(chown(at("secret"), STRANGER, STRANGER), 0);
	SAME_TEXT(opened_as(&stranger, at("secret"), true), "secret");
}

Test(broker, has_the_groups_of_the_stranger_and_no_others)
{
	struct owner member = { .known = true, .uid = STRANGER, .gid = STRANGER };

	as_root_only();
	make("shared", 0640);
	cr_assert_eq(chown(at("shared"), 0, 4243), 0);
	SAME_TEXT(opened_as(&member, at("shared"), true), "EACCES");
	member.group_count = 2;
	member.groups[0] = STRANGER;
	member.groups[1] = 4243;
	SAME_TEXT(opened_as(&member, at("shared"), true), "shared");
}

Test(broker, follows_links_only_if_told_to)
{
	make("file", 0644);
	cr_assert_eq(symlink(at("file"), at("link")), 0);
	cr_assert_eq(symlink(directory, at("folder")), 0);
	SAME_TEXT(opened_as(NULL, at("link"), true), "file");
	SAME_TEXT(opened_as(NULL, at("link"), false), "ELOOP");
	SAME_TEXT(opened_as(NULL, at("folder/file"), false), "ELOOP");
}

Test(broker, a_link_of_a_stranger_leads_to_nothing_that_is_not_theirs)
{
	as_root_only();
	make("secret", 0600);
	cr_assert_eq(symlink(at("secret"), at("link")), 0);
	SAME_TEXT(opened_as(&stranger, at("link"), true), "EACCES");
}

Test(broker, never_opens_what_is_no_regular_file)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	cr_assert_eq(mkfifo(at("fifo"), 0666), 0);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", at("socket"));
	cr_assert_eq(bind(fd, (struct sockaddr *)(void *)&name, sizeof(name)), 0);
	SAME_TEXT(opened_as(NULL, at("fifo"), false), "EINVAL");
	SAME_TEXT(opened_as(NULL, at("socket"), false), "EINVAL");
	SAME_TEXT(opened_as(NULL, directory, false), "EINVAL");
	SAME_TEXT(opened_as(NULL, "/dev/zero", false), "EINVAL");
	SAME_TEXT(opened_as(NULL, "/proc/version", false), "EINVAL");
	SAME_TEXT(opened_as(NULL, "/proc/self/exe", true), "ELOOP");
	close(fd);
}

Test(broker, links_and_dots_stay_below_the_root_that_is_given)
{
	struct broker_file file = { .links = true };

	make("inside", 0644);
	cr_assert_eq(symlink("/inside", at("absolute")), 0);
	cr_assert_eq(symlink("../../../../etc/passwd", at("climbing")), 0);
	file.root = open(directory, O_PATH | O_DIRECTORY);
	file.path = "/absolute";
	SAME_TEXT(opened(&file), "inside");
	file.path = "/../../inside";
	SAME_TEXT(opened(&file), "inside");
	file.path = "/climbing";
	SAME_TEXT(opened(&file), "ENOENT");
	close(file.root);
}

Test(broker, opens_that_file_and_no_other_of_its_name)
{
	struct broker_file file = { .root = -1 };
	struct file_identity identity;

	make("program", 0755);
	make("another", 0755);
	identity = identity_of(at("program"));
	file.path = at("program");
	file.identity = &identity;
	SAME_TEXT(opened(&file), "program");
	cr_assert_eq(rename(at("another"), at("program")), 0);
	SAME_TEXT(opened(&file), "ESTALE");
}

Test(broker, a_device_that_is_not_known_gives_no_rights_away)
{
	struct broker_file file = { .root = -1 };
	struct file_identity identity;

	as_root_only();
	make("secret", 0600);
	make("program", 0755);
	file.identity = &identity;
	file.path = at("secret");
	identity = identity_of(file.path);
	identity.major = identity.minor = 0;
	SAME_TEXT(opened(&file), "EACCES");
	file.path = at("program");
	identity = identity_of(file.path);
	identity.major = identity.minor = 0;
	SAME_TEXT(opened(&file), "program");
}

/* Who executes a program has it mapped, and may not read it for that. */
Test(broker, a_program_that_others_may_execute_only_is_for_its_own_user)
{
	static const struct owner root = { .known = true };
	struct broker_file file = { .root = -1 };
	struct file_identity identity;

	as_root_only();
	make("program", 0711);
	identity = identity_of(at("program"));
	file.path = at("program");
	file.identity = &identity;
	SAME_TEXT(opened(&file), "EACCES");
	file.owner = &stranger;
	SAME_TEXT(opened(&file), "EACCES");
	file.owner = &root;
	SAME_TEXT(opened(&file), "program");
	file.borrowed = true;
	SAME_TEXT(opened(&file), "EACCES");
	/* by the mapping itself */
	file = (struct broker_file){ .path = "", .identity = &identity };
	file.root = open(at("program"), O_PATH | O_CLOEXEC);
	SAME_TEXT(opened(&file), "EACCES");
	cr_assert_eq(chmod(at("program"), 0700), 0); /* nobody else has executed it */
	SAME_TEXT(opened(&file), "program");
	close(file.root);
}

Test(broker, that_has_died_says_so)
{
	make("file", 0644);
	kill(broker__pid(broker), SIGKILL);
	SAME_TEXT(opened_as(NULL, at("file"), false), "ENOTCONN");
	cr_assert_eq(broker__pid(broker), 0);
	SAME_TEXT(opened_as(NULL, at("file"), false), "ENOTCONN");
}

Test(broker, many_users_one_after_the_other)
{
	struct owner owner = stranger;
	char name[32];
	int i, round;

	as_root_only();
	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "of%d", i);
		make(name, 0600);
		cr_assert_eq(chown(at(name), (uid_t)(STRANGER + i), STRANGER), 0);
	}
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 40; i++) {
			snprintf(name, sizeof(name), "of%d", i);
			owner.uid = (uid_t)(STRANGER + i);
			SAME_TEXT(opened_as(&owner, at(name), false), name);
			owner.uid++;
			SAME_TEXT(opened_as(&owner, at(name), false), "EACCES");
		}
	}
}
