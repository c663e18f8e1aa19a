/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a kernel is locked down, by what can be read of it. */
#include "trace/lockdown.h"
#include "unit.h"

static void check(const struct lockdown_signs *signs, enum lockdown expected)
{
	SAME_TEXT(lockdown_names[lockdown__judge(signs)], lockdown_names[expected]);
}

Test(lockdown, state_in_brackets_is_the_state)
{
	check(&(struct lockdown_signs){ .state = "[none] integrity confidentiality\n" },
	      LOCKDOWN_NONE);
	check(&(struct lockdown_signs){ .state = "none [integrity] confidentiality\n" },
	      LOCKDOWN_INTEGRITY);
	check(&(struct lockdown_signs){ .state = "none integrity [confidentiality]\n" },
	      LOCKDOWN_CONFIDENTIALITY);
}

Test(lockdown, state_that_nobody_knows_is_unknown)
{
	check(&(struct lockdown_signs){ .state = "" }, LOCKDOWN_UNKNOWN);
	check(&(struct lockdown_signs){ .state = "none [integrityplus]" }, LOCKDOWN_UNKNOWN);
	check(&(struct lockdown_signs){ .state = "none [total]", .built = SIGN_NO },
	      LOCKDOWN_UNKNOWN);
}

Test(lockdown, not_built_only_if_the_configuration_says_so)
{
	check(&(struct lockdown_signs){ .built = SIGN_NO, .early = SIGN_NO }, LOCKDOWN_NOT_BUILT);
	check(&(struct lockdown_signs){ .built = SIGN_UNKNOWN }, LOCKDOWN_UNKNOWN);
	check(&(struct lockdown_signs){ .built = SIGN_YES }, LOCKDOWN_UNKNOWN);
}

Test(lockdown, built_but_not_among_the_modules)
{
	check(&(struct lockdown_signs){ .built = SIGN_YES, .modules = "capability,bpf" },
	      LOCKDOWN_NOT_ACTIVE);
	check(&(struct lockdown_signs){ .built = SIGN_YES, .modules = "lockdowns,mylockdown\n" },
	      LOCKDOWN_NOT_ACTIVE);
	check(&(struct lockdown_signs){ .built = SIGN_YES, .modules = "capability,lockdown\n" },
	      LOCKDOWN_UNKNOWN);
}

Test(lockdown, command_line_chooses_modules_unless_it_is_early)
{
	check(&(struct lockdown_signs){ .built = SIGN_YES,
					.early = SIGN_NO,
					.boot = "quiet lsm=yama,bpf root=/dev/vda1\n" },
	      LOCKDOWN_NOT_ACTIVE);
	check(&(struct lockdown_signs){ .built = SIGN_YES,
					.early = SIGN_NO,
					.boot = "lsm=yama lsm=lockdown,yama\n" },
	      LOCKDOWN_UNKNOWN);
	check(&(struct lockdown_signs){ .built = SIGN_YES,
					.early = SIGN_NO,
					.boot = "quiet notlsm=yama -- lsm=yama" },
	      LOCKDOWN_UNKNOWN);
	check(&(struct lockdown_signs){ .built = SIGN_YES, .early = SIGN_YES, .boot = "lsm=yama" },
	      LOCKDOWN_UNKNOWN);
	check(&(struct lockdown_signs){ .built = SIGN_YES, .early = SIGN_NO, .boot = "quiet" },
	      LOCKDOWN_UNKNOWN);
}

Test(lockdown, debugfs_is_left_alone_where_it_may_be_kept)
{
	SAME(lockdown__keeps_debugfs(LOCKDOWN_UNKNOWN), true);
	SAME(lockdown__keeps_debugfs(LOCKDOWN_INTEGRITY), true);
	SAME(lockdown__keeps_debugfs(LOCKDOWN_CONFIDENTIALITY), true);
	SAME(lockdown__keeps_debugfs(LOCKDOWN_NONE), false);
	SAME(lockdown__keeps_debugfs(LOCKDOWN_NOT_ACTIVE), false);
	SAME(lockdown__keeps_debugfs(LOCKDOWN_NOT_BUILT), false);
}
