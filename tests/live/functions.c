/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of functions in a recording, of programs as compilers and linkers make them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/compile.h"
#include "../lib/js.h"
#include "../lib/tt.h"
#include "../lib/watch.h"

TestSuite(functions, .init = tt__require_live, .fini = tt__cleanup);

/* main() calls rest(), which calls nap(), which sleeps. */
static const char sleeper[] =
	"#include <unistd.h>\n"
	"#define ODD __attribute__((noinline, noclone)) static void\n"
	"ODD nap(void) { usleep(2000); __asm__ volatile(\"\"); }\n"
	"ODD rest(void) { nap(); __asm__ volatile(\"\"); }\n"
	"int main(void) { int i; for (i = 0; i < 100; i++) rest(); return 0; }\n";

/* The paths of a recording of a program, folded. */
static char *paths_of(const char *program, const char *metric)
{
	const char *file = tt__temp("functions.tt");
	struct run run;

	tt__run(&run, ARGS("record", "-q", "--force", "-o", file, "--", program), NULL);
	cr_assert_eq(run.status, 0, "record: %s", run.err);
	run__free(&run);
	tt__run(&run, ARGS("flame", "-q", "--metric", metric, file), NULL);
	tt__expect_success(&run);
	free(run.err);
	return run.out;
}

static void check_path(const char *program, const char *path)
{
	char *paths = paths_of(program, "sleep");

	cr_expect(strstr(paths, path), "no %s: %.3000s", path, paths);
	free(paths);
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(tt__temp(name), "we");

	cr_assert_not_null(file);
	fputs(text, file);
	cr_assert_eq(fclose(file), 0);
}

/* ---- segments that share a page of the file ---- */

Test(functions, of_lld)
{
	check_path(compile("lld", sleeper, ARGS("gcc", "-O1", "-fuse-ld=lld")), "main;rest;nap;");
}

Test(functions, of_lld_that_cannot_be_moved)
{
	check_path(compile("lldnopie", sleeper,
			   ARGS("gcc", "-O1", "-fuse-ld=lld", "-no-pie", "-fno-pie")),
		   "main;rest;nap;");
}

Test(functions, of_clang_with_frame_pointers)
{
	check_path(compile("clang", sleeper,
			   ARGS("clang", "-O1", "-fuse-ld=lld", "-fno-omit-frame-pointer")),
		   "main;rest;nap;");
}

/* ---- Rust ---- */

static const char store[] = "struct Store { ms: u64 }\n"
			    "impl Store {\n"
			    "  #[inline(never)]\n"
			    "  fn fetch(&self) -> u64 {\n"
			    "    std::thread::sleep(std::time::Duration::from_millis(self.ms));\n"
			    "    std::hint::black_box(self.ms) }\n"
			    "}\n"
			    "fn main() {\n"
			    "  let s = std::hint::black_box(Store { ms: 2 });\n"
			    "  for _ in 0..100 { std::hint::black_box(s.fetch()); } }\n";

Test(functions, of_rust)
{
	check_path(compile("newer", store,
			   ARGS("rustc", "-O", "--crate-name=shop", "-C",
				"symbol-mangling-version=v0")),
		   "shop::main;shop::Store::fetch;");
}

Test(functions, of_rust_as_it_was)
{
	check_path(compile("older", store, ARGS("rustc", "-O", "--crate-name=shop")),
		   "shop::main;shop::Store::fetch;");
}

/* ---- Go ---- */

static const char waiter[] = "package main\n"
			     "import \"time\"\n"
			     "type Shop struct{ n int }\n"
			     "//go:noinline\n"
			     "func (s *Shop) rest() { time.Sleep(time.Millisecond); s.n++ }\n"
			     "func main() { s := &Shop{}; for s.n < 100 { s.rest() } }\n";

static const char *make_go(const char *source, const char *command)
{
	write_file("it.go", source);
	compile__shell("go", command);
	return tt__temp("it");
}

/* No frame of the program is without a name. */
static void check_all_named(const char *program)
{
	char *paths = paths_of(program, "switches");

	cr_expect(strstr(paths, "runtime."), "no name of the runtime: %.3000s", paths);
	cr_expect(!strstr(paths, "[it+0x"), "frames without a name: %.3000s", paths);
	free(paths);
}

#define BUILD "GO111MODULE=off GOCACHE=$PWD/cache HOME=$PWD go build "

Test(functions, of_go_without_symbols)
{
	check_all_named(make_go(waiter, BUILD "-ldflags='-s -w' -o it it.go"));
}

Test(functions, of_go_without_symbols_that_can_be_moved)
{
	check_all_named(make_go(waiter, BUILD "-buildmode=pie -ldflags='-s -w' -o it it.go"));
}

/* The fault is at the first byte of a function, which did not call what is above it. */
Test(functions, of_go_that_panics)
{
	static const char source[] = "package main\n"
				     "//go:noinline\n"
				     "func explode(p *int) int { return *p }\n"
				     "func main() { println(explode(nil)) }\n";
	const char *program = make_go(source, BUILD
				      "-ldflags='-s -w' -gcflags=-l -o it it.go && "
				      "printf '#!/bin/sh\\nGOTRACEBACK=crash exec ./it\\n' >sh && "
				      "chmod 755 sh && sed -i \"s|./it|$PWD/it|\" sh");
	json_t *crashes = watch__program(ARGS("--", tt__temp("sh")), 128 + 6);
	char *stack;

	(void)program;
	cr_assert_eq(json_array_size(crashes), 1);
	stack = json_dumps(js__at(json_array_get(crashes, 0), "culprit.stack"), JSON_COMPACT);
	cr_expect(strstr(stack, "\"runtime.sigpanic\",\"main.explode\","),
		  "not called by main.explode: %s", stack);
	free(stack);
	json_decref(crashes);
}

/* ---- symbols without a size ---- */

/* Stripped, it has one symbol left in front of its static functions. */
Test(functions, label_names_no_function_behind_it)
{
	static const char library[] =
		"#include <unistd.h>\n"
		"__asm__(\".text\\n.globl only_label\\nonly_label: ret\\n\");\n"
		"__attribute__((noinline, noclone)) static void hidden(void) {\n"
		"  usleep(2000); __asm__ volatile(\"\"); }\n"
		"void (*find(void))(void) { return hidden; }\n";
	static const char source[] = "#include <dlfcn.h>\n"
				     "int main(void) {\n"
				     "  void *library = dlopen(LIBRARY, RTLD_NOW);\n"
				     "  void (*(*find)(void))(void) = dlsym(library, \"find\");\n"
				     "  int i; for (i = 0; i < 100; i++) find()();\n"
				     "  return 0; }\n";
	char define[600];
	char *paths;

	snprintf(define, sizeof(define), "-DLIBRARY=\"%s\"",
		 compile("blob.so", library, ARGS("gcc", "-O1", "-shared", "-fPIC")));
	compile__shell("strip", "strip blob.so");
	paths = paths_of(compile("user", source, ARGS("gcc", "-O1", define, "-ldl")), "sleep");
	cr_expect(!strstr(paths, "only_label"), "named after a label: %.3000s", paths);
	cr_expect(strstr(paths, ";[blob.so+0x"), "not as a place: %.3000s", paths);
	free(paths);
}

/* ---- names that want too much ---- */

static void check_symbol(const char *symbol)
{
	char source[1024], path[600];

	snprintf(source, sizeof(source),
		 "#include <unistd.h>\n"
		 "void f(void) __asm__(\"%s\");\n"
		 "__attribute__((noinline)) void f(void) { int i;\n"
		 "  for (i = 0; i < 100; i++) usleep(2000); }\n"
		 "int main(void) { f(); return 0; }\n",
		 symbol);
	snprintf(path, sizeof(path), "main;%s;", symbol);
	check_path(compile("bomb", source, ARGS("gcc", "-O0")), path);
}

/* 310 bytes that stand for a text with 2^30 parts. */
Test(functions, name_that_has_no_end_stays_mangled)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char symbol[512], *at = stpcpy(symbol, "_Z1f1AIiiE");
	int i;

	for (i = 0; i < 30; i++)
		at += sprintf(at, "S_IS%c_S%c_E", digits[i], digits[i]);
	check_symbol(symbol);
}

/* It binds 2^60 lifetimes, and shows none of them. */
Test(functions, name_that_takes_too_long_stays_mangled)
{
	check_symbol("_RNvMINtC1a1bDGzzzzzzzzzz_NtC1a1tEL_EuC1c1d");
}
