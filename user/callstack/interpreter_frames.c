/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/interpreter_frames.h"

#include <errno.h>

#include "callstack/symbolization_private.h"

/* ---- what belongs to what ---- */

static __u32 chain__runs(const struct interpreter_chain *chain,
			 struct interpreter_run runs[PYTHON_FRAMES])
{
	__u32 count = 0, first = 0, i;
	bool functions = false;

	for (i = 0; i < chain->count && i < PYTHON_FRAMES; i++) {
		functions = functions || chain->frames[i].code;
		if (!chain->frames[i].entry && i + 1 < chain->count)
			continue;
		runs[count++] = (struct interpreter_run){ first, i + 1, functions };
		first = i + 1;
		functions = false;
	}
	return count;
}

__u32 interpreter_chain__fit(const struct interpreter_chain *chain, __u32 evals, bool native_whole,
			     bool interrupted, struct interpreter_run ret_runs[PYTHON_FRAMES],
			     __u32 *ret_first, bool *ret_fits)
{
	__u32 count = chain__runs(chain, ret_runs);

	*ret_first = 0;
	*ret_fits = true;
	if (chain->end == PYTHON_WHOLE && evals == count + 1 && interrupted)
		*ret_first =
			1; /* that call was interrupted before it had a frame, or when it had none */
	else if (native_whole && count > evals)
		*ret_fits = false;
	else if (chain->end == PYTHON_WHOLE && count < evals)
		*ret_fits =
			false; /* some are another chain's: of a greenlet, of a subinterpreter */
	return count;
}

/* ---- frames of the profile ---- */

static const char *code__why_not(const struct interpreter_code *code)
{
	switch (code->error) {
	case -ESTALE:
		return "[Python function that was gone before it was read]";
	case -ENOENT:
	case -ESRCH:
		return "[Python function of a process that ended before it was read]";
	case -EACCES:
	case -EPERM:
		return "[Python function: no right to read its process]";
	default:
		return "[Python function that cannot be read]";
	}
}

static __u32 symbolization__source_frame(const struct symbolization *session,
					 const struct interpreter_frame *frame)
{
	const struct interpreter_code *code = frame->code;
	struct profile *profile = session->profile;

	if (code->error)
		return profile__mark(profile, code__why_not(code));
	return profile__source(profile, code->code.path, code->code.name, frame->line);
}

static const char *const end_marks[] = {
	[PYTHON_DEEP] = "[truncated: Python stack deeper than 256]",
	[PYTHON_TORN] = "[truncated: Python frame not there]",
};

static __u32 symbolization__put_run(const struct symbolization *session,
				    const struct interpreter_chain *chain,
				    const struct interpreter_run *run, __u32 stack)
{
	struct profile *profile = session->profile;
	__u32 i;

	if (run->end == chain->count && (chain->end == PYTHON_DEEP || chain->end == PYTHON_TORN))
		stack = profile__stack(profile, stack,
				       profile__mark(profile, end_marks[chain->end]));
	for (i = run->end; i-- > run->first;) {
		if (chain->frames[i].code)
			stack = profile__stack(profile, stack,
					       symbolization__source_frame(session,
									   &chain->frames[i]));
	}
	return stack;
}

static bool frame__interprets(const struct interpreter_chain *chain,
			      const struct unwind_frame *frame)
{
	return frame->pc - frame->caller - chain->eval_start < chain->eval_end - chain->eval_start;
}

__u32 symbolization__put_interpreted(struct symbolization *session,
				     const struct stack_event *stack_event,
				     const struct symbolizer_chain *native,
				     const struct interpreter_chain *chain, __u32 root,
				     native_frame frame)
{
	bool whole = native->end.why == UNWIND_COMPLETE, fits;
	struct interpreter_run runs[PYTHON_FRAMES];
	__u32 stack = root, evals = 0, count, first, at;
	size_t i;

	for (i = 0; i < native->count; i++)
		evals += frame__interprets(chain, &native->frames[i]);
	count = interpreter_chain__fit(chain, evals, whole,
				       native->count &&
					       frame__interprets(chain, &native->frames[0]),
				       runs, &first, &fits);
	if (!fits)
		stack = profile__stack(
			session->profile, stack,
			profile__mark(session->profile,
				      "[Python frames do not fit these, and are left out]"));
	for (at = count; fits && at > evals;) /* native frames between them are missing */
		stack = symbolization__put_run(session, chain, &runs[--at], stack);
	for (i = native->count, at = evals; i--;) {
		const struct unwind_frame *one = &native->frames[i];
		bool interprets = frame__interprets(chain, one);
		__u32 run = interprets ? --at - first : INTERPRETER_NATIVE;

		if (fits && interprets && run < count && runs[run].functions)
			stack = symbolization__put_run(session, chain, &runs[run], stack);
		else
			stack = profile__stack(session->profile, stack,
					       frame(session, stack_event, one->pc, one->caller));
	}
	return stack;
}
