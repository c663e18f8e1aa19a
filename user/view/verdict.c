/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "view/escape.h"
#include "view/shapes.h"

#define WIDTH 78

void text__wrapped(FILE *out, const char *text, size_t used, size_t indent)
{
	while (*text) {
		size_t size = strcspn(text, " ");
		char word[320];

		if (used + 1 + size > WIDTH && used > indent) {
			fprintf(out, "\n%*s", (int)indent, "");
			used = indent;
		}
		snprintf(word, sizeof(word), "%.*s", (int)size, text);
		if (used > indent)
			fputc(' ', out);
		used += size + (used > indent);
		escape__terminal(out, word);
		text += size + strspn(text + size, " ");
	}
	fputc('\n', out);
}

static void print_part(FILE *out, const char *title, const char *text)
{
	if (!*text)
		return;
	fprintf(out, "  %-10s", title);
	text__wrapped(out, text, 12, 12);
}

void text__verdict(FILE *out, const struct verdict *verdict)
{
	size_t i;

	fputs("\nVERDICT\n", out);
	for (i = 0; i < verdict->count; i++) {
		fputs("  ", out);
		text__wrapped(out, verdict->sentences[i], 2, 2);
	}
	print_part(out, "doubt", verdict->doubt);
	print_part(out, "not said", verdict->unsaid);
}

json_t *verdict__to_json(const struct verdict *verdict)
{
	json_t *object = json_object(), *sentences = json_array();
	size_t i;

	for (i = 0; i < verdict->count; i++)
		json_array_append_new(sentences, escape__json(verdict->sentences[i]));
	json_object_set_new(object, "outcome", json_string(verdict->outcome));
	json_object_set_new(object, "confidence", json_string(verdict->confidence));
	json_object_set_new(object, "sentences", sentences);
	json_object_set_new(object, "doubt", escape__json(verdict->doubt));
	json_object_set_new(object, "not_said", escape__json(verdict->unsaid));
	return object;
}
