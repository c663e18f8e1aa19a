/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which native frame of the function that interprets stands for which Python frames. */
#include "callstack/interpreter_frames.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callstack/symbolization_private.h"
#include "unit.h"

static const struct interpreter_code code;

/* "f": a frame; "|": the last one of its call; "-|": a call without a function. */
static struct interpreter_chain *chain(const char *text, enum python_end end)
{
	struct interpreter_chain *made =
		calloc(1, sizeof(*made) + strlen(text) * sizeof(made->frames[0]));

	cr_assert_not_null(made);
	made->end = end;
	for (; *text; text++) {
		if (*text == '|')
			made->frames[made->count - 1].entry = true;
		else
			made->frames[made->count++].code = *text == 'f' ? &code : NULL;
	}
	return made;
}

/* "first: begin-end begin-end ...", "" if it does not fit. */
static void check(const char *frames, enum python_end end, __u32 evals, bool whole,
		  bool interrupted, const char *expected)
{
	struct interpreter_chain *made = chain(frames, end);
	struct interpreter_run runs[PYTHON_FRAMES];
	char text[256] = "";
	__u32 first, count, i;
	int n = 0;
	bool fits;

	count = interpreter_chain__fit(made, evals, whole, interrupted, runs, &first, &fits);
	if (fits)
		n = snprintf(text, sizeof(text), "%u:", first);
	for (i = 0; fits && i < count; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %u-%u%s", runs[i].first,
			      runs[i].end, runs[i].functions ? "" : "!");
	cr_expect_str_eq(text, expected, "%s: %s", frames, text);
	free(made);
}

Test(interpreter_frames, each_call_has_its_frames)
{
	check("f|f|f|", PYTHON_WHOLE, 3, true, false, "0: 0-1 1-2 2-3");
	check("fff|f|ff|", PYTHON_WHOLE, 3, true, false, "0: 0-3 3-4 4-6");
	check("f-|ff-|", PYTHON_WHOLE, 2, true, false, "0: 0-2 2-5");
	check("", PYTHON_WHOLE, 0, true, false, "0:");
}

/* Interrupted where a call begins or ends: the innermost has no frames, or only its own mark. */
Test(interpreter_frames, a_call_that_has_none)
{
	check("ff|f|", PYTHON_WHOLE, 3, true, true, "1: 0-2 2-3");
	check("ff|f|", PYTHON_WHOLE, 3, false, true, "1: 0-2 2-3");
	check("-|ff-|", PYTHON_WHOLE, 2, true, false, "0: 0-1! 1-4");
}

Test(interpreter_frames, what_does_not_fit_is_left_out)
{
	check("f|f|f|", PYTHON_WHOLE, 2, true, false, "");
	check("f|", PYTHON_WHOLE, 3, true, false, "");
	check("f|f|", PYTHON_DEEP, 1, true, false, "");
	/* the main thread's greenlet is below that which runs: its call is another chain's */
	check("f|", PYTHON_WHOLE, 2, true, false, "");
	check("f|", PYTHON_WHOLE, 2, false, false, "");
	check("f|", PYTHON_WHOLE, 3, false, true, "");
}

/* Native frames that end early: the calls that they do not reach lie further out. */
Test(interpreter_frames, native_frames_that_are_cut)
{
	check("f|f|f|f|", PYTHON_WHOLE, 2, false, false, "0: 0-1 1-2 2-3 3-4");
	check("ff|", PYTHON_WHOLE, 0, false, false, "0: 0-2");
}

/* Python frames that end early: calls further out keep their native frames. */
Test(interpreter_frames, python_frames_that_are_cut)
{
	check("ffff", PYTHON_DEEP, 1, true, false, "0: 0-4");
	check("f|ff", PYTHON_TORN, 5, true, false, "0: 0-1 1-3");
}

/* ---- the stack that comes of it ---- */

static struct symbolization *session;

static __u32 native_of(struct symbolization *of, const struct stack_event *stack_event, __u64 pc,
		       bool caller)
{
	char text[32];

	(void)stack_event;
	snprintf(text, sizeof(text), "%llx%s", (unsigned long long)pc, caller ? "+" : "");
	return profile__mark(of->profile, text);
}

/* Frames from the outermost on. */
static void describe(__u32 stack, char *text, size_t size)
{
	const struct profile_stack *at = profile__get_stack(session->profile, stack);
	size_t length;

	if (!at)
		return;
	describe(at->caller, text, size);
	length = strlen(text);
	length += (size_t)snprintf(text + length, size - length, "%s", length ? " > " : "");
	profile__label(session->profile, at->frame, text + length, size - length);
}

static void check_stack(const char *frames, enum python_end end, bool whole, const char *expected)
{
	static char inner[] = "inner", outer[] = "outer", m[] = "/srv/m.py", n[] = "/srv/n.py";
	static struct interpreter_code codes[] = {
		{ .code = { .name = inner, .path = m } },
		{ .code = { .name = outer, .path = n } },
		{ .error = -ESTALE },
		{ .error = -EPERM },
		{ .error = -ESRCH },
		{ .error = -EIO },
	};
	/* the function that interprets lies from 1000 to 10ff */
	static const struct unwind_frame natives[] = {
		{ .pc = 0x500 },
		{ .pc = 0x1001, .caller = 1 },
		{ .pc = 0x1000, .caller = 1 },
		{ .pc = 0x1100, .caller = 1 },
		{ .pc = 0x1101, .caller = 1 },
		{ .pc = 0x900, .caller = 1 },
	};
	struct symbolizer_chain native = { natives,
					   ARRAY_SIZE(natives),
					   { whole ? UNWIND_COMPLETE : UNWIND_DEEP, 0 } };
	struct interpreter_chain *made = chain(frames, end);
	char text[1024] = "";
	__u32 i;

	made->eval_start = 0x1000;
	made->eval_end = 0x1100;
	for (i = 0; i < made->count; i++) {
		made->frames[i].line = 7 + i;
		if (made->frames[i].code)
			made->frames[i].code = &codes[i % ARRAY_SIZE(codes)];
	}
	describe(symbolization__put_interpreted(session, NULL, &native, made, 0, native_of), text,
		 sizeof(text));
	SAME_TEXT(text, expected);
	free(made);
}

Test(interpreter_frames, functions_stand_where_they_were_interpreted)
{
	struct symbolization_config config = { 0 };
	struct failure failure = { 0 };

	cr_assert_eq(symbolization__open(&session, &config, &failure), 0, "%s", failure.text);
	check_stack("f|f|", PYTHON_WHOLE, true,
		    "900+ > 1101+ > outer (n.py:8) > 1000+ > inner (m.py:7) > 500");
	check_stack("fff|fff|", PYTHON_WHOLE, true,
		    "900+ > 1101+ > [Python function that cannot be read] > "
		    "[Python function of a process that ended before it was read] > "
		    "[Python function: no right to read its process] > 1000+ > "
		    "[Python function that was gone before it was read] > outer (n.py:8) > "
		    "inner (m.py:7) > 500");
	check_stack("f|f|f|", PYTHON_WHOLE, true,
		    "[Python frames do not fit these, and are left out] > "
		    "900+ > 1101+ > 1100+ > 1000+ > 1001+ > 500");
	check_stack("f|f|f|", PYTHON_WHOLE, false,
		    "[Python function that was gone before it was read] > "
		    "900+ > 1101+ > outer (n.py:8) > 1000+ > inner (m.py:7) > 500");
	check_stack("-|f|", PYTHON_WHOLE, true,
		    "900+ > 1101+ > outer (n.py:8) > 1000+ > 1001+ > 500");
	check_stack("f|f|", PYTHON_DEEP, true,
		    "900+ > 1101+ > [truncated: Python stack deeper than 256] > outer (n.py:8) > "
		    "1000+ > inner (m.py:7) > 500");
	check_stack("f|f|", PYTHON_TORN, true,
		    "900+ > 1101+ > [truncated: Python frame not there] > outer (n.py:8) > "
		    "1000+ > inner (m.py:7) > 500");
	symbolization__close(session);
}
