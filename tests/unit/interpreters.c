/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that run Python, and their chains of frames: here a made-up one in this process. */
#include "callstack/interpreters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "make_python.h"
#include "unit.h"

#define CHILD (1U << 22) /* more than the kernel gives */

static struct interpreters *interpreters;
static struct python_image *image;
static struct python_object object;
static char path[] = "/tmp/python-made-XXXXXX";

/* What the kernel's side was told last. */
static size_t taught;
static __u64 taught_space;
static struct python_layout taught_layout;

static void teach(void *context, __u64 space, const struct python_layout *layout)
{
	cr_expect_eq(context, &taught);
	taught++;
	taught_space = space;
	taught_layout = *layout;
}

static void begin_with(size_t bytes)
{
	const struct interpreters_config config = { teach, &taught, bytes };

	interpreters = interpreters__new(&config);
	cr_assert_not_null(interpreters);
}

/* A file that looks like an interpreter is mapped here. */
static void begin(void)
{
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(ftruncate(fd, sizeof(*image)), 0);
	image = mmap(NULL, sizeof(*image), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	cr_assert_neq(image, MAP_FAILED);
	close(fd);
	python_image__make(image, 0x30b02f0, NULL);
	python_object__make(&object);
	begin_with(1 << 20);
}

static void end(void)
{
	interpreters__free(interpreters);
	unlink(path);
}

TestSuite(interpreters, .init = begin, .fini = end);

static __u32 own(void)
{
	return (__u32)getpid();
}

/* A function, a call that has none, and one that is not there. */
static void take(__u64 id, __u32 tgid)
{
	struct python_chain chain = {
		.id = id,
		.tgid = tgid,
		.end = PYTHON_WHOLE,
		.count = 3,
		.frames = { { (__u64)&object, python_names(object.words, 4), 0, 0 },
			    { 0, 0, 0, PYTHON_ENTRY },
			    { 16, 1, 0, PYTHON_ENTRY } },
	};

	SAME(interpreters__take(interpreters, &chain), 0);
}

static void know(void)
{
	interpreters__map(interpreters, own(), path);
	interpreters__see(interpreters, own(), 77);
}

Test(interpreters, are_told_of_once_in_each_address_space)
{
	interpreters__map(interpreters, own(), "/usr/bin/perl");
	interpreters__see(interpreters, own(), 77);
	SAME(taught, 0);
	interpreters__map(interpreters, own(), path);
	SAME(taught, 0); /* none of its stacks was seen */
	interpreters__see(interpreters, own(), 0);
	SAME(taught, 0);
	interpreters__see(interpreters, own(), 77);
	SAME(taught, 1);
	SAME(taught_space, 77);
	SAME(taught_layout.interp, PYTHON_INTERP);
	interpreters__see(interpreters, own(), 77);
	interpreters__map(interpreters, own(), path); /* it is known */
	interpreters__see(interpreters, own(), 77);
	SAME(taught, 1);
	interpreters__see(interpreters, own(), 78);
	SAME(taught, 2);
	SAME(taught_space, 78);
	interpreters__see(interpreters, own() + 1, 79);
	SAME(taught, 2);
}

Test(interpreters, chain_of_a_stack)
{
	const struct interpreter_chain *chain;

	know();
	take(5, own());
	chain = interpreters__chain(interpreters, 5);
	cr_assert_not_null(chain);
	SAME(chain->eval_start, (__u64)image + PYTHON_EVAL);
	SAME(chain->eval_end, (__u64)image + PYTHON_EVAL + PYTHON_EVAL_SIZE);
	SAME(chain->end, PYTHON_WHOLE);
	SAME(chain->count, 3);
	SAME(chain->frames[0].code->error, 0);
	SAME_TEXT(chain->frames[0].code->code.name, PYTHON_CODE_NAME);
	SAME_TEXT(chain->frames[0].code->code.path, "a.py");
	SAME(chain->frames[0].line, 202);
	cr_expect_not(chain->frames[0].entry);
	cr_expect_null(chain->frames[1].code);
	SAME(chain->frames[1].line, 0);
	cr_expect(chain->frames[1].entry);
	SAME(chain->frames[2].code->error, -ESRCH);
	cr_expect_null(interpreters__chain(interpreters, 6));
	interpreters__drop(interpreters, 5);
	cr_expect_null(interpreters__chain(interpreters, 5));
}

/* What was read once is known from then on, also when something else lies there. */
Test(interpreters, functions_that_are_gone)
{
	__u64 names = python_names(object.words, 4);
	struct python_chain chain = {
		.id = 7, .tgid = own(), .count = 1, .frames = { { (__u64)&object, names, 2, 0 } }
	};

	know();
	take(5, own());
	object.words[2] = 0;
	SAME(interpreters__take(interpreters, &chain), 0);
	SAME_TEXT(interpreters__chain(interpreters, 7)->frames[0].code->code.name,
		  PYTHON_CODE_NAME);
	SAME(interpreters__chain(interpreters, 7)->frames[0].line, 102);
	chain.frames[0].names = python_names(object.words, 4) + 1;
	SAME(interpreters__take(interpreters, &chain), 0);
	SAME(interpreters__chain(interpreters, 7)->frames[0].code->error, -ESTALE);
	chain.frames[0].names = 0; /* they could not be read */
	SAME(interpreters__take(interpreters, &chain), 0);
	SAME(interpreters__chain(interpreters, 7)->frames[0].code->error, -EINVAL);
}

Test(interpreters, chains_wait_until_their_process_is_known)
{
	take(5, own());
	take(6, own());
	SAME(interpreters__settle(interpreters), 0);
	cr_expect_null(interpreters__chain(interpreters, 5));
	interpreters__drop(interpreters, 6);
	know();
	cr_expect_null(interpreters__chain(interpreters, 5));
	SAME(interpreters__settle(interpreters), 0);
	cr_expect_not_null(interpreters__chain(interpreters, 5));
	cr_expect_null(interpreters__chain(interpreters, 6), "it was dropped");
	interpreters__exec(interpreters, own());
	take(8, own());
	cr_expect_null(interpreters__chain(interpreters, 8));
}

/* A child has what its parent has; its memory is its own. */
Test(interpreters, child_of_one_that_is_known)
{
	know();
	interpreters__fork(interpreters, CHILD, own());
	interpreters__see(interpreters, CHILD, 99);
	SAME(taught, 2);
	SAME(taught_space, 99);
	take(5, CHILD);
	SAME(interpreters__chain(interpreters, 5)->frames[0].code->error, -ENOENT);
	interpreters__fork(interpreters, CHILD, own() + 1); /* of one that is no Python */
	interpreters__see(interpreters, CHILD, 100);
	SAME(taught, 2);
}

Test(interpreters, version_that_is_not_known)
{
	const char *version;

	SAME(interpreters__unknown(interpreters, &version), 0);
	python_image__make(image, 0x3630000, NULL);
	know();
	interpreters__see(interpreters, own(), 78);
	SAME(taught, 0);
	SAME(interpreters__unknown(interpreters, &version), 1);
	SAME_TEXT(version, "3.99.0");
	take(5, own());
	cr_expect_null(interpreters__chain(interpreters, 5));
	SAME(interpreters__closed(interpreters), 0);
}

/* It is looked for again after a while, in which its interpreter may have begun. */
Test(interpreters, one_that_has_not_begun)
{
	int i;

	image->runtime[6] = 0;
	know();
	SAME(taught, 0);
	image->runtime[6] = PYTHON_INTERP;
	interpreters__see(interpreters, own(), 77);
	for (i = 0; i < 500 && !taught; i++) {
		usleep(10000);
		interpreters__poll(interpreters);
	}
	SAME(taught, 1);
	SAME(taught_space, 77);
}

/* Beyond what they may take, all that there was is dropped. */
Test(interpreters, room_is_limited)
{
	interpreters__free(interpreters);
	begin_with(100);
	know();
	take(5, own());
	cr_expect_not_null(interpreters__chain(interpreters, 5));
	take(6, own());
	cr_expect_null(interpreters__chain(interpreters, 5));
	cr_expect_not_null(interpreters__chain(interpreters, 6));
}
