/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which function of a culprit's stack is named: culprit.def tells what is passed over. */
#include <signal.h>
#include <string.h>

#include "model/lifecycle/crash.h"

enum owner {
	OWNER_NONE,
	OWNER_C,
	OWNER_C_CHECK, /* the C library, where it finds a fault of its caller */
	OWNER_CXX,
	OWNER_RUST,
	OWNER_GO,
	OWNER_SANITIZER,
	OWNER_GLIB
};

enum when { ALWAYS, GAVE_UP, SYSCALL, FOUND, FREED, FREEING, RUST, CXX, SANITIZER };

static const struct {
	const char *prefix;
	enum owner owner;
} libraries[] = {
#define LIBRARY(prefix, owner) { prefix, owner },
#define PASSED(name, owner, when)
#include "model/lifecycle/culprit.def"
};

static const struct passed {
	const char *name;
	enum owner owner;
	enum when when;
} passed[] = {
#define LIBRARY(prefix, owner)
#define PASSED(name, owner, when) { name, owner, when },
#include "model/lifecycle/culprit.def"
};

/* The way down the stack, from its top. */
struct descent {
	bool gave_up;	/* the process sent itself the signal, or meant to be ended */
	bool forbidden; /* a system call that seccomp forbids */
	bool fault;	/* neither: it came upon what is not there */
	bool has_c;   /* the C library is a file of its own: the program's functions are not its */
	bool freeing; /* a function that frees memory called this one */
	bool past[OWNER_GLIB + 1]; /* what gave up by such means has been passed */
};

/* ---- names ---- */

/* What compilers append to the name of a function of which they have made another. */
static bool suffix__is_of_compiler(const char *suffix)
{
	static const char *const known[] = { ".part.",	   ".isra.", ".constprop.", ".cold",
					     ".lto_priv.", ".llvm.", ".warm",	    ".localalias" };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strncmp(suffix, known[i], strlen(known[i])))
			return true;
	}
	return false;
}

/* Nothing of a name may follow: arguments, a version, what a compiler appended. */
static bool name__ends(const char *rest)
{
	return !*rest || *rest == '(' || *rest == '<' || *rest == '@' || *rest == ' ' ||
	       suffix__is_of_compiler(rest) || !strncmp(rest, "::h", 3) ||
	       !strncmp(rest, ".abi", 4);
}

static bool name__matches(const char *name, const char *pattern)
{
	size_t length = strlen(pattern);

	if (pattern[length - 1] != '*')
		return !strncmp(name, pattern, length) && name__ends(name + length);
	length--;
	/* "runtime.cold" is part of a C function "runtime" */
	return !strncmp(name, pattern, length) &&
	       !(pattern[length - 1] == '.' && suffix__is_of_compiler(name + length - 1));
}

/* glibc calls its own functions by names of their own. */
static const char *name__plain(const char *name)
{
	return strncmp(name, "__GI_", 5) ? name : name + 5;
}

/* A template's function has its return type before its name: "void std::__throw_it<...>". */
static const char *name__without_type(const char *name)
{
	return strncmp(name, "void std::", 10) ? name : name + 5;
}

/* "raise" could be anybody's; names like "__libc_free" are not for programs to define. */
static bool name__is_reserved(const char *name)
{
	return *name == '_';
}

/* ---- frames ---- */

/* Called through a bad pointer: it lies in no file. */
static bool frame__is_nowhere(const struct crash_frame *frame)
{
	return !strncmp(frame->name, "[0x", 3);
}

/* A frame without a name has that of its file: "[libc.so.6+0x8aeec]". */
static bool frame__is_unnamed(const struct crash_frame *frame)
{
	return *frame->name == '[';
}

/* The kernel maps its vDSO into every program, also one that holds the C library itself. */
static bool frame__is_in_vdso(const struct crash_frame *frame)
{
	return !strncmp(frame->name, "[vdso", 5);
}

static enum owner frame__owner(const struct crash_frame *frame)
{
	const char *file = frame->module	    ? frame->module :
			   frame__is_unnamed(frame) ? frame->name + 1 :
						      NULL;
	size_t i;

	if (frame__is_in_vdso(frame))
		return OWNER_C;
	for (i = 0; file && i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		if (!strncmp(file, libraries[i].prefix, strlen(libraries[i].prefix)))
			return libraries[i].owner;
	}
	return OWNER_NONE;
}

/* By its name: also in a static program, which is one file. */
static bool frame__has_row(const struct crash_frame *frame, enum when when)
{
	const char *name = name__plain(frame->name);
	size_t i;

	for (i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		if (passed[i].when == when && name__matches(name, passed[i].name))
			return true;
	}
	return false;
}

static bool crash__frees(const struct crash *crash, size_t at)
{
	return at < crash->culprit.frame_count && frame__has_row(&crash->culprit.frames[at], FREED);
}

/* ---- the descent ---- */

static bool descent__applies(const struct descent *descent, const struct passed *row)
{
	switch (row->when) {
	case ALWAYS:
		return true;
	case SYSCALL:
		return descent->forbidden;
	case FOUND:
		return descent->fault || descent->past[OWNER_C_CHECK];
	case FREED:
		return true;
	case FREEING:
		return descent->freeing;
	case RUST:
		return descent->past[OWNER_RUST];
	case CXX:
		return descent->past[OWNER_CXX];
	case SANITIZER:
		return descent->past[OWNER_SANITIZER];
	default:
		return descent->gave_up;
	}
}

/* May the function of this frame be the C library's, by the file that it lies in? */
static bool descent__may_lie_in_c(const struct descent *descent, const struct crash_frame *frame)
{
	return !frame->module || frame__owner(frame) != OWNER_NONE || !descent->has_c;
}

/* A row of the C library's that the function of this frame, of that name, cannot be. */
static bool descent__excludes(const struct descent *descent, const struct passed *row,
			      const struct crash_frame *frame)
{
	if (row->owner != OWNER_C && row->owner != OWNER_C_CHECK)
		return false;
	if (!frame->module &&
	    (row->when == FREED || row->when == FREEING || (row->when == FOUND && descent->fault)))
		return true; /* nor is it known whose file it is: it is named where it happened */
	return !descent__may_lie_in_c(descent, frame) &&
	       (row->when == FOUND || !name__is_reserved(frame->name));
}

static bool descent__passes_name(struct descent *descent, const struct crash_frame *frame)
{
	const char *name = name__without_type(name__plain(frame->name));
	size_t i;

	for (i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		const struct passed *row = &passed[i];

		if (!descent__applies(descent, row) || !name__matches(name, row->name))
			continue;
		if (descent__excludes(descent, row, frame))
			continue;
		descent->past[row->owner] = true;
		return true;
	}
	return false;
}

static bool descent__passes(struct descent *descent, const struct crash_frame *frame)
{
	enum owner owner = frame__owner(frame);

	if (frame__is_nowhere(frame))
		return true;
	/* the C library's own code, in a file of the program's, calls nothing wrongly */
	if (!descent->gave_up && !strcmp(frame->name, "_start"))
		return true;
	if (descent__passes_name(descent, frame))
		return true;
	if (owner == OWNER_NONE)
		return false;
	if (frame__is_unnamed(frame))
		return true;
	/* whoever gives up within a library, or is given what the C library cannot use there */
	return descent->gave_up || owner == OWNER_C;
}

static struct descent crash__descent(const struct crash *crash, int signal, int code)
{
	struct descent descent = { .forbidden = signal == SIGSYS && code > 0 };
	size_t i;

	/* SI_KERNEL, too: what abort() and assertions end in can be a forbidden instruction */
	descent.gave_up = !descent.forbidden &&
			  (code <= 0 || code == SI_KERNEL || signal == SIGTRAP || signal == SIGILL);
	descent.fault = !descent.gave_up && !descent.forbidden;
	for (i = 0; i < crash->culprit.frame_count; i++) {
		const struct crash_frame *frame = &crash->culprit.frames[i];

		if (frame__owner(frame) == OWNER_C && !frame__is_in_vdso(frame))
			descent.has_c = true;
	}
	return descent;
}

/*
 * Where a handler gave up after a fault the culprit is what it had interrupted, not the
 * handler.  Its place in the stack; the number of frames where that is not so.
 */
static size_t crash__interrupted(const struct crash *crash)
{
	size_t i, count = crash->culprit.frame_count;

	if (!crash->handled.signal)
		return count;
	for (i = 0; i < count && !crash->culprit.frames[i].interrupted; i++)
		;
	return i;
}

/* Its place in the stack; the number of frames if there is none. */
static size_t crash__find_culprit(const struct crash *crash)
{
	size_t count = crash->culprit.frame_count, i = crash__interrupted(crash);
	bool below = i < count;
	struct descent descent = crash__descent(crash,
						below ? crash->handled.signal : crash->end.signal,
						below ? crash->handled.code : crash->code);

	for (i = below ? i : 0; i < count && !crash->culprit.frames[i].mark; i++) {
		descent.freeing = crash__frees(crash, i + 1);
		if (!descent__passes(&descent, &crash->culprit.frames[i]))
			return i;
	}
	return count;
}

const char *crash__function(const struct crash *crash)
{
	size_t at = crash__find_culprit(crash);

	if (at == crash->culprit.frame_count)
		at = crash__interrupted(crash);
	if (at == crash->culprit.frame_count)
		at = 0;
	if (!crash->culprit.frame_count || crash->culprit.frames[at].mark)
		return NULL;
	return crash->culprit.frames[at].name;
}

const char *crash__fault_in(const struct crash *crash)
{
	size_t at = crash__find_culprit(crash), top = crash__interrupted(crash);
	size_t count = crash->culprit.frame_count;
	int code = top < count ? crash->handled.code : crash->code;
	int signal = top < count ? crash->handled.signal : crash->end.signal;

	top = top < count ? top : 0;
	if (at == count || at == top || (signal != SIGSEGV && signal != SIGBUS) || code <= 0)
		return NULL;
	if (frame__owner(&crash->culprit.frames[top]) != OWNER_C && !crash__frees(crash, top) &&
	    !crash__frees(crash, top + 1) && !frame__has_row(&crash->culprit.frames[top], FOUND))
		return NULL;
	return crash->culprit.frames[top].name;
}
