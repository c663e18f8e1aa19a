/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/demangle.h"

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <libiberty/demangle.h>

#define MAX_MS	   20	/* of CPU time for one name; a usual one takes some us */
#define MAX_LATE   16	/* so many that took longer, and no more are tried */
#define REMEMBERED 1024 /* a power of two */

/* ---- within bounds ---- */

/*
 * The library prints piece by piece what it finds.  It can print without end, and it can
 * be busy without end and print nothing (a Rust name that binds 2^60 lifetimes in a place
 * that is not shown): it is left by a jump, out of its callback or out of a signal.
 */
struct bounded {
	char *name;
	size_t length;
	sigjmp_buf leave;
};

enum outcome { PLAIN, NOT_MANGLED, TOO_LONG, TOO_LATE };

/* A handler has no argument, so this is where it finds what it is to leave. */
static sigjmp_buf *volatile leave_late;

static void take_piece(const char *piece, size_t length, void *context)
{
	struct bounded *bounded = context;

	if (length >= NAME_BYTES - bounded->length)
		siglongjmp(bounded->leave, TOO_LONG);
	memcpy(bounded->name + bounded->length, piece, length);
	bounded->length += length;
}

static void on_late(int signal_number)
{
	(void)signal_number;
	if (leave_late)
		siglongjmp(*leave_late, TOO_LATE);
}

static void set_timer(int ms)
{
	struct itimerval timer = { .it_value.tv_usec = ms * 1000 };

	setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

/* As cplus_demangle() tries them. */
static bool bounded__print(struct bounded *bounded, const char *symbol)
{
	bounded->length = 0;
	if (rust_demangle_callback(symbol, 0, take_piece, bounded))
		return bounded->length;
	bounded->length = 0;
	/* its own limit is the length of a symbol: 1024 bytes, which is too little */
	return cplus_demangle_v3_callback(symbol, DMGL_PARAMS | DMGL_ANSI | DMGL_NO_RECURSE_LIMIT,
					  take_piece, bounded) &&
	       bounded->length;
}

static enum outcome bounded__demangle(struct bounded *bounded, const char *symbol)
{
	struct sigaction late = { .sa_handler = on_late, .sa_flags = SA_NODEFER }, before;
	volatile enum outcome outcome = NOT_MANGLED;
	int left;

	sigaction(SIGVTALRM, &late, &before);
	left = sigsetjmp(bounded->leave, 0);
	if (!left) {
		leave_late = &bounded->leave;
		set_timer(MAX_MS);
		if (bounded__print(bounded, symbol))
			outcome = PLAIN;
	} else {
		outcome = (enum outcome)left;
	}
	leave_late = NULL;
	set_timer(0);
	sigaction(SIGVTALRM, &before, NULL);
	return outcome;
}

/* ---- Rust ---- */

/* Bytes of "path>::" behind a "<"; 0: something else is there. */
static size_t plain_path(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_:");

	return length && !strncmp(name + length, ">::", 3) ? length + 3 : 0;
}

/*
 * "<store::Store>::fetch" is "store::Store::fetch", as the older mangling and debug
 * information have it.  Where "<" follows a name or "::", it begins arguments of a type.
 */
static size_t rust__unwrap_paths(char *name)
{
	const char *from = name;
	char *to = name;
	size_t length;

	while (*from) {
		length = *from == '<' && (to == name || strchr(" <(&*,[", to[-1])) ?
				 plain_path(from + 1) :
				 0;
		if (!length) {
			*to++ = *from++;
			continue;
		}
		memmove(to, from + 1, length - 3);
		to += length - 3;
		from += length - 1; /* behind ">" */
	}
	*to = 0;
	return (size_t)(to - name);
}

/* ---- one name ---- */

static size_t name__copy(char name[NAME_BYTES], const char *from, size_t length)
{
	bool cut = length >= NAME_BYTES;

	if (cut)
		length = NAME_BYTES - 1;
	memcpy(name, from, length);
	if (cut)
		memcpy(name + length - 3, "...", 3);
	name[length] = 0;
	return length;
}

/* Only what says that it is mangled: C has names that would pass for it. */
static bool name__is_mangled(const char *name)
{
	return !strncmp(name, "_Z", 2) || !strncmp(name, "_R", 2) || !strncmp(name, "_GLOBAL_", 8);
}

/*
 * Bytes at the end of a symbol that say which copy of its function it is: with a constant in
 * place of an argument, without one that nobody uses, known to other files.  Parts of a function
 * (".part.0", ".cold") are no copies: it calls them, or goes on in them.
 */
static size_t symbol__clone_size(const char *symbol, size_t length)
{
	static const char *const kinds[] = { ".constprop.", ".isra.", ".lto_priv.", ".llvm." };
	size_t end = length, size, i;

	while (end && symbol[end - 1] >= '0' && symbol[end - 1] <= '9')
		end--;
	for (i = 0; end < length && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size = strlen(kinds[i]);
		if (end > size && !memcmp(symbol + end - size, kinds[i], size))
			return length - end + size;
	}
	return 0;
}

/* Without the version, and without what tells the copy from the function. */
static size_t symbol__length(const char *symbol)
{
	const char *version = *symbol ? strchr(symbol + 1, '@') : NULL;
	size_t length = version ? (size_t)(version - symbol) : strnlen(symbol, NAME_BYTES), clone;

	while ((clone = symbol__clone_size(symbol, length)))
		length -= clone;
	return length;
}

static size_t demangle_counted(const char *symbol, char name[NAME_BYTES], unsigned int *late)
{
	size_t length = symbol__length(symbol);
	char mangled[NAME_BYTES];
	struct bounded bounded = { .name = name };
	enum outcome outcome;

	if (!name__is_mangled(symbol) || length >= NAME_BYTES || *late >= MAX_LATE)
		return name__copy(name, symbol, length);
	name__copy(mangled, symbol, length);
	outcome = bounded__demangle(&bounded, mangled);
	*late += outcome == TOO_LATE;
	if (outcome != PLAIN)
		return name__copy(name, mangled, length);
	name[bounded.length] = 0;
	return strncmp(mangled, "_R", 2) ? bounded.length : rust__unwrap_paths(name);
}

size_t demangle(const char *symbol, char name[NAME_BYTES])
{
	unsigned int late = 0;

	return demangle_counted(symbol, name, &late);
}

/* ---- names that come again ---- */

struct demangler {
	unsigned int late;
	char name[NAME_BYTES];
	struct remembered {
		const char *symbol;
		char *name;
		size_t length;
	} remembered[REMEMBERED];
};

struct demangler *demangler__new(void)
{
	return calloc(1, sizeof(struct demangler));
}

void demangler__free(struct demangler *demangler)
{
	size_t i;

	for (i = 0; demangler && i < REMEMBERED; i++)
		free(demangler->remembered[i].name);
	free(demangler);
}

static struct remembered *demangler__slot(struct demangler *demangler, const char *symbol)
{
	__UINT64_TYPE__ mixed = (__UINT64_TYPE__)(unsigned long)symbol * 0x9e3779b97f4a7c15ULL;

	return &demangler->remembered[mixed >> 32 & (REMEMBERED - 1)];
}

const char *demangler__name(struct demangler *demangler, const char *symbol, size_t *ret_length)
{
	struct remembered *slot = demangler__slot(demangler, symbol);
	size_t length;
	char *name;

	if (slot->symbol != symbol) {
		length = demangle_counted(symbol, demangler->name, &demangler->late);
		name = realloc(slot->name, length + 1);
		if (!name)
			return NULL;
		memcpy(name, demangler->name, length + 1);
		*slot = (struct remembered){ symbol, name, length };
	}
	*ret_length = slot->length;
	return slot->name;
}
