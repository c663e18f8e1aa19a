/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks that are new, what is learned from them, and the samples on them. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace/rules.h"
#include "trace/state.h"
#include "trace/steps.h"

#define SAMPLES_MAX   262144	/* between two readings */
#define LESSON_GAP    500000ULL /* ns between two lessons of a CPU, to begin with */
#define LESSON_LIMIT  50000000ULL
#define BATCH	      4096
#define ONCE_AT_FIRST 4096 /* stacks that are sent before the first rule is learned */

/* ---- set-up ---- */

void trace__configure_sights(struct trace *trace, const struct trace_config *config)
{
	struct tasktoll *bpf = trace->bpf;

	bpf->rodata->cfg_stacks = config->stacks;
	if (config->stacks) {
		bpf->bss->entries = config->entries;
		bpf->bss->lesson_gap_ns = LESSON_GAP;
		bpf->bss->samples_enough = SAMPLES_MAX / 2;
		bpf->bss->sights_once = ONCE_AT_FIRST;
		return;
	}
	bpf_map__set_max_entries(bpf->maps.samples_even, 1);
	bpf_map__set_max_entries(bpf->maps.samples_odd, 1);
	bpf_map__set_max_entries(bpf->maps.known, 1);
	bpf_map__set_max_entries(bpf->maps.rules, 1);
	bpf_map__set_max_entries(bpf->maps.steps, 1);
	bpf_map__set_max_entries(bpf->maps.sights, (__u32)sysconf(_SC_PAGESIZE));
}

static void sights__take_step(void *context, __u32 slot, const struct step *step)
{
	const struct trace *trace = context;

	bpf_map_update_elem(bpf_map__fd(trace->bpf->maps.steps), &slot, step, BPF_ANY);
}

static void sights__take_hook(void *context, __u32 hook, const struct hook_step *step)
{
	struct trace *trace = context;

	trace->bpf->bss->hook_steps[hook].skip = step->skip;
	__sync_synchronize(); /* with `first` set, the other is relied on */
	trace->bpf->bss->hook_steps[hook].first = step->first;
}

/* ---- what user space knows ---- */

void trace__allow_sights(struct trace *trace, unsigned int count)
{
	*(volatile __s64 *)&trace->bpf->bss->sights_once = count;
}

void trace__teach(struct trace *trace, __u64 space, __u64 pc, __u64 rule)
{
	if (trace->rules)
		rules__put(trace->rules, rule_key(space, pc), rule);
}

void trace__forget_sight(struct trace *trace, __u64 id)
{
	struct known_bucket *bucket = &trace->known[id & (KNOWN_BUCKETS - 1)];
	int i;

	/* if another one has taken its place meanwhile, that one is told of twice */
	for (i = 0; i < KNOWN_WAYS; i++) {
		if (*(volatile __u64 *)&bucket->id[i] == id)
			*(volatile __u64 *)&bucket->id[i] = 0;
	}
}

#define RULES_SIZE (sizeof(struct rule_bucket) << RULE_BITS)
#define KNOWN_SIZE (sizeof(struct known_bucket) * KNOWN_BUCKETS)

static void *table__map(int fd, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return at == MAP_FAILED ? NULL : at;
}

int trace__open_sights(struct trace *trace)
{
	struct steps_sink sink = { .context = trace,
				   .step = sights__take_step,
				   .hook = sights__take_hook };

	trace->steps = steps__new(&sink);
	trace->sights = ring_buffer__new(bpf_map__fd(trace->bpf->maps.sights), trace__on_sight,
					 trace, NULL);
	trace->rules = table__map(bpf_map__fd(trace->bpf->maps.rules), RULES_SIZE);
	trace->known = table__map(bpf_map__fd(trace->bpf->maps.known), KNOWN_SIZE);
	return trace->steps && trace->sights && trace->rules && trace->known ? 0 : -ENOMEM;
}

void trace__close_sights(struct trace *trace)
{
	if (trace->rules)
		munmap(trace->rules, RULES_SIZE);
	if (trace->known)
		munmap(trace->known, KNOWN_SIZE);
	steps__free(trace->steps);
	ring_buffer__free(trace->sights);
}

/* ---- what comes in ---- */

/* The less a lesson brings, the longer it is to the next one. */
static void sights__learn(struct trace *trace, const struct sight_lesson *lesson)
{
	volatile __u64 *gap = &trace->bpf->bss->lesson_gap_ns;

	if (steps__learn(trace->steps, lesson))
		*gap = LESSON_GAP;
	else if (*gap < LESSON_LIMIT)
		*gap += *gap / 16;
}

static bool sight__is_sound(const struct sight *sight, size_t size)
{
	if (size < SIGHT_HEAD || sight->kernel_count > SIGHT_KERNEL ||
	    sight->walked_count > SIGHT_USER)
		return false;
	if (sight->walk != SIGHT_WALK_PARTIAL && sight->walk != SIGHT_WALK_STUCK)
		return true;
	return size >= sizeof(*sight) && sight->user_count <= SIGHT_USER &&
	       sight->stack_size <= size - sizeof(*sight);
}

int trace__on_sight(void *context, void *data, size_t size)
{
	struct trace *trace = context;
	const struct sight *sight = data;
	__u32 type = *(const __u32 *)data;
	int err = 0;

	if (type == SIGHT_FULL)
		trace->samples_full = true;
	else if (type == SIGHT_LESSON && size >= sizeof(struct sight_lesson))
		sights__learn(trace, data);
	else if (type == SIGHT_STACK && sight__is_sound(sight, size))
		err = trace->sink.sight(trace->sink.sight_context, sight, size);
	return err ? err : ring__spend(trace, RING_SIGHTS, size);
}

/* ---- samples ---- */

struct batch {
	struct sample_key keys[BATCH];
	struct sample_value values[BATCH];
};

static int samples__pass_on(struct trace *trace, const struct batch *batch, __u32 count)
{
	__u32 i;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = trace->sink.sample(trace->sink.sample_context, &batch->keys[i],
					 &batch->values[i]);
	return err;
}

/* A table that is not filled any more: all of it, in parts. */
static int samples__empty(struct trace *trace, int map, struct batch *batch)
{
	__u64 at[2]; /* opaque: where the kernel goes on */
	bool first = true, more = true;
	int err = 0;

	while (more && !err) {
		__u32 count = BATCH;

		more = !bpf_map_lookup_and_delete_batch(map, first ? NULL : at, at, batch->keys,
							batch->values, &count, NULL);
		if (!more && errno != ENOENT)
			return -errno;
		first = false;
		err = samples__pass_on(trace, batch, count);
	}
	return err;
}

/* What found no room, on all CPUs, as far as it has not been passed on. */
static int samples__pass_on_overflow(struct trace *trace)
{
	static const struct sample_key key = { .stack = STACK_LOST };
	static const struct sample_value nothing;
	struct sample_value *cpus = calloc((size_t)trace->cpus, sizeof(*cpus));
	struct sample_value more = { 0 };
	__u32 zero = 0;
	int cpu, err = 0;

	if (!cpus)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(trace->bpf->maps.overflow), &zero, cpus))
		err = -errno;
	for (cpu = 0; cpu < trace->cpus && !err; cpu++)
		sample_value__add(&more, &cpus[cpu], 1);
	free(cpus);
	if (err)
		return err;
	sample_value__add(&more, &trace->overflow, -1);
	if (!memcmp(&more, &nothing, sizeof(more)))
		return 0;
	sample_value__add(&trace->overflow, &more, 1);
	return trace->sink.sample(trace->sink.sample_context, &key, &more);
}

int trace__read_samples(struct trace *trace, struct failure *failure)
{
	bool odd = trace->bpf->bss->samples_turn & 1;
	struct batch *batch = malloc(sizeof(*batch));
	int err;

	if (!batch)
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot read the samples");
	trace->bpf->bss->samples_turn++;
	/* an interrupt on each CPU: our programs, which run without, are done with the old table */
	err = trace__cut(trace, failure);
	trace->bpf->bss->sight_loss.inserted = 0;
	trace->bpf->bss->samples_enough = SAMPLES_MAX / 2;
	trace->samples_full = false;
	if (!err) {
		ring__take(trace, RING_SIGHTS); /* the stacks that they are on */
		err = samples__empty(trace,
				     bpf_map__fd(odd ? trace->bpf->maps.samples_odd :
						       trace->bpf->maps.samples_even),
				     batch);
		if (!err)
			err = samples__pass_on_overflow(trace);
		if (err)
			failure__set(failure, err, NULL, NULL, "cannot read the samples");
	}
	free(batch);
	return err;
}

bool trace__samples_due(const struct trace *trace)
{
	return trace->samples_full;
}

void trace__sight_loss(const struct trace *trace, struct sight_loss *ret_loss)
{
	*ret_loss = trace->bpf->bss->sight_loss;
}
