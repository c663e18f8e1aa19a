/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One sample of a page of metrics, and one histogram. */
#include <hist.h>

#include "view/escape.h"
#include "view/metrics.h"

/* Bounds of a group's histogram: where octaves begin, of ns. */
#define OCTAVE_FIRST 12
#define OCTAVE_LAST  32

void metric__head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* "{a="b",c="d"", without the brace at the end; whether it is due. */
static bool put_labels(FILE *out, const struct metric_labels *labels)
{
	if (labels->group) {
		fputs("{group=\"", out);
		escape__label(out, labels->group);
		fputc('"', out);
	}
	if (labels->group && labels->kind) {
		fprintf(out, ",%s=\"", labels->kind);
		escape__label(out, labels->kind_value);
		fputc('"', out);
	}
	if (labels->label)
		fprintf(out, "%s%s=\"%s\"", labels->group ? "," : "{", labels->label,
			labels->value);
	return labels->group || labels->label;
}

static void put_name(FILE *out, const char *name, const char *suffix,
		     const struct metric_labels *labels)
{
	fprintf(out, "%s%s", name, suffix);
	fputs(put_labels(out, labels) ? "} " : " ", out);
}

/* All digits that are known, and none that say nothing. */
static void put_seconds(FILE *out, __u64 ns)
{
	__u64 rest = ns % 1000000000ULL;
	int digits = 9;

	fprintf(out, "%llu", (unsigned long long)(ns / 1000000000ULL));
	if (!rest)
		return;
	while (rest % 10 == 0) {
		rest /= 10;
		digits--;
	}
	fprintf(out, ".%0*llu", digits, (unsigned long long)rest);
}

void metric__count(FILE *out, const char *name, const struct metric_labels *labels, __u64 count)
{
	put_name(out, name, "", labels);
	fprintf(out, "%llu\n", (unsigned long long)count);
}

void metric__seconds(FILE *out, const char *name, const struct metric_labels *labels, __u64 ns)
{
	put_name(out, name, "", labels);
	put_seconds(out, ns);
	fputc('\n', out);
}

/* le is the largest value of the bucket: what begins the next one is not in it. */
static void put_bucket(FILE *out, const char *name, const struct metric_labels *labels,
		       __u64 next_ns, __u64 count)
{
	fprintf(out, "%s_bucket", name);
	fputs(put_labels(out, labels) ? ",le=\"" : "{le=\"", out);
	if (next_ns)
		put_seconds(out, next_ns - 1);
	else
		fputs("+Inf", out);
	fprintf(out, "\"} %llu\n", (unsigned long long)count);
}

static bool is_octave(__u64 ns)
{
	return ns >= 1ULL << OCTAVE_FIRST && ns <= 1ULL << OCTAVE_LAST && !(ns & (ns - 1));
}

void metric__histogram(FILE *out, const char *name, const struct metric_labels *labels,
		       const struct dist *dist, int which, bool octaves)
{
	const struct dist_info *info = &dist_infos[which];
	__u64 count = 0;
	__u32 i;

	for (i = 0; i + 1 < info->buckets; i++) {
		__u64 next = hist_floor(i + 1, info->first);

		count += dist__bucket(dist, i);
		if (!octaves || is_octave(next))
			put_bucket(out, name, labels, next, count);
	}
	count += dist__bucket(dist, i);
	put_bucket(out, name, labels, 0, count);
	put_name(out, name, "_sum", labels);
	put_seconds(out, dist__sum_of_samples(dist));
	fputc('\n', out);
	put_name(out, name, "_count", labels);
	fprintf(out, "%llu\n", (unsigned long long)count);
}
