/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures for people: three digits that matter, and a unit. */
#ifndef CORE_NUMBER_H
#define CORE_NUMBER_H

#include <linux/types.h>

struct number {
	char text[32];
};

struct number number__id(__u32 id);	  /* of a process or thread, see include/ids.h; "outside" */
struct number number__count(__u64 count); /* 1234567 -> "1,234,567" */
struct number number__short(double count);		     /* 1234567 -> "1.23M" */
struct number number__duration(__u64 ns);		     /* 1234 -> "1.23us" */
struct number number__duration_digits(__u64 ns, int digits); /* of them 2 or 3 are known */
struct number number__bytes(__u64 bytes);		     /* 1536 -> "1.50KiB" */
struct number number__share(double part, double whole);	     /* "12.3%"; "-" if whole is 0 */
/* The same as a bound: "at most 12.3%", "less than 0.1%"; with NULL for "at most ", "12.3%". */
struct number number__share_bound(double part, double whole, const char *at_most);

#endif
