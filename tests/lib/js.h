/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short ways into a parsed JSON document.  What is not there fails the test, by its path. */
#ifndef TESTS_LIB_JS_H
#define TESTS_LIB_JS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of strictly valid UTF-8 text; of its nth line; of a file. */
json_t *js__parse(const char *text);
json_t *js__parse_file(const char *path);

/* Every line of NDJSON, as an array. */
json_t *js__parse_lines(const char *text);

/* "system.in.thread": by names of members with dots between them.  NULL if it is not there. */
json_t *js__find(json_t *root, const char *path);

json_t *js__at(json_t *root, const char *path);
uint64_t js__u64(json_t *root, const char *path);
const char *js__str(json_t *root, const char *path);
bool js__bool(json_t *root, const char *path);
pid_t js__pid(json_t *root, const char *path);

/* How many objects of an array have this number under this name, and the first of them. */
size_t js__count(json_t *array, const char *name, uint64_t number);
json_t *js__one(json_t *array, const char *name, uint64_t number);

/* The sum of a member over the objects of an array. */
uint64_t js__sum(json_t *array, const char *path);

#endif
