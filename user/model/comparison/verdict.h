/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a comparison comes to: at most five sentences with their numbers, and what they leave open. */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#define VERDICT_SENTENCES 5

struct verdict {
	const char *outcome;	/* one word or two, for programs */
	const char *confidence; /* "sure", "likely", "none" */
	char sentences[VERDICT_SENTENCES][320];
	size_t count;
	char doubt[320];  /* what may be wrong with it */
	char unsaid[320]; /* what it does not say */
};

/* One more; the sixth is left out. */
__attribute__((format(printf, 2, 3))) void verdict__say(struct verdict *verdict, const char *format,
							...);

/* Adds to what may be wrong; parts are separated by "; ". */
__attribute__((format(printf, 2, 3))) void verdict__doubt(struct verdict *verdict,
							  const char *format, ...);

#endif
