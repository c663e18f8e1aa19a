/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serve/pages.h"

const struct served_page served_pages[SERVED] = {
	[SERVED_PAGE] = { "/", "text/html; charset=utf-8" },
	[SERVED_STYLE] = { "/style.css", "text/css; charset=utf-8" },
	[SERVED_METRICS] = { "/metrics", "text/plain; version=0.0.4; charset=utf-8" },
	[SERVED_HEALTH] = { "/healthz", "text/plain; charset=utf-8" },
	[SERVED_KEEP] = { "/keep", "text/plain; charset=utf-8" },
};
