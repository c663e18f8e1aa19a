/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "callstack/python/program.h"

#define TEXT_MAX  4096	/* characters of a name or path */
#define LINES_MAX 65536 /* bytes of a line table */

#define STR_LENGTH    16	     /* PyASCIIObject.length, and */
#define STR_STATE     32	     /* its bits */
#define STATE_KIND(s) ((s) >> 2 & 7) /* bytes of a character */
#define STATE_COMPACT (1U << 5)
#define STATE_ASCII   (1U << 6)
#define BYTES_LENGTH  16 /* PyBytesObject.ob_size, */
#define BYTES_TEXT    32 /* ob_sval */

/* ---- texts ---- */

/* A character as UTF-8; what is no character becomes U+FFFD. */
static size_t point__encode(char *to, __u32 point)
{
	if (!point || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		point = 0xfffd;
	if (point < 0x80) {
		to[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		to[0] = (char)(0xc0 | point >> 6);
		to[1] = (char)(0x80 | (point & 63));
		return 2;
	}
	if (point < 0x10000) {
		to[0] = (char)(0xe0 | point >> 12);
		to[1] = (char)(0x80 | (point >> 6 & 63));
		to[2] = (char)(0x80 | (point & 63));
		return 3;
	}
	to[0] = (char)(0xf0 | point >> 18);
	to[1] = (char)(0x80 | (point >> 12 & 63));
	to[2] = (char)(0x80 | (point >> 6 & 63));
	to[3] = (char)(0x80 | (point & 63));
	return 4;
}

static __u32 text__point(const unsigned char *bytes, size_t i, unsigned int kind)
{
	__u16 two;
	__u32 four;

	if (kind == 1)
		return bytes[i];
	if (kind == 2) {
		memcpy(&two, bytes + 2 * i, 2);
		return two;
	}
	memcpy(&four, bytes + 4 * i, 4);
	return four;
}

/* Valid UTF-8. */
static char *text__convert(const unsigned char *bytes, size_t length, unsigned int kind)
{
	char *text = malloc(4 * length + 1);
	size_t n = 0, i;

	for (i = 0; text && i < length; i++)
		n += point__encode(text + n, text__point(bytes, i, kind));
	if (text)
		text[n] = 0;
	return text;
}

/* The text of a str.  Returns 0, -EINVAL: it is none, or -ENOMEM. */
static int str__read(char **ret_text, const struct memory *memory,
		     const struct python_program *program, __u64 at)
{
	unsigned char *bytes;
	unsigned int kind;
	__u64 length;
	__u32 state;
	int err = 0;

	if (!memory__read(memory, at + STR_LENGTH, &length, sizeof(length)) ||
	    !memory__read(memory, at + STR_STATE, &state, sizeof(state)))
		return -EINVAL;
	kind = STATE_KIND(state);
	if (!(state & STATE_COMPACT) || length > TEXT_MAX ||
	    (kind != 1 && kind != 2 && kind != 4) || (state & STATE_ASCII && kind != 1))
		return -EINVAL;
	at += state & STATE_ASCII ? program->ascii : program->compact;
	bytes = malloc(length * kind + 1);
	if (!bytes)
		return -ENOMEM;
	if (!memory__read(memory, at, bytes, length * kind))
		err = -EINVAL;
	if (!err) {
		*ret_text = text__convert(bytes, length, kind);
		err = *ret_text ? 0 : -ENOMEM;
	}
	free(bytes);
	return err;
}

/* ---- a code object ---- */

static bool code__names(__u64 words[PYTHON_NAMES], const struct memory *memory,
			const struct python_program *program, __u64 at)
{
	return memory__read(memory, at + program->layout.names_at, words,
			    PYTHON_NAMES * sizeof(words[0]));
}

static int code__read_lines(struct python_code *code, const struct memory *memory, __u64 at)
{
	__u64 length;

	if (!memory__read(memory, at + BYTES_LENGTH, &length, sizeof(length)) || length > LINES_MAX)
		return -EINVAL;
	code->lines = malloc(length + 1);
	if (!code->lines)
		return -ENOMEM;
	code->lines_size = (__u32)length;
	return memory__read(memory, at + BYTES_TEXT, code->lines, length) ? 0 : -EINVAL;
}

void python_code__free(struct python_code *code)
{
	free(code->name);
	free(code->path);
	free(code->lines);
	memset(code, 0, sizeof(*code));
}

int python_code__read(struct python_code *ret_code, const struct memory *memory,
		      const struct python_program *program, __u64 at, __u64 names)
{
	__u64 words[PYTHON_NAMES], again[PYTHON_NAMES];
	struct python_code code = { 0 };
	__u32 last = program->layout.names - 1U;
	int err;

	if (!code__names(words, memory, program, at))
		return -ESRCH;
	if (python_names(words, program->layout.names) != names)
		return -ESTALE;
	err = memory__read(memory, at + program->first_line, &code.first_line,
			   sizeof(code.first_line)) ?
		      0 :
		      -EINVAL;
	if (!err)
		err = str__read(&code.path, memory, program, words[0]);
	if (!err)
		err = str__read(&code.name, memory, program, words[program->qualname ? 2 : 1]);
	if (!err)
		err = code__read_lines(&code, memory, words[last]);
	/* while we read, it was that one all along */
	if (!err && (!code__names(again, memory, program, at) ||
		     python_names(again, program->layout.names) != names))
		err = -ESTALE;
	if (err)
		python_code__free(&code);
	else
		*ret_code = code;
	return err;
}

__u32 python_code__line(const struct python_code *code, const struct python_program *program,
			__s32 at)
{
	const struct line_table table = { .format = program->lines,
					  .first_line = code->first_line,
					  .bytes = code->lines,
					  .size = code->lines_size };

	return line_table__find(&table, (__s64)at * program->unit);
}
