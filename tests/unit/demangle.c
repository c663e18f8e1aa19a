/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbol/demangle.h"

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
	check("foo.isra.0", "foo.isra.0");
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
	check("_Z3addii.isra.0", "add(int, int) [clone .isra.0]");
}

Test(demangle, rust)
{
	check("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt");
	check("_RNvC6_123foo3bar", "123foo::bar");
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
