/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is served, and the messages between who takes requests and who knows the answers. */
#ifndef SERVE_PAGES_H
#define SERVE_PAGES_H

#include <linux/types.h>

enum served { SERVED_PAGE, SERVED_STYLE, SERVED_METRICS, SERVED_HEALTH, SERVED };

struct served_page {
	const char *path, *type;
};

extern const struct served_page served_pages[SERVED];

/* To who knows. */
struct page_question {
	__u32 page; /* enum served; SERVED, once: requests are taken from now on */
};

/* Back, with a descriptor of what it says. */
struct page_answer {
	__u32 page;
	__u32 status; /* of HTTP */
	__u64 size;
};

#endif
