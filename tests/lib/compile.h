/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small programs that a test compiles for itself, in the directory of tt__temp(). */
#ifndef TESTS_LIB_COMPILE_H
#define TESTS_LIB_COMPILE_H

/*
 * Compiles `source` to `name`, with a compiler and its options; the language goes by
 * what the compiler takes ".c" for, or ".cpp" where its name ends in "++".  Returns the
 * program's path, valid as that of tt__temp(); skips the test where there is no such
 * compiler, or it lacks what it needs.
 */
const char *compile(const char *name, const char *source, const char *const compiler[]);

/* Runs a command of the shell in that directory, which must succeed; skips without `tool`. */
void compile__shell(const char *tool, const char *command);

#endif
