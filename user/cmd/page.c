/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/page.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* Lines of a tree need a terminal that has them; files and pipes get UTF-8 always. */
static bool page__is_ascii(const struct sink *sink)
{
	locale_t locale;
	bool ascii;

	if (!sink->terminal)
		return false;
	locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	ascii = !locale || strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") != 0;
	if (locale)
		freelocale(locale);
	return ascii;
}

struct view_options page__options(const struct options *options, const struct sink *sink)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	bool plain = options->no_color || (no_color && *no_color) || !term || !strcmp(term, "dumb");

	return (struct view_options){
		.rows = options->rows,
		.color = sink->terminal && !plain,
		.ascii = page__is_ascii(sink),
	};
}
