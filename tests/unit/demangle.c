/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/demangle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void check(const char *symbol, const char *expected)
{
	char name[NAME_BYTES];
	size_t length = demangle(symbol, name);

	SAME_TEXT(name, expected);
	SAME(length, strlen(expected));
}

Test(demangle, names_of_c_are_left_alone)
{
	check("nanosleep", "nanosleep");
	check("__libc_start_main", "__libc_start_main");
	check("_start", "_start");
	check("f", "f");
	check("main.(*T).method", "main.(*T).method");
	check("", "");
}

Test(demangle, cplusplus)
{
	check("_Z3addii", "add(int, int)");
	check("_ZN5outer5inner6methodEPKc", "outer::inner::method(char const*)");
	check("_ZNSt6vectorIiSaIiEE9push_backERKi",
	      "std::vector<int, std::allocator<int> >::push_back(int const&)");
	check("_ZNSt6vectorIiSaIiEE9push_backERKi@@GLIBCXX_3.4",
	      "std::vector<int, std::allocator<int> >::push_back(int const&)");
	check("_Z3addii.part.0", "add(int, int) [clone .part.0]");
}

/* One function, whatever the compiler knew of those that call it. */
Test(demangle, copies_have_the_name_of_their_function)
{
	check("rest.constprop.0", "rest");
	check("rest.isra.12", "rest");
	check("rest.constprop.0.isra.0", "rest");
	check("rest.lto_priv.3", "rest");
	check("rest.llvm.17309462913206847137", "rest");
	check("rest.part.0.isra.0", "rest.part.0");
	check("rest.isra.0@@V_1", "rest");
	check("_Z3addii.isra.0", "add(int, int)");
	check("_RNvC6_123foo3bar.llvm.1730", "123foo::bar");
}

Test(demangle, what_is_no_copy_keeps_its_name)
{
	check("rest.part.0", "rest.part.0");
	check("rest.cold", "rest.cold");
	check("rest.isra.0.cold", "rest.isra.0.cold");
	check("rest.isra.", "rest.isra.");
	check("rest.isra.x", "rest.isra.x");
	check("rest.isra0", "rest.isra0");
	check("rest.7", "rest.7");
	check(".isra.0", ".isra.0");
	check("0", "0");
}

Test(demangle, rust)
{
	check("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt");
	check("_RNvC6_123foo3bar", "123foo::bar");
	/* methods */
	check("_RNvMCs6GmmlP4bgsG_1rNtB2_5Store5fetch", "r::Store::fetch");
	check("_RNCNvMCs6GmmlP4bgsG_1rNtB4_5Store5fetch0B4_", "r::Store::fetch::{closure#0}");
	check("_RNvMC1rINtB2_5StorehE5fetch", "<r::Store<u8>>::fetch");
	check("_RNvXC1rNtB2_5StoreNtB2_5Trait5fetch", "<r::Store as r::Trait>::fetch");
	check("_RINvC1r3newNvMB2_NtB2_5Store5fetchE", "r::new::<r::Store::fetch>");
	check("_RINvC1r3newNtB2_5StoreE", "r::new::<r::Store>");
}

Test(demangle, what_only_looks_mangled)
{
	check("_Z", "_Z");
	check("_Zzzzz", "_Zzzzz");
	check("_R", "_R");
}

Test(demangle, versions_are_dropped)
{
	check("memcpy@@GLIBC_2.14", "memcpy");
	check("memcpy@GLIBC_2.2.5", "memcpy");
	check("@odd", "@odd");
}

Test(demangle, long_name_says_that_it_is_cut)
{
	char *symbol = malloc(100001), name[NAME_BYTES];

	memset(symbol, 'x', 100000);
	symbol[100000] = 0;
	SAME(demangle(symbol, name), NAME_BYTES - 1);
	SAME_TEXT(name + NAME_BYTES - 6, "xx...");
	symbol[NAME_BYTES - 1] = 0;
	SAME(demangle(symbol, name), NAME_BYTES - 1);
	SAME_TEXT(name + NAME_BYTES - 6, "xxxxx");
	free(symbol);
}

/* 310 bytes that stand for a text with 2^30 parts. */
static const char *bomb(void)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static char symbol[512];
	char *at = stpcpy(symbol, "_Z1f1AIiiE");
	int i;

	for (i = 0; i < 30; i++)
		at += sprintf(at, "S_IS%c_S%c_E", digits[i], digits[i]);
	return symbol;
}

Test(demangle, text_without_end_leaves_the_name_as_it_is)
{
	check(bomb(), bomb());
}

/* It binds 2^60 lifetimes and shows none of them. */
Test(demangle, work_without_end_leaves_the_name_as_it_is)
{
	static const char hang[] = "_RNvMINtC1a1bDGzzzzzzzzzz_NtC1a1tEL_EuC1c1d";

	check(hang, hang);
	check("_Z3addii", "add(int, int)");
}

Test(demangle, name_of_more_than_1024_bytes)
{
	char symbol[6000] = "_Z1f", expected[20000] = "f(", name[NAME_BYTES];
	int i;

	for (i = 0; i < 500; i++) {
		sprintf(symbol + strlen(symbol), "4t%03d", i);
		sprintf(expected + strlen(expected), "%st%03d", i ? ", " : "", i);
	}
	strcat(expected, ")");
	SAME(demangle(symbol, name), strlen(expected));
	SAME_TEXT(name, expected);
}

/* A name of a type is written once and shown three times. */
static void check_length(size_t shown, bool is_shown)
{
	static char symbol[NAME_BYTES], name[NAME_BYTES];
	size_t each = (shown - 9) / 3, rest = shown - 9 - 3 * each, length, i;
	char *at = symbol + sprintf(symbol, "_Z1f%zu", each);

	for (i = 0; i < each; i++)
		*at++ = 't';
	at += sprintf(at, "S_S_%zu", rest + 1);
	for (i = 0; i <= rest; i++)
		*at++ = 'u';
	*at = 0;
	length = demangle(symbol, name);
	SAME(length, is_shown ? shown + 1 : strlen(symbol));
	SAME(strncmp(name, is_shown ? "f(ttt" : symbol, 5), 0);
	SAME(name[length], 0);
}

Test(demangle, longest_name)
{
	check_length(NAME_BYTES - 3, true);
	check_length(NAME_BYTES - 2, true); /* and a 0 */
	check_length(NAME_BYTES - 1, false);
	check_length(NAME_BYTES, false);
}

/* As deep as a name can be. */
Test(demangle, deep_name_does_no_harm)
{
	static const char *const steps[] = { "P", "K", "F", "I", "J", "A_", "N", "Z1f", "XcvT_" };
	char symbol[NAME_BYTES], name[NAME_BYTES];
	size_t i, length;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		strcpy(symbol, "_Z1f");
		for (length = 4; length + 8 < NAME_BYTES; length += strlen(steps[i]))
			strcpy(symbol + length, steps[i]);
		SAME(demangle(symbol, name), length);
		SAME_TEXT(name, symbol);
	}
}

Test(demangle, the_same_again)
{
	static const char add[] = "_Z3addii";
	struct demangler *demangler = demangler__new();
	const char *first, *again;
	static char many[5000];
	size_t length = 0, i;

	memset(many, 'x', sizeof(many) - 1);
	cr_assert_not_null(demangler);
	first = demangler__name(demangler, add, &length);
	SAME_TEXT(first, "add(int, int)");
	SAME(length, 13);
	again = demangler__name(demangler, add, &length);
	cr_expect_eq(first, again);
	/* others come into its place, and it comes back */
	for (i = 0; i < sizeof(many); i++)
		SAME_TEXT(demangler__name(demangler, many + i, &length), many + i);
	SAME_TEXT(demangler__name(demangler, add, &length), "add(int, int)");
	demangler__free(demangler);
}

/* A file full of names that take too long costs no more than some of them. */
Test(demangle, after_many_that_took_too_long_no_more_are_tried)
{
	struct demangler *demangler = demangler__new();
	char hang[64][64];
	size_t length, i;

	cr_assert_not_null(demangler);
	for (i = 0; i < 64; i++) {
		sprintf(hang[i], "_RNvMINtC1a1bDGzzzzzzzzzz_NtC1a1tEL_EuC1c2d%zu", i % 10);
		SAME_TEXT(demangler__name(demangler, hang[i], &length), hang[i]);
	}
	SAME_TEXT(demangler__name(demangler, "_Z3addii", &length), "_Z3addii");
	demangler__free(demangler);
}
