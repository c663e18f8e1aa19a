/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/helper/functions.h"

#include "unit.h"

#define SECTION_END 0x8000

static struct functions functions;

static void add(const char *name, __u64 start, __u64 size, int bind, int type)
{
	GElf_Sym symbol = { .st_info = GELF_ST_INFO((unsigned int)bind, (unsigned int)type),
			    .st_size = size };

	cr_assert(functions__add(&functions, name, &symbol, start, SECTION_END));
}

static void check(__u64 address, const char *expected)
{
	const struct function *function = functions__find(&functions, address);

	SAME_TEXT(function ? function->name : "(none)", expected);
}

static void end(void)
{
	functions__free(&functions);
}

TestSuite(functions, .fini = end);

Test(functions, each_from_its_start_to_its_end)
{
	add("second", 0x200, 0x80, STB_GLOBAL, STT_FUNC);
	add("first", 0x100, 0x10, STB_GLOBAL, STT_FUNC);
	functions__sort(&functions);
	check(0xff, "(none)");
	check(0x100, "first");
	check(0x10f, "first");
	check(0x110, "(none)");
	check(0x200, "second");
	check(0x27f, "second");
	check(0x280, "(none)");
	check(~0ULL, "(none)");
}

Test(functions, of_several_names_that_of_the_users)
{
	add("__nanosleep", 0x100, 0x10, STB_GLOBAL, STT_FUNC);
	add("nanosleep", 0x100, 0x10, STB_WEAK, STT_FUNC);
	add("local", 0x100, 0x10, STB_LOCAL, STT_FUNC);
	add("label", 0x100, 0, STB_GLOBAL, STT_NOTYPE);
	add("_ZN1a1bEv", 0x200, 0x10, STB_LOCAL, STT_FUNC);
	add("__x", 0x200, 0x10, STB_LOCAL, STT_FUNC);
	add("resolver", 0x300, 0x10, STB_GLOBAL, STT_GNU_IFUNC);
	add("b", 0x400, 0x10, STB_GLOBAL, STT_FUNC);
	add("a", 0x400, 0x10, STB_GLOBAL, STT_FUNC);
	functions__sort(&functions);
	check(0x105, "nanosleep");
	check(0x205, "_ZN1a1bEv");
	check(0x305, "resolver");
	check(0x405, "a");
}

/* What runs there chooses the function of that name. */
Test(functions, of_an_indirect_one_that_which_chooses_it)
{
	add("indirect", 0x100, 0x10, STB_GLOBAL, STT_GNU_IFUNC);
	add("choose", 0x100, 0x10, STB_LOCAL, STT_FUNC);
	add("only", 0x200, 0x10, STB_GLOBAL, STT_GNU_IFUNC);
	add("label", 0x200, 0, STB_GLOBAL, STT_NOTYPE);
	functions__sort(&functions);
	check(0x105, "choose");
	check(0x205, "only");
}

Test(functions, one_without_a_size_reaches_up_to_the_next)
{
	add("begin", 0x100, 0, STB_LOCAL, STT_NOTYPE);
	add("next", 0x200, 0x10, STB_GLOBAL, STT_FUNC);
	functions__sort(&functions);
	check(0x1ff, "begin");
	check(0x20f, "next");
	check(0x210, "(none)");
}

Test(functions, what_lies_in_another_does_not_hide_it)
{
	add("outer", 0x100, 0x100, STB_GLOBAL, STT_FUNC);
	add("inner", 0x120, 0x10, STB_LOCAL, STT_FUNC);
	add("label", 0x140, 0, STB_LOCAL, STT_NOTYPE);
	functions__sort(&functions);
	check(0x110, "outer");
	check(0x125, "inner");
	check(0x130, "outer");
	check(0x140, "label");
	check(0x150, "outer");
}

Test(functions, empty_table)
{
	functions__sort(&functions);
	check(0, "(none)");
}

Test(functions, sizes_that_wrap_around)
{
	add("huge", 0x100, ~0ULL, STB_GLOBAL, STT_FUNC);
	add("top", ~0ULL, ~0ULL, STB_GLOBAL, STT_FUNC);
	functions__sort(&functions);
	check(0x50, "(none)");
	check(0x1000000, "huge");
	check(~0ULL, "top");
}

Test(functions, one_without_a_size_ends_where_its_section_does)
{
	add("last", 0x7f00, 0, STB_GLOBAL, STT_NOTYPE);
	add("end", SECTION_END, 0, STB_GLOBAL, STT_NOTYPE);
	functions__sort(&functions);
	check(0x7fff, "last");
	check(0x8000, "end");
	check(0x8001, "(none)");
}

/* A label at the start of a function is another name of it, and no longer than it. */
Test(functions, of_two_names_the_one_with_a_size_says_where_both_end)
{
	add("label", 0x100, 0, STB_GLOBAL, STT_NOTYPE);
	add("function", 0x100, 0x20, STB_LOCAL, STT_FUNC);
	functions__sort(&functions);
	check(0x11f, "function");
	check(0x120, "(none)");
}

/* Of several that begin at one address, in this order. */
Test(functions, order_of_names)
{
	static const struct {
		const char *name;
		int bind, type;
	} list[] = {
		{ "_RNvC1a", STB_GLOBAL, STT_FUNC },
		{ "_ZN1aE", STB_GLOBAL, STT_FUNC },
		{ "a", STB_GLOBAL, STT_FUNC },
		{ "b", STB_GLOBAL, STT_FUNC },
		{ "_ZN0E", STB_WEAK, STT_FUNC },
		{ "a_weak", STB_WEAK, STT_FUNC },
		{ "_a", STB_GLOBAL, STT_FUNC },
		{ "_a_weak", STB_WEAK, STT_FUNC },
		{ "__a", STB_GLOBAL, STT_FUNC },
		{ "_______7", STB_GLOBAL, STT_FUNC },
		{ "________8", STB_GLOBAL, STT_FUNC },
		{ "_________9", STB_GLOBAL, STT_FUNC },
		{ "________8_weak", STB_WEAK, STT_FUNC },
		{ "a_local", STB_LOCAL, STT_FUNC },
		{ "_a_local", STB_LOCAL, STT_FUNC },
		{ "________l", STB_LOCAL, STT_FUNC },
		{ "a_indirect", STB_GLOBAL, STT_GNU_IFUNC },
		{ "a_indirect_local", STB_LOCAL, STT_GNU_IFUNC },
		{ "a_label", STB_GLOBAL, STT_NOTYPE },
		{ "a_label_local", STB_LOCAL, STT_NOTYPE },
	};
	size_t i;

	for (i = ARRAY_SIZE(list); i--;)
		add(list[i].name, 0x100, 0x10, list[i].bind, list[i].type);
	add("before", 0xf0, 0x10, STB_LOCAL, STT_NOTYPE);
	functions__sort(&functions);
	SAME(functions.count, ARRAY_SIZE(list) + 1);
	SAME_TEXT(functions.list[0].name, "before");
	for (i = 0; i < ARRAY_SIZE(list); i++)
		SAME_TEXT(functions.list[i + 1].name, list[i].name);
}
