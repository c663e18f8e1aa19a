/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/dso_cache.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/array.h"
#include "core/clock.h"
#include "callstack/dso_private.h"
#include "callstack/kernel_symbols.h"
#include "callstack/mapped_file.h"
#include "callstack/symbolizer.h"
#include "callstack/perf_map_open.h"

#define JIT_TRIES      3	   /* code made at run time gets its name late */
#define PERF_MAP_NS    50000000ULL /* between two looks for such a map */
#define PERF_MAP_LOOKS 200
#define FAILURES_MAX   2 /* after so many a file is asked about no more */

struct dso_cache *dso_cache__new(struct profile *profile, struct symbolizer *symbolizer,
				 bool inlined)
{
	struct dso_cache *files = calloc(1, sizeof(*files));

	if (!files)
		return NULL;
	files->profile = profile;
	files->symbolizer = symbolizer;
	files->inlined = inlined;
	files->own_view = process_root__own_view();
	dso_cache__keep_open(files, 0);
	return files;
}

/* The number of a module that is kept: the profile may have forgotten it. */
static bool dso_cache__has_module(const struct dso_cache *files, __u32 module)
{
	return module >= profile__first_module(files->profile);
}

static __u32 dso_cache__unknown(struct dso_cache *files)
{
	if (!dso_cache__has_module(files, files->unknown))
		files->unknown = profile__module(files->profile, MODULE_JIT, "", 0, NULL);
	return files->unknown;
}

static __u32 dso_cache__kernel(struct dso_cache *files)
{
	if (!dso_cache__has_module(files, files->kernel))
		files->kernel = profile__module(files->profile, MODULE_KERNEL, "kernel", 0, NULL);
	return files->kernel;
}

static void waiting__free(struct waiting *waiting)
{
	free(waiting->frames);
	free(waiting->places);
	memset(waiting, 0, sizeof(*waiting));
}

static void dso_cache__drop(struct dso_cache *files, struct dso *file)
{
	if (!file)
		return;
	dso_cache__shut(files, file);
	waiting__free(&file->wanted);
	waiting__free(&file->asked);
	free(file->build_id);
	free((char *)(unsigned long)file->map.path);
	free((char *)(unsigned long)file->map.outer);
	free(file->key);
	free(file);
}

void dso_cache__free(struct dso_cache *files)
{
	__u32 i;

	if (!files)
		return;
	HASH_CLEAR(hh, files->by_key);
	for (i = 0; i < files->count; i++)
		dso_cache__drop(files, files->list[i]);
	free(files->list);
	free(files);
}

/* ---- which file ---- */

static enum module_kind map__kind(const struct process_map *map)
{
	if (!strcmp(map->path, "[vdso]"))
		return MODULE_VDSO;
	return map->inode && map->path[0] == '/' ? MODULE_FILE : MODULE_JIT;
}

static struct dso *dso_cache__add(struct dso_cache *files, char *key, const struct process_map *map,
				  __u32 pid)
{
	struct dso *file = calloc(1, sizeof(*file));

	if (!file || !ARRAY_ROOM(files->list, files->count, files->room, 256)) {
		free(file);
		return NULL;
	}
	file->key = key;
	file->kind = map__kind(map);
	file->pid = pid;
	file->map = *map;
	file->map.path = strdup(map->path);
	file->map.outer = map->outer ? strdup(map->outer) : NULL;
	file->fd = NOT_OPENED;
	file->root = -1;
	files->list[files->count++] = file;
	file->number = files->count;
	HASH_ADD_KEYPTR(hh, files->by_key, file->key, strlen(file->key), file);
	return file;
}

/*
 * What could not be opened for the one process perhaps can for another: then it is
 * another entry, for it may be another file of that number.  Returns a descriptor, or -1.
 */
static int dso_cache__try_again(const struct dso_cache *files, const struct dso *file,
				const struct process_map *map, __u32 pid)
{
	int fd;

	if (file->kind != MODULE_FILE || file->fd != NOT_THERE || file->pid == pid)
		return -1;
	fd = mapped_file__open(symbolizer__broker(files->symbolizer), map, (pid_t)pid);
	return fd < 0 ? -1 : fd;
}

static bool process__is_there(__u32 pid)
{
	return !kill((pid_t)pid, 0) || errno == EPERM;
}

static int file__key(char **ret_key, const struct process_map *map, __u64 view)
{
	return asprintf(ret_key, "f%x:%x:%llu:%llx:%s", map->major, map->minor,
			(unsigned long long)map->inode, (unsigned long long)view, map->path);
}

/*
 * Those who see another "/" than others have entries of their own: what is called a file's
 * debug file there is for them alone.  Of a process that is gone it is not known what it
 * saw: what we see, or, where that is no such file, what some other process sees.
 */
static int dso_cache__key(const struct dso_cache *files, char **ret_key,
			  const struct process_map *map, __u32 pid, __u64 *ret_view)
{
	const struct dso *file;
	int n;
	__u32 i;

	*ret_view = process_root__view((pid_t)pid, files->own_view);
	n = file__key(ret_key, map, *ret_view);
	if (n < 0 || *ret_view || process__is_there(pid))
		return n;
	HASH_FIND(hh, files->by_key, *ret_key, (size_t)n, file);
	if (!file || file->fd != NOT_THERE)
		return n;
	for (i = files->count; i--;) {
		file = files->list[i];
		if (!file || file->kind != MODULE_FILE || !file->view || !file->was_open ||
		    file->map.inode != map->inode || file->map.major != map->major ||
		    file->map.minor != map->minor || strcmp(file->map.path, map->path))
			continue;
		free(*ret_key);
		*ret_view = file->view;
		return file__key(ret_key, map, *ret_view);
	}
	return n;
}

__u32 dso_cache__number(struct dso_cache *files, const struct process_map *map, __u32 pid)
{
	enum module_kind kind = map__kind(map);
	struct dso *file;
	__u32 version = 0;
	__u64 view = 0;
	int fd = -1, n;
	char *key;

	if (kind == MODULE_FILE)
		n = dso_cache__key(files, &key, map, pid, &view);
	else if (kind == MODULE_VDSO)
		n = asprintf(&key, "v");
	else
		n = asprintf(&key, "j%u", pid);
	if (n < 0)
		return 0;
	HASH_FIND(hh, files->by_key, key, (size_t)n, file);
	if (file) {
		fd = dso_cache__try_again(files, file, map, pid);
		if (fd < 0 && !dso_cache__was_written(files, file)) {
			free(key);
			return file->number;
		}
		version = file->version + 1;
		HASH_DEL(files->by_key, file);
	}
	file = dso_cache__add(files, key, map, pid);
	if (!file) {
		free(key);
		return 0;
	}
	file->version = kind == MODULE_JIT ? files->forgotten : version;
	file->view = view;
	if (fd >= 0)
		dso_cache__opened(files, file, fd);
	return file->number;
}

/* Its number is not given to another one. */
static void dso_cache__drop_ended(struct dso_cache *files, struct dso *file)
{
	if (!file->ended || file->wanted.count || file->asked.count)
		return;
	files->list[file->number - 1] = NULL;
	dso_cache__drop(files, file);
}

void dso_cache__forget(struct dso_cache *files, __u32 pid)
{
	struct dso *file;
	char key[16];

	snprintf(key, sizeof(key), "j%u", pid);
	HASH_FIND_STR(files->by_key, key, file);
	if (!file)
		return;
	HASH_DEL(files->by_key, file);
	file->looked = PERF_MAP_LOOKS;
	file->ended = true;
	files->forgotten++;
	dso_cache__drop_ended(files, file);
}

static struct dso *dso_cache__get(const struct dso_cache *files, __u32 number)
{
	return number && number <= files->count ? files->list[number - 1] : NULL;
}

bool dso_cache__is_vdso(const struct dso_cache *files, __u32 number)
{
	const struct dso *file = dso_cache__get(files, number);

	return file && file->kind == MODULE_VDSO;
}

bool dso_cache__is_made(const struct dso_cache *files, __u32 number)
{
	const struct dso *file = dso_cache__get(files, number);

	return !file || file->kind == MODULE_JIT;
}

int dso_cache__fd(struct dso_cache *files, __u32 number)
{
	struct dso *file = dso_cache__get(files, number);

	if (!file || file->kind == MODULE_JIT)
		return -1;
	dso_cache__open(files, file);
	return file->fd < 0 ? -1 : file->fd;
}

/*
 * What names code made at run time is open to those who look while its process
 * lives: it is opened as soon as it is there.
 */
void dso_cache__poll(struct dso_cache *files)
{
	__u64 now = clock__monotonic();
	__u32 i;

	dso_cache__trim(files);
	if (now - files->opened_ns < PERF_MAP_NS)
		return;
	files->opened_ns = now;
	for (i = 0; i < files->count; i++) {
		struct dso *file = files->list[i];

		if (!file || file->kind != MODULE_JIT || file->fd >= 0 ||
		    file->looked == PERF_MAP_LOOKS)
			continue;
		file->looked++;
		file->fd = perf_map__open(symbolizer__broker(files->symbolizer), (pid_t)file->pid);
	}
}

/* ---- frames ---- */

static __u32 file__module(struct dso_cache *files, struct dso *file)
{
	__u64 identity = file->kind == MODULE_FILE ?
				 file->map.inode ^ (__u64)file->version << 56 ^ file->view >> 1 :
				 0;

	if (file->kind == MODULE_JIT)
		identity = file->pid ^ (__u64)file->version << 32;
	if (!dso_cache__has_module(files, file->module))
		file->module = profile__module(files->profile, file->kind, file->map.path, identity,
					       file->build_id);
	return file->module;
}

/* Which build it is of is told with its names. */
static void file__identify(struct dso_cache *files, struct dso *file, const char *build_id)
{
	if (file->build_id || !*build_id || file->kind == MODULE_JIT)
		return;
	file->build_id = strdup(build_id);
	if (file->build_id && file->module)
		profile__identify(files->profile, file->module, file->build_id);
}

static void waiting__add(struct waiting *waiting, __u32 frame, __u64 at, bool caller)
{
	if (waiting->count == waiting->room) {
		size_t room = waiting->room ? 2 * waiting->room : 64;
		__u32 *frames = realloc(waiting->frames, room * sizeof(*frames));
		struct symbolizer_place *places;

		if (frames)
			waiting->frames = frames;
		places = realloc(waiting->places, room * sizeof(*places));
		if (places)
			waiting->places = places;
		if (!frames || !places)
			return; /* it stays without a name */
		waiting->room = room;
	}
	waiting->frames[waiting->count] = frame;
	waiting->places[waiting->count].at = at;
	waiting->places[waiting->count++].caller = caller;
}

/* It was asked for, and what should have answered came to an end. */
static bool file__owes_name(const struct dso_cache *files, const struct dso *file, __u32 frame)
{
	return file->failures && file->failures < FAILURES_MAX &&
	       !profile__get_frame(files->profile, frame)->name;
}

__u32 dso_cache__frame(struct dso_cache *files, __u32 number, __u64 start, __u64 offset, __u64 pc,
		       bool caller)
{
	struct dso *file = dso_cache__get(files, number);
	__u32 before = profile__frame_count(files->profile), frame;
	__u64 at = pc;

	if (!file)
		return profile__frame(files->profile, dso_cache__unknown(files), pc);
	if (file->kind != MODULE_JIT)
		at = pc - start + offset;
	frame = profile__frame(files->profile, file__module(files, file), at);
	if (frame > before || (frame && file__owes_name(files, file, frame)))
		waiting__add(&file->wanted, frame, at, caller);
	return frame;
}

__u32 dso_cache__vdso_32_frame(struct dso_cache *files, __u64 offset)
{
	__u32 module = profile__module(files->profile, MODULE_VDSO, "vdso32", 0, NULL);

	return profile__frame(files->profile, module, offset);
}

__u32 dso_cache__kernel_frame(struct dso_cache *files, struct kernel_symbols *kernel, __u64 pc)
{
	__u32 before = profile__frame_count(files->profile);
	__u32 frame = profile__frame(files->profile, dso_cache__kernel(files), pc);
	const char *name;

	if (frame <= before)
		return frame;
	name = kernel_symbols__name(kernel, pc - 1);
	if (name)
		profile__name(files->profile, frame, name, NULL);
	return frame;
}

/* ---- names ---- */

static void dso_cache__take(void *context, __u64 cookie, const struct symbolizer_names *names);

static int file__ask(struct dso_cache *files, struct dso *file)
{
	const struct symbolizer_sink sink = { .names = dso_cache__take, .context = files };
	struct symbolizer_file named = { .root = file->root,
					 .view = file->view,
					 .owner = file->owner.known ? &file->owner : NULL,
					 .path = file->map.path,
					 .inlined = files->inlined };
	int err;

	if (file->kind == MODULE_JIT) {
		int fd = perf_map__open(symbolizer__broker(files->symbolizer), (pid_t)file->pid);

		if (fd >= 0) { /* it may be another one by now */
			if (file->fd >= 0)
				close(file->fd);
			file->fd = fd;
		}
		if (file->fd < 0)
			return -ENOENT;
		err = symbolizer__ask_perf_map(files->symbolizer, file->fd, file->asked.places,
					       file->asked.count, &sink, file->number);
	} else {
		dso_cache__open(files, file);
		if (file->fd < 0)
			return -ENOENT;
		named.fd = file->fd;
		err = symbolizer__ask_file(files->symbolizer, &named, file->asked.places,
					   file->asked.count, &sink, file->number);
	}
	return err;
}

void dso_cache__ask(struct dso_cache *files)
{
	__u32 i;

	for (i = 0; i < files->count; i++) {
		struct dso *file = files->list[i];

		if (!file || !file->wanted.count || file->asked.count)
			continue;
		file->asked = file->wanted;
		memset(&file->wanted, 0, sizeof(file->wanted));
		if (!file__ask(files, file))
			continue;
		if (file->kind == MODULE_JIT && ++file->tries < JIT_TRIES) {
			file->wanted = file->asked; /* perhaps later */
			memset(&file->asked, 0, sizeof(file->asked));
		} else {
			waiting__free(&file->asked);
			dso_cache__drop_ended(files, file);
		}
	}
}

static void dso_cache__take(void *context, __u64 cookie, const struct symbolizer_names *names)
{
	struct dso_cache *files = context;
	struct dso *file = dso_cache__get(files, (__u32)cookie);
	bool again;
	size_t i;

	if (!file)
		return;
	file__identify(files, file, names->build_id);
	file->failures = names->error ? file->failures + 1 : 0;
	/* the helper failed, not the file */
	again = names->error && names->error != -EIO && names->error != -ETIMEDOUT &&
		file->failures < FAILURES_MAX;
	for (i = 0; i < file->asked.count && i < names->count; i++) {
		const struct symbolizer_name *name = &names->list[i];

		if (name->name)
			profile__name(files->profile, file->asked.frames[i], name->name,
				      name->inlined);
		else if (again || (file->kind == MODULE_JIT && file->tries < JIT_TRIES))
			waiting__add(&file->wanted, file->asked.frames[i], file->asked.places[i].at,
				     file->asked.places[i].caller);
	}
	if (file->kind == MODULE_JIT && file->wanted.count)
		file->tries++;
	waiting__free(&file->asked);
	dso_cache__drop_ended(files, file);
}

bool dso_cache__is_waiting(const struct dso_cache *files, __u32 number)
{
	const struct dso *file = dso_cache__get(files, number);

	return file && (file->wanted.count || file->asked.count);
}

bool dso_cache__has_failed(const struct dso_cache *files, __u32 number)
{
	const struct dso *file = dso_cache__get(files, number);

	return file && file->failures;
}

__u32 dso_cache__count(const struct dso_cache *files)
{
	return files->count;
}
