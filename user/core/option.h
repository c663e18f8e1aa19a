/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options as rows of a table: parsing, --help, the man pages and the completion are all
 * made from the rows.  A row says which type its value has and where in a struct the
 * value goes.
 */
#ifndef CORE_OPTION_H
#define CORE_OPTION_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/failure.h"

enum option_type {
	OPTION_FLAG,	  /* bool; takes no value */
	OPTION_DURATION,  /* __u64, nanoseconds */
	OPTION_COUNT,	  /* __u64 */
	OPTION_MEBIBYTES, /* __u64, bytes; written, and limited, in MiB */
	OPTION_IDS,	  /* struct id_list */
	OPTION_GLOB,	  /* struct target_glob, all 0 without the option */
	OPTION_CHOICE,	  /* a pointer to the chosen thing */
	OPTION_TEXT,	  /* const char *, not empty; so are the next four */
	OPTION_PATH,
	OPTION_DIRECTORY,
	OPTION_SHELL,	/* a command for the shell */
	OPTION_PROGRAM, /* char **: what follows "--"; no option, but it has a row for its help */
};

/* As the groups of a row: every command has it. */
#define OPTION_OF_ALL (~0U)

struct id_list {
	__u32 *ids; /* malloc()ed */
	size_t count;
};

/* What a value is chosen from: the i-th name, NULL behind the last; and the thing itself. */
struct option_choices {
	const char *(*name)(size_t i);
	const void *(*value)(size_t i);
	bool (*hidden)(size_t i); /* known, but not offered by the help; NULL: none is */
};

struct option_row {
	unsigned int groups; /* a command that takes any of these has the option; */
	const char *of;	     /* so have these commands, "stat crash"; NULL: no further ones */
	char letter;	     /* 0: long only */
	const char *name;
	enum option_type type;
	size_t place; /* offsetof() in the struct that is filled in */
	size_t size;
	const char *argument;  /* what --help calls the value; NULL: as its type does */
	const char *help;      /* a phrase: for --help, and the beginning in the man page */
	const char *more;      /* sentences for the man page; `this` is bold there; NULL */
	const char *otherwise; /* the value without the option; NULL: 0 */
	const char *without;   /* the same in words, where it is no value; NULL */
	__u64 least, most;     /* of numbers; most 0: no limit.  Of texts: most bytes */
	const char *count_of;  /* OPTION_COUNT: "write how many ..."; */
	const char *bounds;    /* DURATION: what to do beyond least and most; */
	const char *why;       /* OPTION_CHOICE: "there is no such ..." */
	const char *remedy;    /* of a text that is refused: what to write */
	const struct option_choices *choices;
	const char *needs; /* another option, without which it says nothing; NULL */
	/* Called with the struct when the value is in its place; NULL. */
	int (*then)(void *options, const char *value, struct failure *failure);
};

struct option_table {
	const struct option_row *rows;
	size_t count;
};

/* Which of its rows a command has. */
struct option_taker {
	const char *command;
	unsigned int groups;
	bool operands; /* may stand among the options; otherwise the first one ends them */
};

bool option__is_of(const struct option_row *row, const struct option_taker *taker);

/*
 * Fills in what the options say, after what they say when they are not given.  Stores the
 * index of the first argument that is no option (operands are sorted behind the options).
 * Returns 0 or -EINVAL, or another errno.
 */
int option__parse(const struct option_table *table, const struct option_taker *taker, void *options,
		  int argc, char **argv, int *ret_rest, struct failure *failure);

/* What the values needed. */
void option__free(const struct option_table *table, void *options);

/* "bad value "x" for --name: why (hint)"; returns -EINVAL. */
int option__bad_value(struct failure *failure, const char *name, const char *value, const char *why,
		      const char *hint);

/* ---- for help texts ---- */

struct option_words {
	char text[160];
};

/* "PID[,PID...]", "text|json"; "" for a flag. */
struct option_words option__argument(const struct option_row *row);

/* The names that it offers, with this between them. */
struct option_words option__choices(const struct option_row *row, const char *between);

/* "-p, --pid PID" */
void option__head(const struct option_row *row, char *text, size_t capacity);

/* Its help, with the words to choose from and what holds without the option. */
void option__phrase(const struct option_row *row, char *text, size_t capacity);

/* The rows that a command has, a paragraph each, in lines of up to 80 columns. */
void option__print(FILE *out, const struct option_table *table, const struct option_taker *taker);

/* Text in lines of up to 80 columns; and "  left  text text", with lines from `indent` on. */
void option__print_text(FILE *out, const char *text);
void option__print_row(FILE *out, const char *left, int indent, const char *text);

#endif
