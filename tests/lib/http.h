/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client that can also behave badly. */
#ifndef TESTS_LIB_HTTP_H
#define TESTS_LIB_HTTP_H

#include <stdint.h>

/* Where "http://127.0.0.1:PORT/" is in a line of text; 0: nowhere. */
int http__port(const char *line);

/* A connection, and what was sent of size bytes before it was closed; waits no longer than ten seconds. */
int http__connect(int port);
int http__connect_path(const char *path);
void http__send(int fd, const char *bytes, unsigned long size);

/* All that comes until it is closed, with a NUL behind it; to be freed.  Closes it. */
char *http__receive(int fd);

/* The whole answer to a request as it stands; to be freed. */
char *http__exchange(int port, const char *request);

/* The status of an answer; 0: it is none. */
int http__status(const char *answer);

/* What "/metrics" or another path says; the test fails if it is not 200.  To be freed. */
char *http__get(int port, const char *path);

/* The value behind this name with its labels, as it stands in a page of metrics; the test fails without. */
uint64_t http__metric(const char *page, const char *series);

/* The same of seconds, in ns. */
uint64_t http__metric_ns(const char *page, const char *series);

#endif
