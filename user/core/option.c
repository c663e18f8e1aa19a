/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/option.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "core/glob.h"
#include "core/parse.h"

/* The value of a long option for getopt_long(): its row, beyond all letters. */
#define LONG 256

/* ---- which ---- */

static bool names__have(const char *names, const char *name)
{
	size_t length = strlen(name);
	const char *at = names;

	while (length && at && (at = strstr(at, name))) {
		if ((at == names || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
		at += length;
	}
	return false;
}

bool option__is_of(const struct option_row *row, const struct option_taker *taker)
{
	return row->groups == OPTION_OF_ALL || row->groups & taker->groups ||
	       names__have(row->of, taker->command);
}

/* ---- values ---- */

int option__bad_value(struct failure *failure, const char *name, const char *value, const char *why,
		      const char *hint)
{
	return failure__set(failure, -EINVAL, why, hint, "bad value \"%s\" for --%s", value, name);
}

static int set_flag(const struct option_row *row, void *place, const char *value,
		    struct failure *failure)
{
	(void)row;
	(void)value;
	(void)failure;
	*(bool *)place = true;
	return 0;
}

static int set_duration(const struct option_row *row, void *place, const char *value,
			struct failure *failure)
{
	__u64 ns;

	if (parse__duration(value, &ns))
		return option__bad_value(failure, row->name, value,
					 "it is not a length of time above 0",
					 "write 10, 0.5, 500ms, 2m or 1h");
	if (ns < row->least || (row->most && ns > row->most))
		return option__bad_value(failure, row->name, value,
					 ns < row->least ? "it is too short" : "it is too long",
					 row->bounds);
	*(__u64 *)place = ns;
	return 0;
}

/* In MiB, unless M or G follows. */
static int parse_mebibytes(const char *value, __u64 most, __u64 *ret_mebibytes)
{
	size_t length = strlen(value);
	char unit = length ? value[length - 1] : 0, digits[32];

	if (unit != 'M' && unit != 'G')
		return parse__number(value, most, ret_mebibytes);
	if (length > sizeof(digits))
		return -EINVAL;
	memcpy(digits, value, length - 1);
	digits[length - 1] = 0;
	if (parse__number(digits, unit == 'G' ? most >> 10 : most, ret_mebibytes))
		return -EINVAL;
	*ret_mebibytes <<= unit == 'G' ? 10 : 0;
	return 0;
}

static int set_number(const struct option_row *row, void *place, const char *value,
		      struct failure *failure)
{
	bool mebibytes = row->type == OPTION_MEBIBYTES;
	__u64 most = row->most ? row->most : ~0ULL >> 20, number;
	char why[80], hint[80];

	if ((mebibytes ? parse_mebibytes : parse__number)(value, most, &number) ||
	    number < row->least) {
		snprintf(why, sizeof(why), "it is not a number%s from %llu to %llu",
			 mebibytes ? " of MiB" : "", (unsigned long long)row->least,
			 (unsigned long long)most);
		if (row->count_of)
			snprintf(hint, sizeof(hint), "write how many %s", row->count_of);
		else
			snprintf(hint, sizeof(hint), "write %s",
				 row->otherwise ? row->otherwise : "a whole number");
		return option__bad_value(failure, row->name, value, why, hint);
	}
	*(__u64 *)place = mebibytes ? number << 20 : number;
	return 0;
}

static int set_ids(const struct option_row *row, void *place, const char *value,
		   struct failure *failure)
{
	struct id_list *list = place, read = { 0 };

	if (parse__ids(value, &read.ids, &read.count))
		return option__bad_value(failure, row->name, value,
					 "it is not a list of numbers from 1 to 4194304",
					 "write 123 or 123,456");
	free(list->ids);
	*list = read;
	return 0;
}

static int set_glob(const struct option_row *row, void *place, const char *value,
		    struct failure *failure)
{
	if (glob__compile(value, place))
		return option__bad_value(failure, row->name, value,
					 *value ? "the pattern is unfinished or too long" :
						  "it is empty",
					 "write a name, with * ? and [a-z] for what may vary");
	return 0;
}

static int set_choice(const struct option_row *row, void *place, const char *value,
		      struct failure *failure)
{
	const struct option_choices *choices = row->choices;
	char hint[256];
	const char *name;
	size_t i;

	for (i = 0; (name = choices->name(i)); i++) {
		const void *chosen = choices->value(i);

		if (!strcmp(name, value)) {
			memcpy(place, &chosen, sizeof(chosen));
			return 0;
		}
	}
	snprintf(hint, sizeof(hint), "choose one of %s", option__choices(row, ", ").text);
	return option__bad_value(failure, row->name, value,
				 row->why ? row->why : "there is no such choice", hint);
}

static int set_text(const struct option_row *row, void *place, const char *value,
		    struct failure *failure)
{
	const char *hint = row->remedy;

	if (!*value)
		return option__bad_value(failure, row->name, value, "it is empty",
					 hint ? hint : "give it a value");
	if (row->most && strlen(value) > row->most)
		return option__bad_value(failure, row->name, "...", "it is too long", hint);
	memcpy(place, &value, sizeof(value));
	return 0;
}

static int row__set(const struct option_row *row, void *options, const char *value,
		    struct failure *failure)
{
	static int (*const setters[])(const struct option_row *row, void *place, const char *value,
				      struct failure *failure) = {
		[OPTION_FLAG] = set_flag,     [OPTION_DURATION] = set_duration,
		[OPTION_COUNT] = set_number,  [OPTION_MEBIBYTES] = set_number,
		[OPTION_IDS] = set_ids,	      [OPTION_GLOB] = set_glob,
		[OPTION_CHOICE] = set_choice, [OPTION_TEXT] = set_text,
		[OPTION_PATH] = set_text,     [OPTION_DIRECTORY] = set_text,
		[OPTION_SHELL] = set_text,
	};

	if ((size_t)row->type >= sizeof(setters) / sizeof(*setters))
		return -EINVAL; /* a program is no option */
	return setters[row->type](row, (char *)options + row->place, value, failure);
}

/* ---- the command line ---- */

static int complain(int argc, char **argv, int what, struct failure *failure)
{
	char name[128];

	if (optopt && optopt < LONG)
		snprintf(name, sizeof(name), "-%c", optopt);
	else
		snprintf(name, sizeof(name), "%.120s",
			 optind > 0 && optind <= argc ? argv[optind - 1] : "");
	if (what == ':')
		return failure__set(failure, -EINVAL, "a value must follow it",
				    "tasktoll COMMAND --help says which", "bad option %s", name);
	if (optopt >= LONG)
		return failure__set(failure, -EINVAL, "it takes no value",
				    "write it without =", "bad option %s", name);
	return failure__set(failure, -EINVAL, "there is no such option here",
			    "tasktoll COMMAND --help lists them", "bad option %s", name);
}

/* The tables that getopt_long() wants, and what it has found. */
struct getopt_tables {
	struct option *longs;
	char *letters;
	bool *given; /* by row */
};

static int getopt_tables__make(struct getopt_tables *tables, const struct option_table *table,
			       const struct option_taker *taker)
{
	struct option *option;
	char *letter;
	size_t i;

	tables->longs = option = calloc(table->count + 1, sizeof(*tables->longs));
	tables->letters = letter = calloc(2, table->count + 2);
	tables->given = calloc(table->count + 1, sizeof(*tables->given));
	if (!option || !letter || !tables->given)
		return -ENOMEM;
	if (!taker->operands)
		*letter++ = '+';
	*letter++ = ':';
	for (i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];

		if (row->type == OPTION_PROGRAM || !option__is_of(row, taker))
			continue;
		option->name = row->name;
		option->has_arg = row->type == OPTION_FLAG ? no_argument : required_argument;
		option++->val = (int)i + LONG;
		if (!row->letter)
			continue;
		*letter++ = row->letter;
		if (row->type != OPTION_FLAG)
			*letter++ = ':';
	}
	return 0;
}

static void getopt_tables__free(struct getopt_tables *tables)
{
	free(tables->longs);
	free(tables->letters);
	free(tables->given);
}

static const struct option_row *table__find(const struct option_table *table,
					    const struct option_taker *taker, int c)
{
	size_t i;

	if (c >= LONG)
		return &table->rows[c - LONG];
	for (i = 0; i < table->count; i++) {
		if (table->rows[i].letter == c && option__is_of(&table->rows[i], taker))
			return &table->rows[i];
	}
	return NULL;
}

/* Also of options that the command has not: what it does may need the values. */
static int table__set_defaults(const struct option_table *table, void *options,
			       struct failure *failure)
{
	size_t i;
	int err = 0;

	for (i = 0; i < table->count && !err; i++) {
		const struct option_row *row = &table->rows[i];

		if (row->otherwise)
			err = row__set(row, options, row->otherwise, failure);
	}
	return err;
}

static int table__apply(const struct option_table *table, const struct option_taker *taker,
			const struct getopt_tables *tables, void *options, int argc, char **argv,
			struct failure *failure)
{
	int c, err = 0;

	opterr = 0;
	optind = 0; /* begin anew, also within an argument */
	while (!err && (c = getopt_long(argc, argv, tables->letters, tables->longs, NULL)) != -1) {
		const struct option_row *row = NULL;

		if (c == '?' || c == ':')
			return complain(argc, argv, c, failure);
		row = table__find(table, taker, c);
		err = row__set(row, options, optarg, failure);
		if (!err && row->then)
			err = row->then(options, optarg, failure);
		tables->given[row - table->rows] = true;
	}
	return err;
}

static bool is_given(const struct option_table *table, const struct getopt_tables *tables,
		     const char *name)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		if (tables->given[i] && !strcmp(table->rows[i].name, name))
			return true;
	}
	return false;
}

static int table__check_needs(const struct option_table *table, const struct getopt_tables *tables,
			      struct failure *failure)
{
	char why[80];
	size_t i;

	for (i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];

		if (!tables->given[i] || !row->needs || is_given(table, tables, row->needs))
			continue;
		snprintf(why, sizeof(why), "it says nothing without --%s", row->needs);
		return failure__set(failure, -EINVAL, why, "give that, too, or leave it out",
				    "bad option --%s", row->name);
	}
	return 0;
}

int option__parse(const struct option_table *table, const struct option_taker *taker, void *options,
		  int argc, char **argv, int *ret_rest, struct failure *failure)
{
	struct getopt_tables tables = { 0 };
	int err = getopt_tables__make(&tables, table, taker);

	if (err)
		failure__set(failure, err, NULL, NULL, "cannot read the command line");
	if (!err)
		err = table__set_defaults(table, options, failure);
	if (!err)
		err = table__apply(table, taker, &tables, options, argc, argv, failure);
	if (!err)
		err = table__check_needs(table, &tables, failure);
	if (!err)
		*ret_rest = optind;
	getopt_tables__free(&tables);
	return err;
}

void option__free(const struct option_table *table, void *options)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		struct id_list *list = (void *)((char *)options + table->rows[i].place);

		if (table->rows[i].type != OPTION_IDS)
			continue;
		free(list->ids);
		*list = (struct id_list){ 0 };
	}
}
