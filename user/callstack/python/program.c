/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/python/program.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callstack/python/loaded_elf.h"

#define MAPS_MAX	 65536 /* lines of /proc/PID/maps that are read */
#define INTERPRETERS_MAX 64
#define FREE_THREADED	 1
#define OFFSET_MAX	 32768

/* ---- what a version has where ---- */

struct version {
	unsigned int minor, main, threads, id, frame, cframe, in_cframe, bytes, code, previous, at,
		entry, entries, filename, names, first_line, start, unit, lines, ascii, compact;
};

static const struct version versions[] = {
#define PYTHON(minor, main, threads, id, frame, cframe, in_cframe, bytes, code, previous, at,      \
	       entry, entries, filename, names, first_line, start, unit, lines, ascii, compact)    \
	{ minor,                                                                                   \
	  main,                                                                                    \
	  threads,                                                                                 \
	  id,                                                                                      \
	  frame,                                                                                   \
	  cframe,                                                                                  \
	  in_cframe,                                                                               \
	  bytes,                                                                                   \
	  code,                                                                                    \
	  previous,                                                                                \
	  at,                                                                                      \
	  entry,                                                                                   \
	  PYTHON_ENTRY_##entries,                                                                  \
	  filename,                                                                                \
	  names,                                                                                   \
	  first_line,                                                                              \
	  start,                                                                                   \
	  unit,                                                                                    \
	  LINES_##lines,                                                                           \
	  ascii,                                                                                   \
	  compact },
#include "callstack/python/versions.def"
};

static const struct version *version__find(unsigned int minor)
{
	size_t i;

	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (versions[i].minor == minor)
			return &versions[i];
	}
	return NULL;
}

/* ---- what a build says of itself: words of _Py_DebugOffsets, 3.13 ---- */

enum offset {
	OFFSET_COOKIE,
	OFFSET_VERSION,
	OFFSET_FREE_THREADED,
	OFFSET_INTERPRETERS = 5,
	OFFSET_NEXT = 8,
	OFFSET_THREADS,
	OFFSET_THREAD_PREV = 20,
	OFFSET_THREAD_NEXT,
	OFFSET_THREAD_INTERP,
	OFFSET_THREAD_FRAME,
	OFFSET_THREAD_ID,
	OFFSET_FRAME_PREVIOUS = 29,
	OFFSET_FRAME_CODE,
	OFFSET_FRAME_AT,
	OFFSET_FRAME_OWNER = 33,
	OFFSET_CODE_FILENAME = 35,
	OFFSET_CODE_NAME,
	OFFSET_CODE_QUALNAME,
	OFFSET_CODE_LINES,
	OFFSET_CODE_FIRST_LINE,
	OFFSET_CODE_START = 43,
	OFFSET_BYTES_TEXT = 66,
	OFFSET_STR_STATE = 68,
	OFFSET_STR_LENGTH,
	OFFSET_STR_SIZE,
	OFFSETS
};

/* False: this build is not one that is known. */
static bool version__take_offsets(struct version *version, const __u64 *offsets)
{
	int i;

	if (memcmp(offsets, "xdebugpy", 8) || offsets[OFFSET_FREE_THREADED])
		return false;
	for (i = OFFSET_INTERPRETERS; i < OFFSETS; i++) {
		if (offsets[i] > INT32_MAX)
			return false;
	}
	if (offsets[OFFSET_THREAD_PREV] || offsets[OFFSET_THREAD_NEXT] != 8 ||
	    offsets[OFFSET_THREAD_INTERP] != 16 || offsets[OFFSET_BYTES_TEXT] != 32 ||
	    offsets[OFFSET_STR_LENGTH] != 16 || offsets[OFFSET_STR_STATE] != 32 ||
	    offsets[OFFSET_CODE_NAME] != offsets[OFFSET_CODE_FILENAME] + 8 ||
	    offsets[OFFSET_CODE_QUALNAME] != offsets[OFFSET_CODE_FILENAME] + 16 ||
	    offsets[OFFSET_CODE_LINES] != offsets[OFFSET_CODE_FILENAME] + 24)
		return false;
	version->main = (unsigned int)offsets[OFFSET_INTERPRETERS] + 8; /* head, main, next_id */
	version->threads = (unsigned int)offsets[OFFSET_THREADS];
	version->id = (unsigned int)offsets[OFFSET_THREAD_ID];
	version->frame = (unsigned int)offsets[OFFSET_THREAD_FRAME];
	version->previous = (unsigned int)offsets[OFFSET_FRAME_PREVIOUS];
	version->code = (unsigned int)offsets[OFFSET_FRAME_CODE];
	version->at = (unsigned int)offsets[OFFSET_FRAME_AT];
	version->entry = (unsigned int)offsets[OFFSET_FRAME_OWNER];
	version->filename = (unsigned int)offsets[OFFSET_CODE_FILENAME];
	version->first_line = (unsigned int)offsets[OFFSET_CODE_FIRST_LINE];
	version->start = (unsigned int)offsets[OFFSET_CODE_START];
	version->ascii = (unsigned int)offsets[OFFSET_STR_SIZE];
	version->compact = version->ascii + 16;
	return true;
}

static bool version__is_sound(const struct version *version)
{
	return version->bytes <= PYTHON_FRAME_BYTES && version->code <= version->bytes - 8 &&
	       version->previous <= version->bytes - 8 && version->at <= version->bytes - 8 &&
	       version->entry < version->bytes && !(version->code & 7) &&
	       !(version->previous & 7) && !(version->at & 7) && version->threads <= OFFSET_MAX &&
	       version->id <= OFFSET_MAX && version->frame <= OFFSET_MAX &&
	       version->filename <= OFFSET_MAX && version->first_line <= OFFSET_MAX &&
	       version->start <= OFFSET_MAX && version->ascii <= 256;
}

static void version__fill(const struct version *version, struct python_program *program)
{
	program->layout = (struct python_layout){ .thread_id = (__u16)version->id,
						  .thread_frame = (__u16)version->frame,
						  .cframe = (__u16)version->cframe,
						  .cframe_frame = (__u16)version->in_cframe,
						  .frame_bytes = (__u16)version->bytes,
						  .frame_code = (__u16)version->code,
						  .frame_previous = (__u16)version->previous,
						  .frame_at = (__u16)version->at,
						  .frame_entry = (__u16)version->entry,
						  .entries = (__u16)version->entries,
						  .names_at = (__u16)version->filename,
						  .names = (__u16)version->names,
						  .code_start = (__u16)version->start };
	program->first_line = (__u16)version->first_line;
	program->unit = (__u16)version->unit;
	program->ascii = (__u16)version->ascii;
	program->compact = (__u16)version->compact;
	program->qualname = version->names == PYTHON_NAMES;
	program->lines = (enum line_format)version->lines;
}

/* ---- which version ---- */

/*
 * From 3.11 a program says it; before, what it has and its predecessor has not.  Returns the
 * minor version, 0: none that is known.
 */
static unsigned int elf__version(const struct loaded_elf *elf, struct python_program *program)
{
	__u64 at, number;

	if (loaded_elf__find(elf, "Py_Version", &at, NULL) &&
	    memory__read(elf->memory, at, &number, sizeof(number))) {
		snprintf(program->version, sizeof(program->version), "%u.%u.%u",
			 (unsigned int)(number >> 24 & 255), (unsigned int)(number >> 16 & 255),
			 (unsigned int)(number >> 8 & 255));
		return (number >> 24 & 255) == 3 ? (unsigned int)(number >> 16 & 255) : 0;
	}
	if (loaded_elf__find(elf, "PyModule_AddObjectRef", &at, NULL)) {
		strcpy(program->version, "3.10");
		return 10;
	}
	if (loaded_elf__find(elf, "PyThreadState_GetFrame", &at, NULL)) {
		strcpy(program->version, "3.9");
		return 9;
	}
	strcpy(program->version, "before 3.9");
	return 0;
}

enum python_found python_program__at(struct python_program *ret_program,
				     const struct memory *memory, __u64 base)
{
	struct python_program program = { 0 };
	const struct version *known;
	__u64 runtime, size, offsets[OFFSETS];
	struct version version;
	struct loaded_elf elf;

	if (!loaded_elf__open(&elf, memory, base) ||
	    !loaded_elf__find(&elf, "_PyEval_EvalFrameDefault", &program.eval_start, &size) ||
	    !loaded_elf__find(&elf, "_PyRuntime", &runtime, NULL))
		return PYTHON_ABSENT;
	program.eval_end = program.eval_start + size;
	known = version__find(elf__version(&elf, &program));
	memcpy(ret_program->version, program.version, sizeof(program.version));
	if (!known)
		return PYTHON_UNKNOWN;
	version = *known;
	if (version.minor >= 13 && (!memory__read(memory, runtime, offsets, sizeof(offsets)) ||
				    !version__take_offsets(&version, offsets)))
		return PYTHON_UNKNOWN;
	if (!version__is_sound(&version))
		return PYTHON_UNKNOWN;
	version__fill(&version, &program);
	if (!memory__read(memory, runtime + version.main, &program.layout.interp,
			  sizeof(program.layout.interp)) ||
	    !program.layout.interp)
		return PYTHON_TOO_EARLY;
	program.layout.threads_at = program.layout.interp + version.threads;
	*ret_program = program;
	return PYTHON_FOUND;
}

/* ---- which file ---- */

bool python__is_path(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && strstr(slash, "python");
}

enum python_found python_program__find(struct python_program *ret_program,
				       const struct memory *memory, pid_t pid)
{
	enum python_found best = PYTHON_ABSENT, found;
	size_t capacity = 0, lines = 0;
	char path[64], *line = NULL;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	while (maps && best != PYTHON_FOUND && lines++ < MAPS_MAX &&
	       getline(&line, &capacity, maps) > 0) {
		uint64_t start, offset;
		int name = 0;

		if (sscanf(line, "%" SCNx64 "-%*x %*s %" SCNx64 " %*s %*s %n", &start, &offset,
			   &name) < 2 ||
		    offset || !name || !python__is_path(line + name))
			continue;
		found = python_program__at(ret_program, memory, start);
		best = found > best ? found : best;
	}
	free(line);
	if (maps)
		fclose(maps);
	return best;
}
