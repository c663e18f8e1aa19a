/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a symbolization session consists of.  Inside of callstack/ only. */
#ifndef CALLSTACK_SYMBOLIZATION_PRIVATE_H
#define CALLSTACK_SYMBOLIZATION_PRIVATE_H

#include "callstack/stack_events.h"
#include "callstack/symbolization.h"
#include "callstack/unwind.h"

struct broker;
struct code_files;
struct code_rules;
struct mmaps;
struct symbolizer;
struct spaces;

struct code {
	struct code_config config;
	struct profile *profile; /* the config's, or one of our own */
	struct kernel_symbols *kernel;
	struct broker *broker;
	struct symbolizer *symbolizer;
	struct code_files *files;
	/* with config.switches */
	struct spaces *spaces;
	struct mmaps *mmaps; /* NULL: not to be had */
	int mmaps_error;
	struct code_rules *rules;
	struct stack_events events;
	size_t step; /* of the oldest events, so many are being resolved, */
	struct batch batches[BATCHES];
	__u64 asked;	/* batches so far: their cookies */
	__u64 finished; /* events */
	__u64 given_up; /* of them */
	int error;	/* a stack could not be kept */
};

/* A profile and files, after those that there are.  0 or -ENOMEM: then they are not to be used. */
int code__begin_names(struct code *code);
void code__end_names(const struct code *code, struct profile *profile, struct code_files *files);

/* The stack of an event is known, 0 if it has no user part: its number is settled. */
void code__finish(struct code *code, const struct stack_event *stack_event, __u32 user_stack);

#endif
