/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of cgroups by their ids: of those that are there, that were seen, and that nobody knows. */
#include "core/cgroup_tree.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "unit.h"

static struct cgroup_tree *tree;
static const char *group;

static void set_up(void)
{
	tree = cgroup_tree__open();
	group = tree ? cgroup__make() : NULL;
}

static void tear_down(void)
{
	cgroup_tree__free(tree);
	cgroup__remove();
}

TestSuite(cgroup_tree, .init = set_up, .fini = tear_down);

static void require_group(void)
{
	if (!group)
		cr_skip_test("no cgroup hierarchy of version 2 lets us");
}

static __u64 id_of(const char *path)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0, "%s", path);
	return st.st_ino;
}

/* The handle of an id is opened by root only. */
Test(cgroup_tree, a_group_that_is_there_is_found_by_its_id)
{
	const char *below;
	__u64 id, id_below;

	require_group();
	if (geteuid())
		cr_skip_test("needs root");
	below = cgroup__make_below();
	cr_assert_not_null(below);
	id = id_of(group);
	id_below = id_of(below);
	SAME_TEXT(cgroup_tree__name(tree, id), strrchr(group, '/'));
	cr_expect_str_eq(cgroup_tree__name(tree, id_below) + strlen(strrchr(group, '/')), "/below");
	cr_assert_eq(rmdir(below), 0);
	SAME_TEXT(cgroup_tree__name(tree, id), strrchr(group, '/'));
	cr_expect_not_null(cgroup_tree__name(tree, id_below), "it has been looked up");
}

Test(cgroup_tree, one_that_was_seen_keeps_its_name_when_it_is_gone)
{
	const char *path;
	__u64 id;

	require_group();
	path = strrchr(group, '/');
	id = id_of(group);
	cgroup_tree__see(tree, path);
	cr_assert_eq(rmdir(group), 0);
	SAME_TEXT(cgroup_tree__name(tree, id), path);
	cgroup_tree__see(tree, path); /* it is not there: nothing is learned, nothing forgotten */
	SAME_TEXT(cgroup_tree__name(tree, id), path);
}

/* The next one of that name is another one. */
Test(cgroup_tree, one_that_nobody_saw_has_no_name_once_it_is_gone)
{
	__u64 id;

	require_group();
	id = id_of(group);
	cr_assert_eq(rmdir(group), 0);
	cr_expect_null(cgroup_tree__name(tree, id));
	cr_assert_eq(mkdir(group, 0755), 0);
	cr_expect_neq(id_of(group), id);
	cr_expect_null(cgroup_tree__name(tree, id));
}

/* It was not there when it was asked for, and a process in it was seen later. */
Test(cgroup_tree, what_was_not_found_is_learned_when_it_is_seen)
{
	__u64 id;

	require_group();
	if (!geteuid())
		cr_skip_test("root finds it at once");
	id = id_of(group);
	cr_assert_null(cgroup_tree__name(tree, id));
	cgroup_tree__see(tree, strrchr(group, '/'));
	SAME_TEXT(cgroup_tree__name(tree, id), strrchr(group, '/'));
}

/* A group outside our namespace begins with "/..", which leads out of the tree. */
Test(cgroup_tree, paths_that_lead_elsewhere_name_nothing)
{
	static const char *const paths[] = { "", "below", "/../../../etc", "/no such group" };
	const char *name;
	struct stat st;
	size_t i;

	if (!tree)
		cr_skip_test("there is no hierarchy of version 2");
	cr_assert_eq(stat("/etc", &st), 0);
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		cgroup_tree__see(tree, paths[i]);
	name = cgroup_tree__name(tree, st.st_ino); /* a group may have the same number */
	cr_expect(!name || !strstr(name, ".."), "%s", name);
	cr_expect_null(cgroup_tree__name(tree, ~0ULL));
	cr_expect_null(cgroup_tree__name(tree, 0));
}
