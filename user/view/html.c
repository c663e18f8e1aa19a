/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/html.h"

#include <string.h>

#include "core/number.h"
#include "core/utf8.h"
#include "view/escape.h"

static const char style[] =
#include <view/html.css.inc>
	;

void html__text(FILE *out, const char *text)
{
	escape__xml(out, text, strlen(text));
}

void html__cut(FILE *out, const char *text, size_t columns)
{
	size_t size = strlen(text), fits = utf8__fitting(text, columns);

	if (fits < size && columns)
		fits = utf8__fitting(text, columns - 1);
	escape__xml(out, text, fits);
	if (fits < size)
		fputs("\xe2\x80\xa6", out);
}

/* No script runs and nothing is loaded, whatever got past us. */
void html__begin(FILE *out, const char *name)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
	      out);
	html__text(out, name);
	fprintf(out,
		" \xe2\x80\x93 tasktoll compare</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n",
		style);
}

void html__end(FILE *out)
{
	fputs("<footer>Made by tasktoll compare. Everything is in this file.</footer>\n"
	      "</main>\n</body>\n</html>\n",
	      out);
}

/* ---- the verdict ---- */

static void put_part(FILE *out, const char *name, const char *text)
{
	if (!*text)
		return;
	fprintf(out, "<dt>%s</dt><dd>", name);
	html__text(out, text);
	fputs("</dd>\n", out);
}

void html__verdict(FILE *out, const struct verdict *verdict, const char *outcome)
{
	size_t i;

	fputs("<section class=\"verdict\">\n<h2>Verdict", out);
	if (outcome)
		fprintf(out, "<span class=\"badge\">%s</span>", outcome);
	if (strcmp(verdict->confidence, "none"))
		fprintf(out, "<span class=\"badge\">%s</span>", verdict->confidence);
	fputs("</h2>\n", out);
	for (i = 0; i < verdict->count; i++) {
		fputs(i ? "<p>" : "<p class=\"first\">", out);
		html__text(out, verdict->sentences[i]);
		fputs("</p>\n", out);
	}
	fputs("<dl>\n", out);
	put_part(out, "Doubt", verdict->doubt);
	put_part(out, "Not said", verdict->unsaid);
	fputs("</dl>\n</section>\n", out);
}

/* ---- states ---- */

static const char *const names[STATES] = { "on CPU", "waiting for a CPU", "asleep (S)",
					   "uninterruptible (D)", "other" };

void html__states_bar(FILE *out, const struct shape *shape)
{
	int i;

	fputs("<div class=\"bar\">", out);
	for (i = 0; i < STATES && shape->has_states; i++) {
		double share = 100 * shape__state_share(shape, (enum state)i);

		if (share >= 0.05)
			fprintf(out,
				"<i class=\"s%d\" style=\"flex:%.3f\" title=\"%s: %.1f%%\"></i>", i,
				share, names[i], share);
	}
	fputs("</div>\n", out);
}

void html__states_legend(FILE *out, const struct shape *shape)
{
	int i;

	fputs("<ul class=\"legend\">\n", out);
	for (i = 0; i < STATES; i++) {
		fprintf(out, "<li><i class=\"s%d\"></i>", i);
		if (shape && shape->has_states)
			fprintf(out, "%.1f%% ", 100 * shape__state_share(shape, (enum state)i));
		fprintf(out, "%s</li>\n", names[i]);
	}
	fputs("</ul>\n", out);
}
