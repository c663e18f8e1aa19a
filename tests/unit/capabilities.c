/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/capabilities.h"

#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static bool has(cap_value_t right, cap_flag_t set)
{
	cap_flag_value_t have = CAP_CLEAR;
	cap_t now = cap_get_proc();

	cr_assert_not_null(now);
	cap_get_flag(now, right, set, &have);
	cap_free(now);
	return have == CAP_SET;
}

Test(capabilities, only_the_lists_are_kept)
{
	static const cap_value_t effective[] = { CAP_KILL, CAP_LAST_CAP + 1 };
	static const cap_value_t permitted[] = { CAP_SETUID, CAP_SETGID };
	cap_t now, none;

	if (!has(CAP_KILL, CAP_PERMITTED) || !has(CAP_SETUID, CAP_PERMITTED))
		cr_skip_test("needs root");
	SAME(capabilities__keep(effective, 2, permitted, 2), 0);
	cr_expect(has(CAP_KILL, CAP_EFFECTIVE) && has(CAP_KILL, CAP_PERMITTED));
	cr_expect(has(CAP_SETUID, CAP_PERMITTED) && has(CAP_SETGID, CAP_PERMITTED));
	cr_expect_not(has(CAP_SETUID, CAP_EFFECTIVE) || has(CAP_SETGID, CAP_EFFECTIVE));
	cr_expect_not(has(CAP_DAC_OVERRIDE, CAP_PERMITTED));
	/* what is gone does not come back */
	SAME(capabilities__keep(permitted, 1, NULL, 0), 0);
	cr_expect(has(CAP_SETUID, CAP_EFFECTIVE));
	cr_expect_not(has(CAP_KILL, CAP_PERMITTED));
	SAME(capabilities__keep(effective, 2, NULL, 0), 0);
	now = cap_get_proc();
	none = cap_init();
	cr_assert(now && none);
	cr_expect_eq(cap_compare(now, none), 0);
	cap_free(now);
	cap_free(none);
}

Test(capabilities, nothing_is_kept_of_nothing)
{
	SAME(capabilities__keep(NULL, 0, NULL, 0), 0);
	cr_expect_not(has(CAP_KILL, CAP_PERMITTED));
}
