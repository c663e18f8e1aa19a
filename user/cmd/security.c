/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/security.h"

#include <jansson.h>
#include <string.h>
#include <sys/capability.h>

#include "session/security.h"

static json_t *json__capabilities(__u64 set)
{
	json_t *list = json_array();
	int cap;

	for (cap = 0; cap <= CAP_LAST_CAP; cap++) {
		char *name = set & 1ULL << cap ? cap_to_name(cap) : NULL;

		if (name)
			json_array_append_new(list, json_string(name));
		cap_free(name);
	}
	return list;
}

static json_t *json__spaces(const struct process_facts *facts)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < SPACES; i++) {
		if (facts->own[i])
			json_array_append_new(list, json_string(process_spaces[i]));
	}
	return list;
}

static json_t *json__role(const struct security *security, enum role role)
{
	const struct process_facts *facts = &security->facts[role];

	if (!security->known[role])
		return json_pack("{s:s, s:s, s:b}", "process", security_roles[role].name, "does",
				 security_roles[role].does, "running", false);
	return json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:o, s:o, s:b, s:b, s:o, s:I, s:I, s:b, "
			 "s:s}",
			 "process", security_roles[role].name, "does", security_roles[role].does,
			 "running", true, "uid", (json_int_t)facts->uid, "gid",
			 (json_int_t)facts->gid, "groups", (json_int_t)facts->groups,
			 "capabilities", json__capabilities(facts->effective),
			 "capabilities_permitted", json__capabilities(facts->permitted),
			 "no_new_privs", facts->no_new_privs, "seccomp", facts->filtered,
			 "own_namespaces", json__spaces(facts), "files", (json_int_t)facts->files,
			 "environment_bytes", (json_int_t)facts->environment, "dumpable",
			 facts->dumpable, "root", facts->root);
}

static void text__capabilities(FILE *out, __u64 set)
{
	const char *between = "";
	int cap;

	if (!set)
		fputs("none", out);
	for (cap = 0; cap <= CAP_LAST_CAP; cap++) {
		char *name = set & 1ULL << cap ? cap_to_name(cap) : NULL;

		if (name)
			fprintf(out, "%s%s", between, strncmp(name, "cap_", 4) ? name : name + 4);
		if (name)
			between = " ";
		cap_free(name);
	}
	fputc('\n', out);
}

static void text__role(FILE *out, const struct security *security, enum role role)
{
	const struct process_facts *facts = &security->facts[role];
	const char *between = "";
	int i;

	fprintf(out, "%s: %s\n", security_roles[role].name, security_roles[role].does);
	if (!security->known[role]) {
		fputs("  not running\n", out);
		return;
	}
	fprintf(out, "  user            %u, group %u, %u other groups\n", facts->uid, facts->gid,
		facts->groups);
	fputs("  capabilities    ", out);
	text__capabilities(out, facts->effective);
	if (facts->permitted != facts->effective) {
		fputs("  raised on need  ", out);
		text__capabilities(out, facts->permitted & ~facts->effective);
	}
	fprintf(out, "  system calls    %s; no_new_privs %s\n",
		facts->filtered ? "filtered (seccomp)" : "all", facts->no_new_privs ? "yes" : "no");
	fputs("  own namespaces  ", out);
	for (i = 0; i < SPACES; i++) {
		if (facts->own[i]) {
			fprintf(out, "%s%s", between, process_spaces[i]);
			between = " ";
		}
	}
	fprintf(out, "%s\n", *between ? "" : "none");
	fprintf(out, "  environment     %zu bytes; %zu open files; root %s\n", facts->environment,
		facts->files, *facts->root ? facts->root : "?");
}

static void security__print_text(FILE *out, const void *context)
{
	int i;

	for (i = 0; i < ROLES; i++)
		text__role(out, context, i);
}

static json_t *security__json(const void *context)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < ROLES; i++)
		json_array_append_new(list, json__role(context, i));
	return json_pack("{s:s, s:o}", "schema", "tasktoll.security/1", "processes", list);
}

int security__print(struct output *output, struct failure *failure)
{
	struct security security = { 0 };
	const struct facts facts = { security__print_text, security__json, &security };
	int err = security__read(&security);

	if (err)
		return failure__set(failure, err, NULL, NULL,
				    "cannot start the processes of a run");
	err = output__facts(output, &facts, failure);
	security__end(&security);
	return err;
}
