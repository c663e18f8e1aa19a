/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which native frame of the function that interprets stands for which Python frames. */
#include "callstack/interpreter_frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
