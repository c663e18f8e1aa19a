/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two builds of one program under one name: a recording tells which one its stacks are of. */
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/compile.h"
#include "../lib/js.h"
#include "../lib/tt.h"

TestSuite(builds, .init = tt__require_live, .fini = tt__cleanup);

static const char sleeper[] =
	"#include <unistd.h>\n"
	"int main(void) { int i; for (i = 0; i < 50; i++) usleep(2000); return 0; }\n";

/* The build ID of the module with this path, which has to be there once; to be freed. */
static char *build_id_of(const char *file, const char *path)
{
	sqlite3_stmt *query;
	sqlite3 *db;
	char *id;

	cr_assert_eq(sqlite3_open(file, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db, "SELECT build_id FROM modules WHERE path = ?1", -1,
					&query, NULL),
		     SQLITE_OK);
	sqlite3_bind_text(query, 1, path, -1, SQLITE_STATIC);
	cr_assert_eq(sqlite3_step(query), SQLITE_ROW, "no module %s", path);
	id = strdup((const char *)sqlite3_column_text(query, 0));
	cr_expect_eq(sqlite3_step(query), SQLITE_DONE, "two modules %s", path);
	sqlite3_finalize(query);
	sqlite3_close(db);
	return id;
}

static void expect_build(const char *option, const char *expected)
{
	const char *file = tt__temp("builds.tt"),
		   *program = compile("program", sleeper, ARGS("gcc", "-O1", option));
	struct run run;
	char *id;

	tt__run(&run, ARGS("record", "-q", "--force", "-o", file, "--", program), NULL);
	cr_assert_eq(run.status, 0, "record: %s", run.err);
	run__free(&run);
	id = build_id_of(file, program);
	cr_expect_str_eq(id, expected);
	free(id);
}

Test(builds, of_one_name_have_ids_of_their_own)
{
	expect_build("-Wl,--build-id=0x0123456789abcdef0123456789abcdef01234567",
		     "0123456789abcdef0123456789abcdef01234567");
	expect_build("-Wl,--build-id=0xfedcba9876543210", "fedcba9876543210");
	expect_build("-Wl,--build-id=none", "");
}
