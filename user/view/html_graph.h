/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wakes whom, as a graph that is small enough to be drawn. */
#ifndef VIEW_HTML_GRAPH_H
#define VIEW_HTML_GRAPH_H

#include <stdbool.h>

#include "model/wakes/wakes.h"

#define GRAPH_NODES 18
#define GRAPH_EDGES 48

/* What a node stands for: the finest of which all nodes that matter can be drawn. */
enum graph_grain {
	GRAIN_THREAD,
	GRAIN_NAME_IN_PROCESS, /* threads of a process with the same name */
	GRAIN_NAME,	       /* tasks with the same name */
	GRAINS
};

struct graph_node {
	const struct wake_end *end; /* one of its tasks; NULL: no task, or all that found no room */
	enum wake_scope nobody;	    /* WAKES_INTERRUPT, WAKES_UNSEEN; 0: tasks */
	bool outside;
	size_t tasks;
	__u64 count; /* wakeups by it and of it */
};

struct graph_edge {
	size_t from, to; /* nodes */
	enum channel_of_wake channel;
	__u64 count;
};

struct graph {
	enum graph_grain grain;
	struct graph_node nodes[GRAPH_NODES]; /* those of a process side by side */
	size_t node_count;
	struct graph_edge edges[GRAPH_EDGES]; /* those with most wakeups first */
	size_t edge_count;
	__u64 drawn, all; /* wakeups */
};

/* Returns 0 or -ENOMEM. */
int graph__make(struct graph *graph, const struct wakes *wakes);

#endif
