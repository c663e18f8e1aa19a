/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/record_end.h"

#include <stdio.h>

#include "callstack/symbolization.h"
#include "cmd/options.h"
#include "cmd/record_hints.h"
#include "core/number.h"
#include "core/remark.h"

/* Most stacks are followed by what was learned of them; one in a thousand is compared. */
static void tell_compared(const struct counting *counting, bool quiet)
{
	struct stack_event_loss loss;

	trace__stack_event_loss(counting->run.trace, &loss);
	if (loss.misread)
		remark("%s of %s kernel stacks that were compared with the kernel's own unwinder "
		       "differed: others may be wrong",
		       number__count(loss.misread).text, number__count(loss.checked).text);
	else if (loss.checked && !quiet)
		remark("%s kernel stack%s compared with the kernel's own unwinder: no difference",
		       number__count(loss.checked).text, loss.checked == 1 ? " was" : "s were");
}

/* What the run had since the last write that was made is missing. */
static void tell_cut(const struct recording *recording)
{
	__u64 missing = recording__cut_ns(recording);

	if (missing)
		remark("the last %s were not written in time after the signal, and are missing (give it "
		       "a CPU of its own, or end it with --duration)",
		       number__duration(missing).text);
}

/* What slept through has a stack, but for these. */
static void tell_asleep(const struct counting *counting)
{
	struct stack_event_loss loss;

	trace__stack_event_loss(counting->run.trace, &loss);
	if (counting->run.asleep_untold)
		remark("tasks that slept when the recording began may be under \"[off CPU since before "
		       "the recording]\": their stacks could not be read (tasktoll doctor: ASLEEP)");
	else if (loss.asleep)
		remark("%s tasks that slept when the recording began are under \"[off CPU since before "
		       "the recording]\": there was no room for their stacks (a narrower target)",
		       number__count(loss.asleep).text);
}

/* Programs whose stacks have the frames of their interpreter. */
static void tell_pythons(const struct symbolization *symbolization)
{
	const char *version;
	__u64 unknown = symbolization__unknown_pythons(symbolization, &version);
	__u64 closed = symbolization__closed_pythons(symbolization);

	if (unknown)
		remark("Python %s has native frames only, in %s process%s: the frames of CPython 3.9 to "
		       "3.13 are known",
		       version, number__count(unknown).text, unknown == 1 ? "" : "es");
	if (closed)
		remark("%s process%s with a Python may have native frames only: %s memory could not be "
		       "read, or not in time (record as root)",
		       number__count(closed).text, closed == 1 ? "" : "es",
		       closed == 1 ? "its" : "their");
}

/* What following stacks has taken. */
static void tell_rules(const struct symbolization *symbolization)
{
	struct symbolization_usage usage;

	symbolization__usage(symbolization, &usage);
	if (!usage.rules)
		return;
	remark("followed stacks by rules of %s places in code, with room for %s (%s in the kernel, %s here); "
	       "reading their files took %s at most",
	       number__count(usage.rules).text, number__count(usage.room).text,
	       number__bytes(usage.kernel_bytes).text, number__bytes(usage.own_bytes).text,
	       number__bytes(usage.helper_bytes).text);
	if (usage.pushed_out)
		remark("%s rules made room for others, and were learned again when they were needed (a narrower "
		       "target)",
		       number__count(usage.pushed_out).text);
}

void record_end__tell(const struct recording *recording, const char *path,
		      const struct options *options)
{
	const struct counting *counting = recording__counting(recording);
	const struct symbolization *symbolization = counting->names.symbolization;

	tell_cut(recording);
	tell_compared(counting, options->quiet);
	if (options->quiet)
		return;
	tell_asleep(counting);
	names__tell_hidden(&counting->names);
	if (symbolization__why_not(symbolization))
		fprintf(stderr,
			"tasktoll: functions of ended processes may have no names: the kernel does not "
			"report what they mapped: %s (see kernel.perf_event_paranoid)\n",
			symbolization__why_not(symbolization));
	if (symbolization__lost(symbolization))
		remark("some functions may have no names: %llu mmap events were lost (buffer full)",
		       (unsigned long long)symbolization__lost(symbolization));
	if (symbolization__pending(symbolization))
		fprintf(stderr,
			"tasktoll: some functions have no names: symbolizing took too long%s\n",
			halt__signal(counting->run.halt) ?
				" after the signal (with --duration it may take 30 s)" :
				"");
	tell_pythons(symbolization);
	record_hints__tell_rootless(recorder__rootless(recording__recorder(recording)));
	record_hints__tell_nameless(recording__profile(recording), options->debuginfod);
	recorder__tell(recording__recorder(recording));
	tell_rules(symbolization);
	remark("recorded to %s (tasktoll report and tasktoll flame read it)", path);
}
