/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks of sleeping threads: do they wait for the lock of their interpreter? */
#include "session/recorded_lock.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

static struct profile *profile;

static void begin(void)
{
	profile = profile__new();
	cr_assert(profile);
}

static void end(void)
{
	profile__free(profile);
}

TestSuite(recorded_lock, .init = begin, .fini = end);

/* "path name" each, outermost first; "[k] name" of the kernel, "[m] name" for a mark. */
static __u32 stack_of(const char *const places[])
{
	__u32 stack = 0, module, frame;
	char path[128], name[64];
	size_t i;

	for (i = 0; places[i]; i++) {
		cr_assert_eq(sscanf(places[i], "%127s %63s", path, name), 2);
		if (!strcmp(path, "[m]")) {
			frame = profile__mark(profile, name);
		} else {
			module = profile__module(profile,
						 strcmp(path, "[k]") ? MODULE_FILE : MODULE_KERNEL,
						 path, 1, "");
			frame = profile__frame(profile, module, 0x1000 + strlen(name));
			cr_assert_eq(profile__name(profile, frame, name, NULL), 0);
		}
		stack = profile__stack(profile, stack, frame);
		cr_assert_neq(stack, 0);
	}
	return stack;
}

#define STACK(...) stack_of((const char *const[]){ __VA_ARGS__, NULL })

static void expect(__u32 stack, bool futex, enum interpreter interpreter)
{
	enum interpreter waits = INTERPRETER_RUBY;

	SAME(stack__sleeps_in_futex(profile, stack, &waits), futex);
	SAME(waits, interpreter);
}

Test(recorded_lock, condition_variables_of_interpreters)
{
	expect(STACK("[m] python3", "/usr/bin/python3.11 take_gil",
		     "/lib/libc.so.6 pthread_cond_timedwait",
		     "/lib/libc.so.6 __futex_abstimed_wait", "[k] do_syscall_64",
		     "[k] __futex_wait", "[k] __schedule"),
	       true, INTERPRETER_PYTHON);
	expect(STACK("/opt/libpython3.12.so.1.0 x", "/lib/libpthread-2.28.so pthread_cond_wait",
		     "[k] futex_wait_queue"),
	       true, INTERPRETER_PYTHON);
	expect(STACK("/usr/lib/libruby-3.1.so.3.1.2 rb_native_cond_wait",
		     "/lib/ld-musl-x86_64.so.1 __pthread_cond_timedwait", "[k] futex_wait"),
	       true, INTERPRETER_RUBY);
}

Test(recorded_lock, other_sleeps_are_none)
{
	expect(STACK("/usr/bin/python3.11 acquire", "/lib/libc.so.6 __new_sem_wait_slow64",
		     "[k] futex_wait"),
	       true, INTERPRETER_NONE); /* a lock of the program */
	expect(STACK("/usr/bin/python3.11 poll", "/lib/libc.so.6 poll", "[k] do_sys_poll"), false,
	       INTERPRETER_NONE);
	expect(STACK("/usr/bin/python3.11 eval", "/opt/numpy.so wait",
		     "/lib/libc.so.6 pthread_cond_wait", "[k] futex_wait"),
	       true, INTERPRETER_NONE); /* the innermost says it */
	expect(STACK("/opt/pool work", "/lib/libc.so.6 pthread_cond_wait", "[k] futex_wait"), true,
	       INTERPRETER_NONE);
	expect(STACK("/usr/bin/python3.11 spin"), false, INTERPRETER_NONE);
	expect(0, false, INTERPRETER_NONE);
}

/* Only the stacks of threads that may take turns are read. */
Test(recorded_lock, of_others_nothing_is_read)
{
	struct recorded none = { 0 };
	struct failure failure = { 0 };
	struct serial serial = { 0 };

	SAME(recorded_lock__tell(&none, &serial, &failure), 0);
	SAME(serial.lock_waits, 0);
}
