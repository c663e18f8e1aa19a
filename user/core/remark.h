/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said on standard error. */
#ifndef CORE_REMARK_H
#define CORE_REMARK_H

/* One line, "tasktoll: ...".  What it quotes may come from anywhere: see escape.h. */
__attribute__((format(printf, 1, 2))) void remark(const char *format, ...);

#endif
