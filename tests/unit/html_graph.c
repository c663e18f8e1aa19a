/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wakes whom as a graph: what a node stands for, and what is left out. */
#include "view/html_graph.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define MOST 400

static struct wake list[MOST];
static struct wakes wakes;
static struct graph graph;

static void begin(void)
{
	wakes = (struct wakes){ .list = list };
}

TestSuite(html_graph, .init = begin);

static struct wake_end end_of(__u32 tid, __u32 tgid, const char *comm)
{
	struct wake_end end = { .tid = tid, .tgid = tgid, .start_ns = tid, .leader_ns = tgid };

	snprintf(end.comm, sizeof(end.comm), "%s", comm);
	return end;
}

static void add(struct wake_end waker, struct wake_end woken, enum wake_scope scope,
		enum channel_of_wake channel, __u64 count)
{
	cr_assert_lt(wakes.count, MOST);
	list[wakes.count++] = (struct wake){
		.waker = waker, .woken = woken, .scope = scope, .channel = channel, .count = count
	};
}

static void make(void)
{
	cr_assert_eq(graph__make(&graph, &wakes), 0);
}

/* "waker>woken channel count", in their order; "..." is what found no room. */
static void check_edges(const char *expected)
{
	char text[2048] = "";
	size_t i, used = 0;

	for (i = 0; i < graph.edge_count; i++) {
		const struct graph_edge *edge = &graph.edges[i];
		const struct graph_node *from = &graph.nodes[edge->from],
					*to = &graph.nodes[edge->to];

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s>%s %s %llu",
					 i ? ", " : "",
					 from->end    ? from->end->comm :
					 from->nobody ? wake_scopes[from->nobody] :
							"...",
					 to->end ? to->end->comm : "...",
					 wake_channels[edge->channel], edge->count);
	}
	SAME_TEXT(text, expected);
}

static const struct graph_node *node_of(const char *comm)
{
	size_t i = 0;

	while (i < graph.node_count &&
	       (!graph.nodes[i].end || strcmp(graph.nodes[i].end->comm, comm)))
		i++;
	cr_assert_lt(i, graph.node_count, "no node %s", comm);
	return &graph.nodes[i];
}

Test(html_graph, of_nothing)
{
	make();
	SAME(graph.node_count, 0);
	SAME(graph.edge_count, 0);
}

Test(html_graph, each_thread_while_there_are_few)
{
	add(end_of(10, 10, "main"), end_of(11, 10, "worker"), WAKES_INSIDE, WAKE_FUTEX, 7);
	add(end_of(11, 10, "worker"), end_of(10, 10, "main"), WAKES_INSIDE, WAKE_FUTEX, 9);
	add(end_of(10, 10, "main"), end_of(11, 10, "worker"), WAKES_INSIDE, WAKE_PIPE, 8);
	add(end_of(90, 90, "daemon"), end_of(11, 10, "worker"), WAKES_OUTSIDE, WAKE_UNIX, 2);
	add(end_of(0, 0, ""), end_of(10, 10, "main"), WAKES_INTERRUPT, WAKE_TIMER, 5);
	add(end_of(0, 0, ""), end_of(10, 10, "main"), WAKES_UNSEEN, WAKE_UNSEEN, 1);
	make();
	SAME(graph.grain, GRAIN_THREAD);
	SAME(graph.node_count, 5);
	check_edges("worker>main futex 9, main>worker pipe 8, main>worker futex 7, "
		    "interrupt>main timer 5, daemon>worker unix 2, unseen>main unseen 1");
	SAME(graph.drawn, 32);
	SAME(graph.all, 32);
	SAME(node_of("main")->tasks, 1);
	SAME(node_of("main")->count, 30);
	SAME(node_of("worker")->count, 26);
	cr_expect(node_of("daemon")->outside);
	cr_expect(!node_of("worker")->outside);
}

/* As many as can be drawn, and one more. */
static void add_threads(__u32 count, const char *comm)
{
	__u32 i;

	for (i = 1; i < count; i++)
		add(end_of(10, 10, "main"), end_of(10 + i, 10, comm), WAKES_INSIDE, WAKE_FUTEX, 1);
}

Test(html_graph, threads_as_long_as_there_is_room)
{
	add_threads(GRAPH_NODES, "worker");
	make();
	SAME(graph.grain, GRAIN_THREAD);
	SAME(graph.node_count, GRAPH_NODES);
	SAME(graph.edge_count, GRAPH_NODES - 1);
	begin();
	add_threads(3 * GRAPH_NODES, "worker");
	make();
	SAME(graph.grain, GRAIN_NAME_IN_PROCESS);
	SAME(graph.node_count, 2);
	check_edges("main>worker futex 53");
	SAME(node_of("worker")->tasks, 53);
	SAME(node_of("main")->tasks, 1);
}

/* A few do most of it: they stay what they are, and the others are one. */
Test(html_graph, small_ones_are_put_together)
{
	__u32 i;

	add(end_of(10, 10, "main"), end_of(11, 10, "large"), WAKES_INSIDE, WAKE_FUTEX, 5000);
	for (i = 0; i < 2 * GRAPH_NODES; i++)
		add(end_of(10, 10, "main"), end_of(100 + i, 10, "small"), WAKES_INSIDE, WAKE_FUTEX,
		    1 + i % 2);
	make();
	SAME(graph.grain, GRAIN_THREAD);
	SAME(graph.node_count, 3);
	check_edges("main>large futex 5000, main>... futex 54");
	SAME(graph.nodes[2].tasks, 2 * GRAPH_NODES);
	SAME(graph.nodes[2].count, 54);
	SAME(graph.drawn, 5054);
	SAME(graph.all, 5054);
}

/* Two processes whose threads have the same names. */
Test(html_graph, names_of_each_process_and_of_all)
{
	__u32 i, k;

	for (k = 0; k < 2; k++) {
		for (i = 0; i < 2 * GRAPH_NODES; i++)
			add(end_of(1000 * k + 10, 1000 * k + 10, "main"),
			    end_of(1000 * k + 11 + i, 1000 * k + 10, "worker"), WAKES_INSIDE,
			    WAKE_FUTEX, 1 + k);
	}
	make();
	SAME(graph.grain, GRAIN_NAME_IN_PROCESS);
	SAME(graph.node_count, 4);
	check_edges("main>worker futex 72, main>worker futex 36");
	begin();
	for (k = 0; k < 2 * GRAPH_NODES; k++)
		add(end_of(1000 + k, 1000 + k, "parent"), end_of(2000 + k, 2000 + k, "child"),
		    WAKES_BETWEEN, WAKE_PIPE, 2);
	make();
	SAME(graph.grain, GRAIN_NAME);
	SAME(graph.node_count, 2);
	check_edges("parent>child pipe 72");
	SAME(node_of("parent")->tasks, 2 * GRAPH_NODES);
}

/* Those with most wakeups are drawn, whenever they come. */
Test(html_graph, edges_with_most_wakeups)
{
	__u32 from, to;
	__u64 left_out = 0;

	for (from = 0; from < 8; from++) {
		for (to = 0; to < 8; to++) {
			__u64 count = 100 + 8 * from + to;

			add(end_of(10 + from, 10, "a"), end_of(10 + to, 10, "a"), WAKES_INSIDE,
			    WAKE_FUTEX, count);
			left_out += 8 * from + to < 64 - GRAPH_EDGES ? count : 0;
		}
	}
	make();
	SAME(graph.grain, GRAIN_THREAD);
	SAME(graph.edge_count, GRAPH_EDGES);
	SAME(graph.edges[0].count, 163);
	SAME(graph.edges[GRAPH_EDGES - 1].count, 100 + 64 - GRAPH_EDGES);
	SAME(graph.all - graph.drawn, left_out);
}
