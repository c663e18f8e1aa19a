/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/html_graph.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One side of a pair. */
struct end {
	const struct wake_end *end;
	enum wake_scope nobody; /* WAKES_INTERRUPT, WAKES_UNSEEN; 0: a task */
	bool outside;
	size_t place; /* waker of pair n: 2n; woken: 2n + 1 */
	__u64 count;
};

struct ends {
	struct end *list;
	size_t count;
	size_t *node_of; /* of each place */
};

/* ---- what is the same node ---- */

static int compare_u64(__u64 a, __u64 b)
{
	return a < b ? -1 : a > b;
}

static int compare_kind(const struct end *x, const struct end *y)
{
	return x->nobody != y->nobody ? (int)x->nobody - (int)y->nobody :
					(int)x->outside - (int)y->outside;
}

static int compare_process(const struct end *x, const struct end *y)
{
	int differ = compare_u64(x->end->tgid, y->end->tgid);

	return differ ? differ : compare_u64(x->end->leader_ns, y->end->leader_ns);
}

static int compare_task(const struct end *x, const struct end *y)
{
	int differ = compare_u64(x->end->tid, y->end->tid);

	return differ ? differ : compare_u64(x->end->start_ns, y->end->start_ns);
}

/* Each sorts finer than what makes a node, so that the tasks of a node can be counted. */
static int compare_threads(const void *a, const void *b)
{
	const struct end *x = a, *y = b;
	int differ = compare_kind(x, y);

	if (differ || x->nobody)
		return differ;
	differ = compare_process(x, y);
	return differ ? differ : compare_task(x, y);
}

static int compare_names_in_process(const void *a, const void *b)
{
	const struct end *x = a, *y = b;
	int differ = compare_kind(x, y);

	if (differ || x->nobody)
		return differ;
	differ = compare_process(x, y);
	if (!differ)
		differ = strcmp(x->end->comm, y->end->comm);
	return differ ? differ : compare_task(x, y);
}

static int compare_names(const void *a, const void *b)
{
	const struct end *x = a, *y = b;
	int differ = compare_kind(x, y);

	if (differ || x->nobody)
		return differ;
	differ = strcmp(x->end->comm, y->end->comm);
	return differ ? differ : compare_task(x, y);
}

static int (*const comparisons[GRAINS])(const void *, const void *) = { compare_threads,
									compare_names_in_process,
									compare_names };

static bool is_same_node(enum graph_grain grain, const struct end *x, const struct end *y)
{
	if (compare_kind(x, y) || x->nobody)
		return !compare_kind(x, y);
	if (grain != GRAIN_NAME && compare_process(x, y))
		return false;
	return grain == GRAIN_THREAD ? !compare_task(x, y) : !strcmp(x->end->comm, y->end->comm);
}

/* ---- nodes ---- */

static struct ends ends__of(const struct wakes *wakes)
{
	struct ends ends = { calloc(2 * wakes->count + 1, sizeof(*ends.list)), 0,
			     calloc(2 * wakes->count + 1, sizeof(*ends.node_of)) };
	size_t i;

	for (i = 0; i < wakes->count && ends.list && ends.node_of; i++) {
		const struct wake *wake = &wakes->list[i];

		ends.list[ends.count++] =
			(struct end){ &wake->waker,
				      wake->scope >= WAKES_INTERRUPT ? wake->scope : 0,
				      wake->scope == WAKES_OUTSIDE, 2 * i, wake->count };
		ends.list[ends.count++] =
			(struct end){ &wake->woken, 0, false, 2 * i + 1, wake->count };
	}
	return ends;
}

static size_t count_nodes(const struct ends *ends, enum graph_grain grain)
{
	size_t i, count = 0;

	for (i = 0; i < ends->count; i++)
		count += !i || !is_same_node(grain, &ends->list[i - 1], &ends->list[i]);
	return count;
}

/* All of them; node_of gets their numbers.  NULL without memory. */
static struct graph_node *list_nodes(struct ends *ends, enum graph_grain grain, size_t count)
{
	struct graph_node *nodes = calloc(count + 1, sizeof(*nodes)), *node = nodes;
	size_t i;

	for (i = 0; i < ends->count && nodes; i++) {
		const struct end *end = &ends->list[i], *last = i ? end - 1 : NULL;
		bool same = last && is_same_node(grain, last, end);

		if (i && !same)
			node++;
		if (!same)
			*node = (struct graph_node){ end->nobody ? NULL : end->end, end->nobody,
						     end->outside, 0, 0 };
		node->tasks += !end->nobody && (!same || compare_task(last, end));
		node->count += end->count;
		ends->node_of[end->place] = (size_t)(node - nodes);
	}
	return nodes;
}

/* It has a part in more than one wakeup of a hundred: each counts at both its ends. */
static bool is_large(const struct graph_node *node, __u64 all)
{
	return node->count * 200 > all;
}

static __u64 count_all(const struct graph_node *nodes, size_t count)
{
	__u64 all = 0;
	size_t i;

	for (i = 0; i < count; i++)
		all += nodes[i].count;
	return all;
}

/* All large ones can be drawn, and they are most of it. */
static bool is_fine(const struct graph_node *nodes, size_t count)
{
	__u64 all = count_all(nodes, count), of_large = 0;
	size_t i, large = 0;

	for (i = 0; i < count; i++) {
		large += is_large(&nodes[i], all);
		of_large += is_large(&nodes[i], all) ? nodes[i].count : 0;
	}
	return count <= GRAPH_NODES || (large < GRAPH_NODES && of_large * 5 >= all * 4);
}

/* Drawn ones keep their order; the last takes in all others, if there are any. */
static void graph__take_nodes(struct graph *graph, struct ends *ends,
			      const struct graph_node *nodes, size_t count, size_t *number)
{
	struct graph_node rest = { 0 };
	__u64 all = count_all(nodes, count);
	size_t i;

	for (i = 0; i < count; i++) {
		bool drawn = count <= GRAPH_NODES ||
			     (is_large(&nodes[i], all) && graph->node_count < GRAPH_NODES - 1);

		number[i] = drawn ? graph->node_count : GRAPH_NODES;
		if (drawn) {
			graph->nodes[graph->node_count++] = nodes[i];
			continue;
		}
		rest.tasks += nodes[i].tasks;
		rest.count += nodes[i].count;
	}
	for (i = 0; i < ends->count; i++) {
		size_t node = number[ends->node_of[i]];

		ends->node_of[i] = node < GRAPH_NODES ? node : graph->node_count;
	}
	if (count > GRAPH_NODES)
		graph->nodes[graph->node_count++] = rest;
}

/* ---- edges ---- */

static void graph__keep_edge(struct graph *graph, const struct graph_edge *edge)
{
	size_t k;

	if (graph->edge_count < GRAPH_EDGES)
		k = graph->edge_count++;
	else if (edge->count > graph->edges[GRAPH_EDGES - 1].count)
		k = GRAPH_EDGES - 1;
	else
		return;
	for (; k && edge->count > graph->edges[k - 1].count; k--)
		graph->edges[k] = graph->edges[k - 1];
	graph->edges[k] = *edge;
}

static int graph__take_edges(struct graph *graph, const struct wakes *wakes,
			     const struct ends *ends)
{
	__u64(*sums)[GRAPH_NODES][WAKE_CHANNELS] = calloc(GRAPH_NODES, sizeof(*sums));
	size_t i, from, to;
	int channel;

	if (!sums)
		return -ENOMEM;
	for (i = 0; i < wakes->count; i++) {
		const struct wake *wake = &wakes->list[i];

		sums[ends->node_of[2 * i]][ends->node_of[2 * i + 1]][wake->channel] += wake->count;
		graph->all += wake->count;
	}
	for (from = 0; from < graph->node_count; from++) {
		for (to = 0; to < graph->node_count; to++) {
			for (channel = 0; channel < WAKE_CHANNELS; channel++) {
				struct graph_edge edge = { from, to, (enum channel_of_wake)channel,
							   sums[from][to][channel] };

				if (edge.count)
					graph__keep_edge(graph, &edge);
			}
		}
	}
	for (i = 0; i < graph->edge_count; i++)
		graph->drawn += graph->edges[i].count;
	free(sums);
	return 0;
}

/* In the finest grain that will do.  NULL without memory. */
static struct graph_node *graph__find_nodes(struct graph *graph, struct ends *ends,
					    size_t *ret_count)
{
	for (graph->grain = 0;; graph->grain++) {
		struct graph_node *nodes;
		size_t count;

		qsort(ends->list, ends->count, sizeof(*ends->list), comparisons[graph->grain]);
		count = count_nodes(ends, graph->grain);
		nodes = list_nodes(ends, graph->grain, count);
		if (!nodes || is_fine(nodes, count) || graph->grain == GRAINS - 1) {
			*ret_count = count;
			return nodes;
		}
		free(nodes);
	}
}

int graph__make(struct graph *graph, const struct wakes *wakes)
{
	struct ends ends = ends__of(wakes);
	struct graph_node *nodes = NULL;
	size_t count = 0, *number = NULL;
	int err = -ENOMEM;

	memset(graph, 0, sizeof(*graph));
	if (ends.list && ends.node_of)
		nodes = graph__find_nodes(graph, &ends, &count);
	if (nodes)
		number = calloc(count + 1, sizeof(*number));
	if (nodes && number) {
		graph__take_nodes(graph, &ends, nodes, count, number);
		err = graph__take_edges(graph, wakes, &ends);
	}
	free(nodes);
	free(number);
	free(ends.list);
	free(ends.node_of);
	return err;
}
