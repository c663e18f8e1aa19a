/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/recorded_lock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session/interpreter_lock.h"

/* "/lib/x86_64-linux-gnu/libc.so.6", "libpthread-2.31.so", "ld-musl-x86_64.so.1" */
static bool is_c_library(const struct profile_module *module)
{
	static const char *const names[] = { "libc.", "libc-", "libpthread", "ld-" };
	const char *slash = strrchr(module->path, '/'), *name = slash ? slash + 1 : module->path;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	}
	return false;
}

bool stack__sleeps_in_futex(const struct profile *profile, __u32 stack, enum interpreter *ret_waits)
{
	bool futex = false, condition = false;

	*ret_waits = INTERPRETER_NONE;
	while (stack) {
		const struct profile_stack *at = profile__get_stack(profile, stack);
		const struct profile_frame *frame = profile__get_frame(profile, at->frame);
		const struct profile_module *module = profile__get_module(profile, frame->module);
		const char *name = frame->name ? frame->name : "";

		stack = at->caller;
		if (module->kind == MODULE_KERNEL) {
			futex |= strstr(name, "futex_wait") != NULL;
		} else if (module->kind == MODULE_FILE && is_c_library(module)) {
			condition |= strstr(name, "_cond_") != NULL;
		} else if (module->kind == MODULE_FILE) {
			if (futex && condition)
				*ret_waits = interpreter__of_path(module->path);
			break;
		}
	}
	return futex;
}

static void count(struct serial *serial, const struct top *top, const struct top_stack *stack)
{
	enum interpreter waits;

	if (!stack->stack || !stack__sleeps_in_futex(top->profile, stack->stack, &waits))
		return;
	serial->lock_waits += stack->weight;
	if (waits == INTERPRETER_NONE)
		return;
	serial->interpreter = waits;
	serial->lock_inside += stack->weight;
}

int recorded_lock__tell(struct recorded *recorded, struct serial *serial, struct failure *failure)
{
	const struct thread_filter filter = { .pids = &serial->pid, .pid_count = 1 };
	enum serial_verdict verdict = serial__judge(serial);
	struct top top = { 0 };
	struct top_stack *stacks = NULL;
	size_t i, stack_count = 0;
	int err;

	if (verdict != SERIAL_YES && verdict != SERIAL_BUSY)
		return 0;
	err = recorded__top(recorded, metric__find("switches"), &filter, &top, failure);
	if (!err) {
		stacks = top__take(&top, top.paying, &stack_count);
		if (!stacks)
			err = failure__set(failure, -ENOMEM, NULL, NULL,
					   "cannot add up the stacks");
	}
	for (i = 0; i < stack_count && !err; i++)
		count(serial, &top, &stacks[i]);
	free(stacks);
	top__end(&top);
	return err;
}
