/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "price/calibrate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "price/measure.h"

#define KIB		   1024ULL
#define MIB		   (1024ULL * KIB)
#define CACHE_IF_UNKNOWN   (32 * MIB)
#define WORKING_SET_FIRST  (16 * KIB)
#define WORKING_SET_FACTOR 4
/* What takes a large part of a second is measured less often. */
#define LARGE	    (16 * MIB)
#define LARGE_EVERY 4

static int (*const measures[PRICE_WHATS])(const struct price_key *, const struct price_cpus *,
					  double *) = {
	[PRICE_HANDOFF] = price__handoff,
	[PRICE_ALONE] = price__alone,
	[PRICE_CREATE] = price__create,
	[PRICE_COW] = price__cow,
};

static const __u64 forks_mib[] = { 1, 16, 64, 256, 1024, 2048 };

static int add(struct price_list *list, struct price_key key)
{
	struct price *larger = realloc(list->prices, (list->count + 1) * sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	list->prices = larger;
	larger[list->count++] =
		(struct price){ .key = key, .every = key.bytes > LARGE ? LARGE_EVERY : 1 };
	return 0;
}

/* Direct hand-offs by each channel, on one CPU and on two. */
static int add_direct(struct price_list *list)
{
	struct price_key key = { .what = PRICE_HANDOFF };
	int err = 0, channel, shape, other;

	for (other = 0; other < 2; other++)
		for (channel = CHANNEL_FUTEX; channel < PRICE_CHANNELS; channel++)
			for (shape = SHAPE_THREAD; shape < PRICE_SHAPES && !err; shape++) {
				key.channel = (enum price_channel)channel;
				key.shape = (enum price_shape)shape;
				key.other_cpu = other;
				err = add(list, key);
			}
	return err;
}

static int add_working_set(struct price_list *list, __u64 bytes)
{
	struct price_key key = { .what = PRICE_ALONE, .bytes = bytes };
	int err = add(list, key), shape;

	key.what = PRICE_HANDOFF;
	key.channel = CHANNEL_FUTEX;
	for (shape = SHAPE_THREAD; shape < PRICE_SHAPES && !err; shape++) {
		key.shape = (enum price_shape)shape;
		err = add(list, key);
	}
	return err;
}

/* From 16 KiB to four times the last-level cache, which is met exactly. */
static int add_working_sets(struct price_list *list)
{
	__u64 cache = list->machine.cache_bytes, bytes;
	int err = 0;

	if (!cache)
		cache = CACHE_IF_UNKNOWN;
	for (bytes = WORKING_SET_FIRST; bytes < cache && !err; bytes *= WORKING_SET_FACTOR)
		err = add_working_set(list, bytes);
	for (bytes = cache; bytes <= 4 * cache && !err; bytes *= 2)
		err = add_working_set(list, bytes);
	return err;
}

static int add_creations(struct price_list *list)
{
	struct price_key key = { .what = PRICE_CREATE };
	int err = 0, call;
	size_t i;

	for (call = CALL_THREAD; call < CALL_FORK && !err; call++) {
		key.call = (enum price_call)call;
		err = add(list, key);
	}
	key.call = CALL_FORK;
	for (i = 0; i < sizeof(forks_mib) / sizeof(*forks_mib) && !err; i++) {
		key.bytes = forks_mib[i] * MIB;
		err = add(list, key);
	}
	return err ? err : add(list, (struct price_key){ .what = PRICE_COW });
}

/* "MemAvailable:   123 kB"; 0: not known. */
static __u64 memory_available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib * KIB;
}

static const char *cannot(const struct price_key *key, const struct price_cpus *cpus)
{
	__u64 needed = key->bytes * (key->what == PRICE_HANDOFF ? 2 : 1);

	if (key->other_cpu && cpus->second < 0)
		return "only one CPU may be used";
	if (needed > 16 * MIB && needed > memory_available() / 2)
		return "too little memory is free";
	return NULL;
}

/* CPU time of the whole machine and of it what is not idle, ticks.  False: not known. */
static bool read_busy(unsigned long long *ret_busy, unsigned long long *ret_all)
{
	unsigned long long t[8] = { 0 };
	FILE *file = fopen("/proc/stat", "re");
	bool ok = file && fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1],
				 &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) == 8;
	int i;

	if (file)
		fclose(file);
	if (!ok)
		return false;
	*ret_all = 0;
	for (i = 0; i < 8; i++)
		*ret_all += t[i];
	*ret_busy = *ret_all - t[3] - t[4]; /* idle, iowait; stolen time counts as others' */
	return true;
}

static double own_seconds(void)
{
	double seconds = 0;
	int who;

	for (who = RUSAGE_CHILDREN; who <= RUSAGE_SELF; who++) {
		struct rusage usage;

		getrusage(who, &usage);
		seconds += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	}
	return seconds;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void finish(struct price_list *list)
{
	struct price_key direct = { .what = PRICE_HANDOFF,
				    .shape = SHAPE_THREAD,
				    .channel = CHANNEL_FUTEX };
	const struct price *price;
	size_t i;

	for (i = 0; i < list->count; i++)
		qsort(list->prices[i].ns, list->prices[i].count, sizeof(double), ascending);
	price = price_list__find(list, &direct);
	list->spread = price ? (price__quantile(price, 0.75) - price__quantile(price, 0.25)) /
				       price__quantile(price, 0.5) :
			       1;
}

/* One sample; what cannot be measured says why and is not tried again. */
static void measure(struct price *price, const struct price_cpus *cpus)
{
	const char *why = cannot(&price->key, cpus);
	double ns;
	int err;

	if (!why) {
		err = price__apart(measures[price->key.what], &price->key, cpus, &ns);
		if (!err) {
			price->ns[price->count++] = round(ns); /* as it is kept */
			return;
		}
		why = strerror(-err);
	}
	snprintf(price->unavailable, sizeof(price->unavailable), "%s", why);
}

static int run_rounds(struct price_list *list, const struct calibration *calibration,
		      const struct price_cpus *cpus)
{
	size_t all = calibration->rounds * list->count, i;
	unsigned int round;

	for (round = 0; round < calibration->rounds; round++) {
		for (i = 0; i < list->count; i++) {
			struct price *price = &list->prices[i];

			if (round % price->every == 0 && !*price->unavailable)
				measure(price, cpus);
			if (calibration->progress &&
			    !calibration->progress(calibration->context,
						   round * list->count + i + 1, all))
				return round < 3 ? -ECANCELED : 0;
		}
		list->rounds = round + 1;
	}
	return 0;
}

int calibrate__run(struct price_list *list, const struct calibration *calibration)
{
	unsigned long long busy = 0, all = 0, busy_then = 0, all_then = 0;
	double ticks = (double)sysconf(_SC_CLK_TCK), own = own_seconds();
	struct price_cpus cpus;
	bool known;
	int err;

	*list = (struct price_list){ .disturbed = -1 };
	price_machine__read(&list->machine);
	price_cpus__choose(&cpus);
	if (cpus.first < 0)
		return -ENODEV;
	err = add_direct(list);
	if (!err)
		err = add_working_sets(list);
	if (!err)
		err = add_creations(list);
	known = read_busy(&busy_then, &all_then);
	if (!err)
		err = run_rounds(list, calibration, &cpus);
	if (err) {
		price_list__free(list);
		return err;
	}
	if (known && read_busy(&busy, &all) && all > all_then) {
		own = (own_seconds() - own) * ticks;
		list->disturbed = ((double)(busy - busy_then) - own) / (double)(all - all_then);
		if (list->disturbed < 0)
			list->disturbed = 0;
	}
	finish(list);
	return 0;
}
