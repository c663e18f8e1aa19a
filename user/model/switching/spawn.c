/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/switching/spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const spawn_names[SPAWN_KINDS] = { "thread", "process", "vfork", "shared", "kernel" };

const char *const phase_names[PHASES] = { "copy_ns", "return_ns", "start_ns", "exec_ns",
					  "life_ns" };

#define MIB	  1048576.0
#define SLOPE_MIB 16.0 /* between sizes that are closer a line is drawn through noise */

static struct dist *dist__touch(struct dist **dist)
{
	if (!*dist)
		*dist = calloc(1, sizeof(**dist));
	return *dist;
}

int spawn__sample(struct spawn *spawn, enum phase phase, __u64 ns)
{
	if (!dist__touch(&spawn->phase[phase]))
		return -ENOMEM;
	dist__add_sample(spawn->phase[phase], D_COPY + (int)phase, ns);
	return 0;
}

static void spawn__add_error(struct spawn *spawn, __u32 error, __u64 count)
{
	int i;

	for (i = 0; i < SPAWN_ERRORS - 1; i++) {
		if (!spawn->errors[i].count)
			spawn->errors[i].error = error;
		if (spawn->errors[i].error == error)
			break;
	}
	spawn->errors[i].count += count;
}

void spawn__fail(struct spawn *spawn, __u32 error)
{
	spawn->failed++;
	spawn__add_error(spawn, error, 1);
}

const struct dist *spawn__phase(const struct spawn *spawn, enum phase phase)
{
	static const struct dist empty;

	return spawn->phase[phase] ? spawn->phase[phase] : &empty;
}

int spawns__exec(struct spawns *spawns, __u64 ns)
{
	spawns->execs++;
	if (!dist__touch(&spawns->exec))
		return -ENOMEM;
	dist__add_sample(spawns->exec, D_EXEC, ns);
	return 0;
}

/* Sizes in powers of two, from one MiB on. */
static int fork_size__of(__u64 rss)
{
	int size = 0;

	for (rss >>= 20; rss && size < FORK_SIZES - 1; rss >>= 1)
		size++;
	return size;
}

/* So many forks more, of processes that have so much together: where their times go to. */
static struct dist *fork_size__add(struct fork_size **size, __u64 count, __u64 rss)
{
	if (!*size)
		*size = calloc(1, sizeof(**size));
	if (!*size)
		return NULL;
	(*size)->count += count;
	(*size)->rss += rss;
	return &(*size)->copy;
}

int spawns__fork_size(struct spawns *spawns, __u64 rss, __u64 copy_ns)
{
	struct dist *copy = fork_size__add(&spawns->sizes[fork_size__of(rss)], 1, rss);

	if (!copy)
		return -ENOMEM;
	dist__add_sample(copy, D_COPY, copy_ns);
	return 0;
}

bool spawns__slope(const struct spawns *spawns, double *ret_ns_per_mib)
{
	double n = 0, x = 0, y = 0, xx = 0, xy = 0, least = 0, most = 0, spread;
	int i;

	for (i = 0; i < FORK_SIZES; i++) {
		const struct fork_size *size = spawns->sizes[i];
		double weight, mib, ns;

		if (!size || !size->count)
			continue;
		weight = (double)size->count;
		mib = (double)size->rss / weight / MIB;
		ns = (double)dist__percentile(&size->copy, D_COPY, 0.5);
		least = n ? least : mib; /* sizes come in order */
		most = mib;
		n += weight;
		x += weight * mib;
		y += weight * ns;
		xx += weight * mib * mib;
		xy += weight * mib * ns;
	}
	spread = n * xx - x * x;
	if (most - least < SLOPE_MIB || spread <= 0)
		return false;
	*ret_ns_per_mib = (n * xy - x * y) / spread;
	return true;
}

void spawns__clear(struct spawns *spawns)
{
	int kind, i;

	for (kind = 0; kind < SPAWN_KINDS; kind++) {
		for (i = 0; i < PHASES; i++)
			free(spawns->kind[kind].phase[i]);
	}
	for (i = 0; i < FORK_SIZES; i++)
		free(spawns->sizes[i]);
	free(spawns->exec);
	memset(spawns, 0, sizeof(*spawns));
}

/* ---- sums ---- */

static int dist__sum_up(struct dist **to, int which, const struct dist *more)
{
	if (!more)
		return 0;
	return dist__touch(to) ? dist__add(*to, which, more) : -ENOMEM;
}

static int spawn__add(struct spawn *to, const struct spawn *more)
{
	int i, err = 0;

	to->count += more->count;
	to->failed += more->failed;
	to->namespaces += more->namespaces;
	for (i = 0; i < SPAWN_ERRORS; i++) {
		if (more->errors[i].count)
			spawn__add_error(to, more->errors[i].error, more->errors[i].count);
	}
	for (i = 0; i < PHASES && !err; i++)
		err = dist__sum_up(&to->phase[i], D_COPY + i, more->phase[i]);
	return err;
}

int spawns__add(struct spawns *to, const struct spawns *more)
{
	int i, err = 0;

	for (i = 0; i < SPAWN_KINDS && !err; i++)
		err = spawn__add(&to->kind[i], &more->kind[i]);
	for (i = 0; i < FORK_SIZES && !err; i++) {
		const struct fork_size *size = more->sizes[i];
		struct dist *copy;

		if (!size)
			continue;
		copy = fork_size__add(&to->sizes[i], size->count, size->rss);
		err = copy ? dist__add(copy, D_COPY, &size->copy) : -ENOMEM;
	}
	to->execs += more->execs;
	return err ? err : dist__sum_up(&to->exec, D_EXEC, more->exec);
}

bool spawns__any(const struct spawns *spawns)
{
	int i;

	for (i = 0; i < SPAWN_KINDS; i++) {
		if (spawns->kind[i].count || spawns->kind[i].failed)
			return true;
	}
	return spawns->execs;
}
