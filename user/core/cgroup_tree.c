/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/cgroup_tree.h"

#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cgroup_name.h"
#include "core/hash.h"

#define GROUPS_MOST   10000 /* that are remembered; then all are looked up anew */
#define FILEID_KERNFS 0xfe  /* of linux/exportfs.h: the handle is the id */

struct known {
	__u64 id;
	char *name; /* NULL: it was not found */
	UT_hash_handle hh;
};

struct cgroup_tree {
	char mount[PATH_MAX - 512];
	int root; /* descriptor */
	dev_t device;
	bool is_beside; /* of another hierarchy, which systemd uses: what is in our root may have a group there */
	struct known *known;
};

/* ---- where it is ---- */

static bool find_mount(struct cgroup_tree *tree)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	bool found = false;

	while (mounts && (mount = getmntent(mounts))) {
		if (!found && !strcmp(mount->mnt_type, "cgroup2")) {
			found = true;
			snprintf(tree->mount, sizeof(tree->mount), "%s", mount->mnt_dir);
		}
		if (!strcmp(mount->mnt_type, "cgroup") && hasmntopt(mount, "name"))
			tree->is_beside = true;
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

struct cgroup_tree *cgroup_tree__open(void)
{
	struct cgroup_tree *tree = calloc(1, sizeof(*tree));
	struct stat st;

	if (!tree)
		return NULL;
	tree->root = find_mount(tree) ? open(tree->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (tree->root >= 0 && !fstat(tree->root, &st)) {
		tree->device = st.st_dev;
		return tree;
	}
	cgroup_tree__free(tree);
	return NULL;
}

static void known__free(struct known *known)
{
	free(known->name);
	free(known);
}

void cgroup_tree__free(struct cgroup_tree *tree)
{
	if (!tree)
		return;
	HASH_FREE_ALL_BY(tree->known, known__free);
	if (tree->root >= 0)
		close(tree->root);
	free(tree);
}

/* ---- names ---- */

/* Below our mount; false: it is elsewhere, or gone. */
static bool find_path(const struct cgroup_tree *tree, __u64 id, char *path, size_t size)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(__u64)];
	} by = { .handle = { .handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS } };
	char link[32], whole[PATH_MAX];
	size_t length = strlen(tree->mount);
	struct stat st;
	ssize_t got;
	int fd;

	memcpy(by.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(tree->root, &by.handle, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	got = readlink(link, whole, sizeof(whole) - 1);
	close(fd);
	if (got < 0)
		return false;
	whole[got] = 0;
	/* one that has been removed says so behind its name */
	if (strncmp(whole, tree->mount, length) != 0 || (whole[length] && whole[length] != '/') ||
	    stat(whole, &st) || st.st_ino != id)
		return false;
	snprintf(path, size, "%s", whole[length] ? whole + length : "/");
	return true;
}

static struct known *remember(struct cgroup_tree *tree, __u64 id, const char *path)
{
	struct known *known;
	char name[256];

	if (HASH_COUNT(tree->known) >= GROUPS_MOST)
		HASH_FREE_ALL_BY(tree->known, known__free);
	known = HASH_GET(tree->known, id, &id);
	if (!known || !path || (tree->is_beside && !strcmp(path, "/")))
		return known;
	cgroup__name(name, sizeof(name), path);
	free(known->name);
	known->name = strdup(name);
	return known;
}

const char *cgroup_tree__name(struct cgroup_tree *tree, __u64 id)
{
	struct known *known;
	char path[PATH_MAX];

	HASH_FIND(hh, tree->known, &id, sizeof(id), known);
	if (!known)
		known = remember(tree, id, find_path(tree, id, path, sizeof(path)) ? path : NULL);
	return known ? known->name : NULL;
}

void cgroup_tree__see(struct cgroup_tree *tree, const char *path)
{
	struct known *known;
	struct stat st;
	__u64 id;

	/* what is outside our root begins with "/..": that leads to another file system here */
	if (*path != '/' || fstatat(tree->root, path[1] ? path + 1 : ".", &st, 0) ||
	    st.st_dev != tree->device)
		return;
	id = st.st_ino;
	HASH_FIND(hh, tree->known, &id, sizeof(id), known);
	if (!known || !known->name)
		remember(tree, id, path);
}
