/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/number.h"

#include <stdio.h>
#include <string.h>

#include "ids.h"

struct number number__id(__u32 id)
{
	struct number number;

	if (id__is_outside(id))
		snprintf(number.text, sizeof(number.text), "outside");
	else
		snprintf(number.text, sizeof(number.text), "%u", id);
	return number;
}

struct number number__count(__u64 count)
{
	struct number number;
	char digits[24];
	size_t n = (size_t)snprintf(digits, sizeof(digits), "%llu", count), i, out = 0;

	for (i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			number.text[out++] = ',';
		number.text[out++] = digits[i];
	}
	number.text[out] = 0;
	return number;
}

/*
 * Three significant digits of value, in the largest unit that leaves one before the point; what is
 * whole, and below the second unit, as it is.
 */
static struct number number__scaled(double value, const char *const *units, double step)
{
	struct number number;

	if (value < step && value == (double)(__u64)value) {
		snprintf(number.text, sizeof(number.text), "%.0f%s", value, *units);
		return number;
	}
	while (units[1] && value >= step * 0.9995) {
		value /= step;
		units++;
	}
	snprintf(number.text, sizeof(number.text), "%.*f%s",
		 value >= 99.95 ? 0 : (value >= 9.995 ? 1 : 2), value, *units);
	return number;
}

struct number number__short(double count)
{
	static const char *const units[] = { "", "k", "M", "G", "T", NULL };

	return number__scaled(count, units, 1000);
}

struct number number__duration(__u64 ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s", NULL };

	return number__scaled((double)ns, units, 1000);
}

struct number number__duration_digits(__u64 ns, int digits)
{
	static const char *const units[] = { "ns", "us", "ms", "s", NULL };
	struct number number;
	__u64 step = 1;

	if (digits != 2)
		return number__duration(ns);
	while (ns / step >= 100)
		step *= 10;
	ns = (ns + step / 2) / step * step;
	if (ns < 1000)
		return number__duration(ns);
	number = number__scaled((double)ns, units, 1000);
	if (number.text[3] == '0' && number.text[1] == '.') /* 1.20us */
		memmove(number.text + 3, number.text + 4, strlen(number.text + 4) + 1);
	else if (number.text[3] == '0' && number.text[2] == '.') /* 12.0us */
		memmove(number.text + 2, number.text + 4, strlen(number.text + 4) + 1);
	return number;
}

struct number number__bytes(__u64 bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", NULL };

	return number__scaled((double)bytes, units, 1024);
}

struct number number__share(double part, double whole)
{
	struct number number;

	if (whole <= 0)
		snprintf(number.text, sizeof(number.text), "-");
	else
		snprintf(number.text, sizeof(number.text), "%.1f%%", 100 * part / whole);
	return number;
}

struct number number__share_bound(double part, double whole, const char *at_most)
{
	struct number number = number__share(part, whole), bound;

	if (whole <= 0)
		return number;
	if (part / whole < 0.0005)
		snprintf(bound.text, sizeof(bound.text), "less than 0.1%%");
	else
		snprintf(bound.text, sizeof(bound.text), "%.12s%.12s", at_most ? at_most : "",
			 number.text);
	return bound;
}
