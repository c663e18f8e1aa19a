/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters, metrics, sorts and probes, in man pages. */
#include <ctype.h>
#include <string.h>

#include "docs.h"
#include "model/profile/profile.h"
#include "model/switching/row.h"
#include "trace/probes.h"
#include "view/columns.h"
#include "view/flame.h"
#include "view/view.h"

static void write_figure(FILE *out, const char *group, const char *name, const char *help)
{
	char tag[96], text[256];

	snprintf(tag, sizeof(tag), "%s%s%s", group, *group ? "." : "", name);
	snprintf(text, sizeof(text), "%s.", help);
	roff__entry(out, tag, text);
}

static void write_counters(FILE *out)
{
	size_t i;

	for (i = 0; i < ROW_COUNTERS; i++)
		write_figure(out, counter_infos[i].group, counter_infos[i].name,
			     counter_infos[i].help);
}

static void write_distributions(FILE *out)
{
	size_t i;

	for (i = 0; i < ROW_DISTS; i++)
		write_figure(out, dist_infos[i].group, dist_infos[i].name, dist_infos[i].help);
}

static void write_metrics(FILE *out)
{
	char text[256];
	size_t i;

	for (i = 0; i < metric_count; i++) {
		snprintf(text, sizeof(text), "%s (%s).", metrics[i].help, metrics[i].unit);
		roff__entry(out, metrics[i].name, text);
	}
}

static void write_sorts(FILE *out)
{
	size_t i;

	for (i = 0; i < sorts_listed; i++)
		write_figure(out, "", sorts[i].name, sorts[i].help);
}

static void write_columns(FILE *out)
{
	char text[256];
	int i;

	for (i = 0; i < COLUMNS; i++) {
		snprintf(text, sizeof(text), "%s (%s)", column_infos[i].help,
			 column_infos[i].title);
		roff__entry(out, column_infos[i].name, text);
	}
}

/* ---- formats ---- */

/* "help: *.a, *.b." */
static void write_format(FILE *out, const char *name, const char *help, const char *suffixes)
{
	const char *between = ": *";
	char text[256];
	size_t used = (size_t)snprintf(text, sizeof(text), "%s", help), size;

	for (; *suffixes && used < sizeof(text); suffixes += size + strspn(suffixes + size, " ")) {
		size = strcspn(suffixes, " ");
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.*s", between,
					 (int)size, suffixes);
		between = ", *";
	}
	if (used < sizeof(text))
		snprintf(text + used, sizeof(text) - used, ".");
	roff__entry(out, name, text);
}

static void write_formats(FILE *out)
{
	size_t i;

	for (i = 0; view_formats[i]; i++)
		write_format(out, view_formats[i]->name, view_formats[i]->help,
			     view_formats[i]->suffixes);
}

static void write_flame_formats(FILE *out)
{
	size_t i;

	for (i = 0; flame_formats[i]; i++) {
		write_format(out, flame_formats[i]->name, flame_formats[i]->help,
			     flame_formats[i]->suffixes);
		if (flame_formats[i]->more)
			roff__text(out, flame_formats[i]->more, NULL);
	}
}

/* ---- probes ---- */

static void write_rungs(FILE *out, enum probe probe)
{
	const char *between = "Hooks, best first: ";
	int r;

	for (r = 0; r < RUNG_COUNT; r++) {
		const struct rung_info *rung = &rung_infos[r];

		if (rung->probe != probe)
			continue;
		fputs(between, out);
		roff__plain(out, rung__type_name(rung->type));
		fputc(' ', out);
		roff__plain(out, rung->target);
		if (*rung->note) {
			fputs(" (", out);
			roff__plain(out, rung->note);
			fputc(')', out);
		}
		between = "; ";
	}
	fputs(".\n", out);
}

static void write_probes(FILE *out)
{
	char tag[32], text[512];
	size_t i, p;

	for (p = 0; p < PROBE_COUNT; p++) {
		const struct probe_info *info = &probe_infos[p];

		for (i = 0; info->name[i] && i < sizeof(tag) - 1; i++)
			tag[i] = (char)tolower((unsigned char)info->name[i]);
		tag[i] = 0;
		snprintf(text, sizeof(text), "%s.  Without: %s%s.", info->gives, info->loses,
			 info->required ? "; tasktoll needs it" : "");
		roff__entry(out, tag, text);
		write_rungs(out, p);
	}
}

bool mark__write_figures(FILE *out, const struct mark *mark)
{
	static const struct {
		const char *name;
		void (*write)(FILE *out);
	} lists[] = {
		{ "counters", write_counters }, { "distributions", write_distributions },
		{ "metrics", write_metrics },	{ "sorts", write_sorts },
		{ "columns", write_columns },	{ "probes", write_probes },
		{ "formats", write_formats },	{ "flame-formats", write_flame_formats },
	};
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (strcmp(lists[i].name, mark->name) != 0)
			continue;
		lists[i].write(out);
		return true;
	}
	return false;
}
