/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is served, and the messages between who takes requests and who knows the answers. */
#ifndef SERVE_PAGES_H
#define SERVE_PAGES_H

#include <linux/types.h>
#include <stdbool.h>

enum served { SERVED_PAGE, SERVED_STYLE, SERVED_METRICS, SERVED_HEALTH, SERVED_KEEP, SERVED };

#define TOKEN_SIZE 129

struct served_page {
	const char *path, *type;
};

extern const struct served_page served_pages[SERVED];

/* What one server has.  Others are not there. */
struct offer {
	__u32 pages;	     /* 1 << enum served, each */
	bool posts;	     /* they do something: by POST, and not by GET and HEAD */
	const char *methods; /* these, as a header has them */
	/* For whoever asks another host, by another method, with content that is none or too much, */
	const char *other_host, *other_method, *other_content;
	const char *only;	/* or for something else: what there is */
	char token[TOKEN_SIZE]; /* that a request has to have ("Authorization: Bearer"); "": none */
};

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
