/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test may want: a comparison that shows both figures, and repeatable chance. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <criterion/criterion.h>
#include <linux/types.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Goes on after a failure, so that one run shows all that is wrong. */
#define SAME(actual, expected)                                                                     \
	do {                                                                                       \
		__u64 actual__ = (__u64)(actual), expected__ = (__u64)(expected);                  \
                                                                                                   \
		cr_expect(actual__ == expected__, "%s is %llu, expected %llu", #actual, actual__,  \
			  expected__);                                                             \
	} while (0)

#define SAME_TEXT(actual, expected)                                                                \
	do {                                                                                       \
		const char *actual__ = (actual), *expected__ = (expected);                         \
                                                                                                   \
		cr_expect_str_eq(actual__, expected__, "%s is \"%s\", expected \"%s\"", #actual,   \
				 actual__, expected__);                                            \
	} while (0)

/* The same numbers in every run: a failure can be repeated. */
struct chance {
	__u64 state; /* not 0 */
};

static inline __u64 chance__next(struct chance *chance)
{
	chance->state ^= chance->state << 13;
	chance->state ^= chance->state >> 7;
	chance->state ^= chance->state << 17;
	return chance->state;
}

static inline __u64 chance__below(struct chance *chance, __u64 limit)
{
	return chance__next(chance) % limit;
}

/* Every order of magnitude up to 2^bits is equally likely. */
static inline __u64 chance__spread(struct chance *chance, unsigned int bits)
{
	return chance__next(chance) >> (63 - chance__below(chance, bits));
}

#endif
