/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/number.h"
#include "view/escape.h"
#include "view/wakes.h"

static void print_end(FILE *out, const struct wake_end *end)
{
	char text[96];

	snprintf(text, sizeof(text), "%s (%s)", end->comm, number__id(end->tid).text);
	escape__cell(out, 24, text, false);
}

void text__wakes(FILE *out, const struct wakes *wakes, size_t rows)
{
	size_t i;

	if (!wakes->count)
		return;
	fputs("\nWHO WAKES WHOM\n", out);
	fprintf(out, "  %-24s %-24s %-8s %9s %8s\n", "waker", "woken", "by", "count", "p50");
	for (i = 0; i < wakes->count && i < rows; i++) {
		const struct wake *wake = &wakes->list[i];

		fputs("  ", out);
		if (wake->scope >= WAKES_INTERRUPT)
			fprintf(out, "%-24s", wake_scope__nobody(wake->scope));
		else
			print_end(out, &wake->waker);
		fputc(' ', out);
		print_end(out, &wake->woken);
		fprintf(out, " %-8s %9s %8s\n", wake_channels[wake->channel],
			number__count(wake->count).text,
			number__duration_digits(dist__percentile(&wake->latency, D_RUNQ, 0.5), 2)
				.text);
	}
	if (wakes->count > rows)
		fprintf(out, "  %s more pairs: --format json has all\n",
			number__count(wakes->count - rows).text);
}
