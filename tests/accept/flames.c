/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flame graphs for other programs to read.
 *
 *   flames FORMAT METRIC [diff|reverse|no-kernel|per-thread|idle|large]   writes one to standard output
 *   flames bench FORMAT SAMPLES STACKS   says how long so many take, and how much memory
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "stacks.h"
#include "view/flame.h"

static __u64 chance_state = 88172645463325252ULL;

static __u64 chance(__u64 below)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 7;
	chance_state ^= chance_state << 17;
	return chance_state % below;
}

/* Of all kinds, and with names that want to do more than to be read. */
static const char *const paths[] = {
	"_start > main > serve > handle(Request&) + parse + next_token > read > ksys_read@k > "
	"vfs_read@k > pipe_read@k > schedule@k",
	"_start > main > serve > handle(Request&) > write > ksys_write@k > vfs_write@k",
	"_start > main > serve > epoll_wait > do_epoll_wait@k > schedule@k",
	"_start > main > serve > operator<< <char> > \"quoted\" & 'so' > futex_wait@k > schedule@k",
	"_start > main > </script><script>alert(1)</script> > ]]> > nanosleep > do_nanosleep@k > "
	"schedule@k",
	"_start > main > a;b > line\nbreak > tab\there > \xff\xfe not valid > "
	"\xef\xbf\xbf no character",
	"_start > main > ?a > ?b > do_page_fault@k > io_schedule@k",
	"_start > main > number 12 > 34 5",
	"clone > worker + loop > work > pthread_cond_wait > futex_wait@k > schedule@k",
	"clone > worker + loop > work > malloc > sysmalloc > mmap > do_mmap@k > ?k@k",
	"kthread@k > worker_thread@k > schedule@k",
};

#define PATHS (sizeof(paths) / sizeof(paths[0]))

static const char *const wakers[] = {
	"=client > main > send > ksys_write@k > wake_up@k",
	"=swapper/0 > timer@k > wake_up@k",
	NULL,
};

static const char *const comms[] = { "server", "worker", "kworker/0:1", "12", "a b 3", "" };

static void fail(const char *what)
{
	fprintf(stderr, "flames: %s\n", what);
	exit(1);
}

static void fill(struct sample *sample, __u64 scale)
{
	memset(sample->weight, 0, sizeof(sample->weight));
	sample->weight[WEIGHT_SWITCHES] = 1 + (__s64)chance(5);
	sample->weight[chance(2) ? WEIGHT_SLEEP : WEIGHT_PREEMPTED] =
		(__s64)chance(10000000 * scale);
	sample->weight[WEIGHT_DISK] = chance(10) ? 0 : (__s64)chance(3000000);
	sample->weight[WEIGHT_RUNQ] = (__s64)chance(100000);
	sample->weight[WEIGHT_COST] = (__s64)chance(9000);
	sample->weight[WEIGHT_WAKE] = (__s64)chance(3);
}

/* Names as C++ has them. */
static char *long_name(void)
{
	char *name = malloc(10241);
	int i;

	for (i = 0; i < 10240; i += 16)
		memcpy(name + i, "std::map<int,A>,", 16);
	name[10240] = 0;
	return name;
}

static struct profile *make_profile(__u32 stacks[PATHS + 2], __u32 waker_stacks[3])
{
	struct profile *profile = profile__new();
	char *name = long_name();
	size_t i;

	for (i = 0; i < PATHS; i++)
		stacks[i] = stacks__add(profile, paths[i]);
	stacks[PATHS] = stacks__add(profile, name);
	stacks[PATHS + 1] = 0;
	for (i = 0; i < 3; i++)
		waker_stacks[i] = wakers[i] ? stacks__add(profile, wakers[i]) : 0;
	free(name);
	return profile;
}

/* One thread waits through the run; with a scale of 3, another one often and long. */
static void take_waits(struct flame *flame, const __u32 stacks[PATHS + 2], __u64 scale)
{
	struct sample waits = { .thread = 4,
				.stack = stacks[2],
				.weight = {
					[WEIGHT_SLEEP] = 9999000000LL, [WEIGHT_SWITCHES] = 1 } };
	struct sample works = {
		.thread = 2,
		.stack = stacks[8],
		.weight = { [WEIGHT_SLEEP] = 9999000000LL, [WEIGHT_SWITCHES] = 100000 }
	};

	if (flame__take(flame, &waits) || (scale == 3 && flame__take(flame, &works)))
		fail("cannot take");
}

static struct profile *take_some(struct flame *flame, __u64 scale)
{
	__u32 stacks[PATHS + 2], waker_stacks[3];
	struct profile *profile = make_profile(stacks, waker_stacks);
	int i;

	for (i = 0; i < 12; i++)
		stacks__thread(profile, 100 + (__u32)i / 3, 100 + (__u32)i, comms[i % 6]);
	if (flame__begin(flame, profile))
		fail("cannot begin");
	take_waits(flame, stacks, scale);
	for (i = 0; i < 2000; i++) {
		struct sample sample = { .thread = 1 + (__u32)chance(12),
					 .stack = stacks[chance(PATHS + 2)],
					 .waker = waker_stacks[chance(3)] };

		fill(&sample, scale);
		if (flame__take(flame, &sample))
			fail("cannot take");
	}
	return profile;
}

static const struct flame_format *find_format(const char *name)
{
	const struct flame_format *const *format = flame_formats;

	while (*format && strcmp((*format)->name, name) != 0)
		format++;
	return *format;
}

static int show(const char *format_name, const char *metric, const char *what)
{
	static const struct flame_run runs[2] = {
		{ "host <&>", "program \"./server\"", 1795521600000000000ULL, 10000000000ULL },
		{ "host <&>", "program \"./server\"", 1795525200000000000ULL, 15000000000ULL },
	};
	const struct flame_format *format = find_format(format_name);
	struct flame_options options = { .metric = metric__find(metric),
					 .per_thread = !strcmp(what, "per-thread"),
					 .no_kernel = !strcmp(what, "no-kernel"),
					 .reverse = !strcmp(what, "reverse") };
	struct profile *profiles[2] = { NULL };
	struct flame *flame;

	if (!format || !options.metric)
		fail("no such format or metric");
	options.raw = format->raw;
	options.waits = !format->raw && strcmp(what, "diff") != 0;
	options.apart = options.waits && format->apart && strcmp(what, "idle") != 0;
	options.groups = format->apart;
	flame = flame__new(&options);
	profiles[0] = take_some(flame, !strcmp(what, "large") ? 3 : 1);
	flame__set_duration(flame, 0, runs[0].duration_ns);
	if (!strcmp(what, "diff"))
		profiles[1] = take_some(flame, 2);
	if (flame__build(flame) || format->write(stdout, flame, runs))
		fail("cannot write");
	fprintf(stderr, "%lld %lld\n", flame__total(flame, 0),
		profiles[1] ? flame__total(flame, 1) : 0);
	flame__free(flame);
	profile__free(profiles[0]);
	profile__free(profiles[1]);
	return 0;
}

/* ---- how fast it is ---- */

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static long peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static struct profile *make_large(__u32 stacks)
{
	struct profile *profile = profile__new();
	__u32 module = profile__module(profile, MODULE_FILE, "/usr/bin/app", 7, ""), i;

	for (i = 0; i < 20000; i++) {
		char name[64];

		snprintf(name, sizeof(name), "function_%u", i);
		profile__name(profile, profile__frame(profile, module, 16UL * i), name, NULL);
	}
	for (i = 0; profile__stack_count(profile) < stacks; i++) {
		__u32 count = profile__stack_count(profile);
		__u32 caller = count > 100 ? 1 + (__u32)chance(count) : count;

		profile__stack(profile, caller, 1 + (__u32)chance(20000));
	}
	for (i = 1; i <= 200; i++)
		stacks__thread(profile, i / 4, i, comms[i % 6]);
	return profile;
}

static int bench(const char *format_name, int samples, __u32 stacks)
{
	static const struct flame_run run = { "host", "target", 0, 10000000000ULL };
	const struct flame_format *format = find_format(format_name);
	struct flame_options options = { .metric = metric__find("offcpu") };
	struct profile *profile = make_large(stacks);
	struct flame *flame;
	FILE *nothing = fopen("/dev/null", "w");
	double start, taken, built, written;
	long before;
	int i;

	if (!format || !nothing)
		fail("no such format");
	options.raw = format->raw;
	flame = flame__new(&options);
	before = peak_kib();
	start = now();
	flame__begin(flame, profile);
	for (i = 0; i < samples; i++) {
		struct sample sample = { .thread = 1 + (__u32)chance(200),
					 .stack = 1 + (__u32)chance(stacks),
					 .weight = { [WEIGHT_SLEEP] = i, [WEIGHT_SWITCHES] = 1 } };

		if (flame__take(flame, &sample))
			fail("cannot take");
	}
	taken = now();
	if (flame__build(flame))
		fail("cannot build");
	built = now();
	if (format->write(nothing, flame, &run))
		fail("cannot write");
	written = now();
	printf("%d samples, %u stacks: take %.3f s, build %.3f s, %s %.3f s; %ld MiB more "
	       "than the profile's %ld\n",
	       samples, stacks, taken - start, built - taken, format_name, written - built,
	       (peak_kib() - before) / 1024, before / 1024);
	fclose(nothing);
	flame__free(flame);
	profile__free(profile);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "bench"))
		return bench(argv[2], atoi(argv[3]), (__u32)atoi(argv[4]));
	if (argc < 3)
		fail("usage: flames FORMAT METRIC [diff|reverse|no-kernel|per-thread|idle|large], "
		     "or flames bench FORMAT SAMPLES STACKS");
	return show(argv[1], argv[2], argc > 3 ? argv[3] : "");
}
