/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the namer: what was asked, and what has come of it so far. */
#ifndef CALLSTACK_REQUEST_H
#define CALLSTACK_REQUEST_H

#include "callstack/debug_files.h"
#include "callstack/helper/elf_names.h"
#include "callstack/helper.h"
#include "callstack/helper/helper_side.h"
#include "callstack/symbolizer.h"

struct ask {
	struct ask *next;
	__u64 cookie;
	struct namer_sink sink;
	enum job_kind kind;
	int error;
	void *request;
	size_t size;
	size_t count; /* of places or stacks */
	int files[HELPER_FILES];
	__u32 file_count;

	/* JOB_NAME */
	struct debug_search search;
	bool searched[DEBUG_KINDS];
	unsigned int place; /* where its debug file is looked for next */
	bool was_fetched;   /* or not, by debuginfod: once is enough */
	char build_id[2 * BUILD_ID_BYTES + 1];

	/* JOB_NAME and JOB_PERF_MAP */
	struct namer_name *names; /* texts are ours */

	/* JOB_UNWIND */
	struct namer_chain *chains; /* frames are ours */
	size_t done;		    /* of the stacks */
	unsigned int seconds;	    /* that they may take; 0: as others */
	__u32 failures;
};

/* Each NULL without memory. */
struct ask *ask__file(struct broker *broker, const struct namer_file *file,
		      const struct namer_place *places, size_t count);
struct ask *ask__perf_map(int fd, const struct namer_place *places, size_t count);
struct ask *ask__stacks(const struct namer_process *process, const struct walk_stack *stacks,
			size_t count);
void ask__free(struct ask *ask);

/* Bytes of a request for stacks. */
size_t ask__stacks_size(const struct namer_process *process, const struct walk_stack *stacks,
			size_t count);

/* What the helper is to do next. */
struct helper_request ask__request(const struct ask *ask);

/*
 * Takes what came from the helper, error or not.  Returns which file would help that
 * was not looked for yet, or DEBUG_KINDS; ret_head then tells more of it.
 */
enum debug_kind ask__take_names(struct ask *ask, const struct helper_answer *answer,
				struct elf_names_reply *ret_head);

/* The same of stacks; true: there are more to ask for. */
bool ask__take_chains(struct ask *ask, const struct helper_answer *answer);

/* Build ids as text. */
void build_id__text(const __u8 *bytes, __u32 size, char text[2 * BUILD_ID_BYTES + 1]);

/* Nothing more will come. */
void ask__finish(struct ask *ask);

#endif
