/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the CPUs are called. */
#ifndef CORE_CPU_MODEL_H
#define CORE_CPU_MODEL_H

#include <stddef.h>

/* Of the first one, as /proc/cpuinfo has it: the model's name, on arm64 the number of the part; "" if it has neither. */
void cpu_model__read(char *text, size_t capacity);

/* "model name\t: AMD EPYC": the value, if the line is of that field and none has been taken. */
void cpu_model__take(const char *line, const char *field, char *value, size_t capacity);

#endif
