/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/cpu_model.h"

#include <stdio.h>
#include <string.h>

void cpu_model__take(const char *line, const char *field, char *value, size_t capacity)
{
	size_t length = strlen(field);

	if (*value || strncmp(line, field, length) || !strchr("\t :", line[length]))
		return;
	line += length + strspn(line + length, "\t :");
	snprintf(value, capacity, "%.*s", (int)strcspn(line, "\n"), line);
}

void cpu_model__read(char *text, size_t capacity)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[512];

	*text = 0;
	if (!file)
		return;
	while (!*text && fgets(line, sizeof(line), file)) {
		cpu_model__take(line, "model name", text, capacity);
		cpu_model__take(line, "CPU part", text, capacity);
	}
	fclose(file);
}
