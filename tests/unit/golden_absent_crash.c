/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a crash with many victims when one thing of it is another one. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tt.h"
#include "changed_lines.h"
#include "golden.h"
#include "make_rich.h"
#include "unit.h"

TestSuite(golden_absent_crash, .fini = tt__cleanup);

#define KILLED	 5 /* the victim that is changed: by its parent-death signal */
#define ORPHANED 2

struct change {
	const char *what;
	void (*change)(struct crash *crash, int to);
	int from, to; /* so many times, with these numbers */
};

static void set_flag(struct crash *crash, int to)
{
	bool *flags[] = { &crash->cut_short,   &crash->ended,	    &crash->traced,
			  &crash->has_address, &crash->thread_only, &crash->end.core };

	*flags[to] = !*flags[to];
}

static void set_class(struct crash *crash, int to)
{
	crash->end.class = (enum end_class)to;
}

static void set_exit_code(struct crash *crash, int to)
{
	crash->end.class = END_FAILED;
	crash->end.signal = 0;
	crash->end.code = (__u32)to;
}

static void set_after(struct crash *crash, int to)
{
	set_exit_code(crash, 7);
	crash->end.after.signal = SIGTERM;
	crash->end.after.before_ns = 12345;
	crash->end.after.sender.known = to;
	crash->end.after.sender.kernel = to == 2;
	crash->end.after.sender.pid = 4711;
	strcpy(crash->end.after.sender.comm, "killer");
}

static void set_sender(struct crash *crash, int to)
{
	crash->end.class = END_KILLED;
	crash->end.sender.known = to;
	crash->end.sender.kernel = to == 2;
	crash->end.sender.pid = 4711;
	strcpy(crash->end.sender.comm, "killer");
}

static void set_signal(struct crash *crash, int to)
{
	crash->end.signal = to;
}

static void set_code(struct crash *crash, int to)
{
	crash->code = to;
}

static void set_fpe(struct crash *crash, int to)
{
	crash->end.signal = SIGFPE;
	crash->code = to;
}

static void set_sys(struct crash *crash, int to)
{
	crash->end.signal = SIGSYS;
	crash->code = CODE_SECCOMP;
	crash->syscall.arch = to ? 0xc000003e : 0;
	crash->syscall.nr = to;
}

static void set_reason(struct crash *crash, int to)
{
	crash->reason = (enum crash_reason)to;
}

static void set_handled(struct crash *crash, int to)
{
	crash->handled.signal = SIGBUS;
	crash->handled.code = 2;
	crash->handled.has_address = to;
	crash->handled.address = 0xbeef;
	crash->handled.before_ns = 54321;
}

static void set_figure(struct crash *crash, int to)
{
	__u64 *figures[] = { &crash->end_delay_ns, &crash->end.life_ns, &crash->window_ns,
			     &crash->fan_out,	   &crash->address,	&crash->victims_left_out };

	*figures[to] = 0;
}

static void left_out(struct crash *crash, int to)
{
	crash->victims_left_out = (__u64)to;
}

static void set_ids(struct crash *crash, int to)
{
	if (to == 0)
		crash->ppid = 0;
	else if (to == 1)
		crash->own_pid = 17;
	else if (to == 2)
		*crash->comm = '\0';
	else if (to == 3)
		*crash->parent_comm = '\0';
	else if (to == 4)
		crash->culprit.tid = 0;
	else if (to == 5)
		crash->culprit.tid = crash->pid;
	else
		crash->start_ns = 0;
}

static void set_threads(struct crash *crash, int to)
{
	crash->end.threads = (__u32)to;
}

static void set_frames(struct crash *crash, int to)
{
	while (crash->culprit.frame_count > (size_t)to) {
		struct crash_frame *frame = &crash->culprit.frames[--crash->culprit.frame_count];

		free(frame->name);
		free(frame->module);
	}
}

static void no_frames(struct crash *crash, int to)
{
	set_frames(crash, 0);
	crash->culprit.no_frames = to ? "its stack was not to be had" : "";
}

static void mark_frame(struct crash *crash, int to)
{
	crash->culprit.frames[to].mark = true;
}

static void interrupt_frame(struct crash *crash, int to)
{
	crash->culprit.frames[to].interrupted = !crash->culprit.frames[to].interrupted;
}

static void so_many_victims(struct crash *crash, int to)
{
	crash->victim_count = (size_t)to;
}

static void set_ring(struct crash *crash, int to)
{
	crash->victims[KILLED].ring = to;
}

static void set_outcome(struct crash *crash, int to)
{
	crash->victims[KILLED].outcome = (enum outcome)to;
}

static void orphan_died(struct crash *crash, int to)
{
	crash->victims[ORPHANED].outcome = (enum outcome)to;
}

static void set_how(struct crash *crash, int to)
{
	crash->victims[KILLED].links[0].how = (enum how)to;
}

static void set_links(struct crash *crash, int to)
{
	struct victim *victim = &crash->victims[KILLED];
	int i;

	for (i = 0; i < VICTIM_LINKS; i++)
		victim->links[i] = (struct link){ .how = i ? HOW_WOKEN : HOW_SIGNAL,
						  .by_pid = i ? 300 : crash->pid,
						  .delay_ns = 1000 * (__u64)(i + 1),
						  .slight = i == 2,
						  .evidence = "pipe closed" };
	victim->link_count = to;
}

static void set_victim_end(struct crash *crash, int to)
{
	struct victim *victim = &crash->victims[KILLED];

	victim->end = (struct end){ .class = (enum end_class)to,
				    .code = 3,
				    .signal = to == END_CLEAN || to == END_FAILED ? 0 : SIGSEGV,
				    .core = true,
				    .life_ns = 77 };
}

static void victim_of_namespace(struct crash *crash, int to)
{
	crash->victims[KILLED].own_pid = (__u32)to;
}

static void victim_delay(struct crash *crash, int to)
{
	crash->victims[KILLED].end_delay_ns = (__u64)to * 222000;
}

static const struct change changes[] = { { "flag", set_flag, 0, 5 },
					 { "class", set_class, 0, END_CLASSES - 1 },
					 { "exit", set_exit_code, 0, 2 },
					 { "after a signal of", set_after, 0, 2 },
					 { "sent by", set_sender, 0, 2 },
					 { "signal", set_signal, 0, 12 },
					 { "code", set_code, -7, 5 },
					 { "SIGFPE, code", set_fpe, 0, 9 },
					 { "system call", set_sys, 0, 1 },
					 { "reason", set_reason, 0, REASONS - 1 },
					 { "handled before", set_handled, 0, 1 },
					 { "figure is 0", set_figure, 0, 5 },
					 { "left out", left_out, 1, 2 },
					 { "id", set_ids, 0, 6 },
					 { "threads", set_threads, 0, 3 },
					 { "frames", set_frames, 1, 10 },
					 { "no frames", no_frames, 1, 1 },
					 { "mark", mark_frame, 0, 3 },
					 { "interrupted", interrupt_frame, 0, 3 },
					 { "victims", so_many_victims, 0, 12 },
					 { "ring", set_ring, 0, 4 },
					 { "outcome", set_outcome, 0, OUTCOMES - 1 },
					 { "of an orphan", orphan_died, 0, OUTCOMES - 1 },
					 { "how", set_how, 0, HOWS - 1 },
					 { "links", set_links, 0, VICTIM_LINKS },
					 { "end", set_victim_end, 0, END_CLASSES - 1 },
					 { "own pid", victim_of_namespace, 0, 1 },
					 { "gone", victim_delay, 0, 1 } };

static char *show(const struct view *view, const struct change *change, int to)
{
	static const struct view_options options = { .first = true, .widens = true };
	struct rich rich;
	struct crash *crash;
	char *text;

	rich__make(&rich, false);
	crash = rich.scene.summary.crashes[0];
	if (change)
		change->change(crash, to);
	text = crash__show(crash, view, &options);
	rich__release(&rich);
	return view == &view_text ? text : golden__json_lines(text);
}

static void check(const struct view *view, const char *name)
{
	char *text;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);
	int to;

	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		for (to = changes[i].from; to <= changes[i].to; to++) {
			char *was = show(view, NULL, 0), *is = show(view, &changes[i], to);

			fprintf(out, "%s %d\n", changes[i].what, to);
			changed_lines__print(out, was, is);
			free(was);
			free(is);
		}
	}
	fclose(out);
	golden__check(name, text);
}

Test(golden_absent_crash, text)
{
	check(&view_text, "crash-absent.txt");
}

Test(golden_absent_crash, json)
{
	check(&view_json, "crash-absent-json.txt");
}
