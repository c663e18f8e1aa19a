/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a symbolization session consists of.  Inside of callstack/ only. */
#ifndef CALLSTACK_SYMBOLIZATION_PRIVATE_H
#define CALLSTACK_SYMBOLIZATION_PRIVATE_H

#include "callstack/stack_events.h"
#include "callstack/symbolization.h"
#include "callstack/unwind.h"

struct broker;
struct dso_cache;
struct frame_rules;
struct mmaps;
struct symbolizer;
struct address_spaces;
struct interpreters;

struct symbolization {
	struct symbolization_config config;
	struct profile *profile; /* the config's, or one of our own */
	struct kernel_symbols *kernel;
	struct broker *broker;
	struct symbolizer *symbolizer;
	struct dso_cache *files;
	/* with config.switches */
	struct address_spaces *address_spaces;
	struct mmaps *mmaps; /* NULL: not to be had */
	int mmaps_error;
	struct frame_rules *rules;
	struct interpreters *interpreters;
	struct stack_events events;
	__u64 open_until_ns; /* files are opened as they are mapped */
	size_t step;	     /* of the oldest events, so many are being resolved, */
	struct batch batches[BATCHES];
	__u64 asked;	/* batches so far: their cookies */
	__u64 finished; /* events, */
	__u64 unwound;	/* of them those that took more than their turn, */
	__u64 given_up; /* and those for which there was no time */
	int error;	/* a stack could not be kept */
};

/* A profile and files, after those that there are.  0 or -ENOMEM: then they are not to be used. */
int symbolization__begin_names(struct symbolization *session);
void symbolization__end_names(const struct symbolization *session, struct profile *profile,
			      struct dso_cache *files);

/* What has been mapped since this was last called. */
void symbolization__take_mappings(struct symbolization *session);

/* Of a process that is older than we: what it has mapped now. */
void symbolization__read_maps(struct symbolization *session, __u32 pid, __u32 ppid, __u64 time_ns);

/* The stack of an event is known, 0 if it has no user part: its number is settled. */
void symbolization__finish(struct symbolization *session, const struct stack_event *stack_event,
			   __u32 user_stack);

#endif
