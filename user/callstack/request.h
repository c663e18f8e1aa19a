/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the symbolizer: what was asked, and what has come of it so far. */
#ifndef CALLSTACK_REQUEST_H
#define CALLSTACK_REQUEST_H

#include "callstack/debug_files.h"
#include "callstack/helper/elf_names.h"
#include "callstack/helper.h"
#include "callstack/helper/helper_side.h"
#include "callstack/symbolizer.h"

struct request {
	struct request *next;
	__u64 cookie;
	struct symbolizer_sink sink;
	enum job_kind kind;
	int error;
	void *body;
	size_t size;
	size_t count; /* of places or stacks */
	int files[HELPER_FILES];
	__u32 file_count;
	__u32 own_files; /* of them: copies of the descriptors that it was asked with */

	/* JOB_NAME */
	struct debug_search search;
	bool searched[DEBUG_KINDS];
	unsigned int place; /* where its debug file is looked for next */
	bool was_fetched;   /* or not, by debuginfod: once is enough */
	char build_id[2 * BUILD_ID_BYTES + 1];

	/* JOB_NAME and JOB_PERF_MAP */
	struct symbolizer_name *names; /* texts are ours */

	/* JOB_UNWIND */
	struct symbolizer_chain *chains; /* frames are ours */
	size_t done;			 /* of the stacks */
	unsigned int seconds;		 /* that they may take; 0: as others */
	__u32 failures;
};

/* Each NULL without memory. */
struct request *request__file(struct broker *broker, const struct symbolizer_file *file,
			      const struct symbolizer_place *places, size_t count);
struct request *request__perf_map(int fd, const struct symbolizer_place *places, size_t count);
struct request *request__stacks(const struct symbolizer_process *process,
				const struct unwind_stack *stacks, size_t count);
void request__free(struct request *request);

/* Bytes of a request for stacks. */
size_t request__stacks_size(const struct symbolizer_process *process,
			    const struct unwind_stack *stacks, size_t count);

/* What the helper is to do next. */
struct helper_request request__job(const struct request *request);

/*
 * Takes what came from the helper, error or not.  Returns which file would help that
 * was not looked for yet, or DEBUG_KINDS; ret_head then tells more of it.
 */
enum debug_kind request__take_names(struct request *request, const struct helper_answer *answer,
				    struct elf_names_reply *ret_head);

/* The same of stacks; true: there are more to ask for. */
bool request__take_chains(struct request *request, const struct helper_answer *answer);

/* Build ids as text. */
void build_id__text(const __u8 *bytes, __u32 size, char text[2 * BUILD_ID_BYTES + 1]);

/* Nothing more will come. */
void request__finish(struct request *request);

#endif
