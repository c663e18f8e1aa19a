/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks of a recording: when they are unwound, and how long they are waited for. */
#include <poll.h>

#include "session/recording_parts.h"

#define ALLOW_NS       100000000ULL
#define SETTLE_NS      500000000ULL
#define LEARN_NS       1000000000ULL /* before counting begins */
#define HALT_WALKS_NS  300000000ULL  /* as long are stacks unwound, or shorter so that */
#define HALT_WRITES_NS 1000000000ULL /* all is written by then, */
#define HALT_CHAINS_NS 150000000ULL  /* and then followed by frame pointers */

void recording__teach(void *context, __u64 space, __u64 pc, __u64 rule)
{
	struct recording *recording = context;

	trace__teach(recording->counting.run.trace, space, pc, rule);
}

void recording__teach_python(void *context, __u64 space, const struct python_layout *layout)
{
	struct recording *recording = context;

	trace__teach_python(recording->counting.run.trace, space, layout);
}

void recording__forget(void *context, __u64 id)
{
	struct recording *recording = context;

	trace__forget_stack_event(recording->counting.run.trace, id);
}

/*
 * After a signal: how long stacks are unwound.  What is left is for writing, which takes about
 * as long as it did the last time, or twice as long.
 */
static __u64 recording__walks_ns(const struct recording *recording)
{
	__u64 writing = 2 * recording->flush_took_ns;
	__u64 left = writing < HALT_WRITES_NS ? HALT_WRITES_NS - writing : 0;

	return left < HALT_WALKS_NS ? left : HALT_WALKS_NS;
}

int recording__await_stacks(struct recording *recording, __u64 limit_ns, struct failure *failure)
{
	struct symbolization *symbolization = recording__symbolization(recording);
	struct pollfd wait = { .fd = symbolization__fd(symbolization), .events = POLLIN };
	__u64 begin = clock__monotonic();
	int err = 0;

	while (!err && symbolization__waiting(symbolization) &&
	       clock__monotonic() - begin < limit_ns) {
		bool more;

		if (halt__is_due(recording->counting.run.halt, recording__walks_ns(recording))) {
			symbolization__give_up(symbolization, clock__monotonic() + HALT_CHAINS_NS);
			break;
		}
		symbolization__resolve(symbolization, SIZE_MAX);
		err = symbolization__turn(symbolization, &more);
		if (!more && symbolization__is_resolving(symbolization))
			poll(&wait, 1, 20);
		names__poll(&recording->counting.names);
	}
	return err ? failure__set(failure, err, NULL, NULL, "cannot keep the stacks") : 0;
}

int recording__learn(void *context, struct failure *failure)
{
	return recording__await_stacks(context, LEARN_NS, failure);
}

/* Of stacks whose rules are not known, each takes kilobytes. */
static void recording__allow_more(struct recording *recording, size_t waiting, __u64 now)
{
	if (now < recording->allow_ns)
		return;
	trace__allow_stack_events(recording->counting.run.trace,
				  waiting < STACK_EVENTS_ONCE ? STACK_EVENTS_ONCE - (__u32)waiting :
								0);
	recording->allow_ns = now + ALLOW_NS;
}

/* That following stacks has taken, here and in the helper. */
static __u64 recording__stacks_cpu_ns(const struct recording *recording)
{
	return clock__read(CLOCK_THREAD_CPUTIME_ID) +
	       symbolization__cpu_ns(recording__symbolization(recording));
}

static void recording__begin_step(struct recording *recording, __u64 now)
{
	struct symbolization *symbolization = recording__symbolization(recording);
	size_t unwinding = symbolization__unwinding(symbolization);
	__u64 cpu_ns = recording__stacks_cpu_ns(recording);

	/* as much is left to others; what it has waited for was no burden to them */
	if (recording->step_ns)
		recording->resolve_ns = now + (cpu_ns - recording->step_ns);
	recording->step_ns = 0;
	if (!unwinding || halt__signal(recording->counting.run.halt) ||
	    (unwinding < STEP && now < recording->resolve_ns && !recording->settling))
		return;
	recording->step_ns = cpu_ns;
	symbolization__resolve(symbolization, STEP);
}

bool recording__resolve(struct recording *recording)
{
	struct symbolization *symbolization = recording__symbolization(recording);
	__u64 now = clock__monotonic();
	bool more = false;
	int err;

	recording__allow_more(recording, symbolization__waiting(symbolization), now);
	if (!symbolization__is_resolving(symbolization))
		recording__begin_step(recording, now);
	err = symbolization__turn(symbolization, &more);
	if (err)
		recording->tick_error = failure__set(&recording->tick_failure, err, NULL, NULL,
						     "cannot keep the stacks");
	return more;
}

bool recording__has_settled(struct recording *recording)
{
	const struct symbolization *symbolization = recording__symbolization(recording);

	if (!recording->settling) {
		recording->settled = symbolization__unwound(symbolization) +
				     symbolization__unwinding(symbolization);
		recording->settling_ns = clock__monotonic();
	}
	recording->settling = true;
	/* of a window the periods may not become long: what is not resolved in time is put right later */
	return symbolization__unwound(symbolization) >= recording->settled ||
	       (recording->config.flight &&
		clock__monotonic() - recording->settling_ns > SETTLE_NS);
}
