/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/options_choices.h"

#include "model/machine/group.h"
#include "model/profile/profile.h"
#include "view/columns.h"
#include "view/flame.h"
#include "view/view.h"

static const char *metric__name(size_t i)
{
	return i < metric_count ? metrics[i].name : NULL;
}

static const void *metric__value(size_t i)
{
	return &metrics[i];
}

static const char *sort__name(size_t i)
{
	return i < sort_count ? sorts[i].name : NULL;
}

static const void *sort__value(size_t i)
{
	return &sorts[i];
}

static bool sort__is_column(size_t i)
{
	return i >= sorts_listed;
}

static const char *by__name(size_t i)
{
	return i < GROUPINGS ? group_names[i] : NULL;
}

static const void *by__value(size_t i)
{
	return &group_names[i];
}

static const enum group_by lasting[] = { BY_CGROUP, BY_COMM, BY_USER };

static const char *lasting__name(size_t i)
{
	return i < sizeof(lasting) / sizeof(lasting[0]) ? group_names[lasting[i]] : NULL;
}

static const void *lasting__value(size_t i)
{
	return &group_names[lasting[i]];
}

/* What JSON is, too, when there is a line of it for each object. */
#define NDJSON "ndjson"

static size_t view__count(void)
{
	size_t count = 0;

	while (view_formats[count])
		count++;
	return count;
}

static const char *view__name(size_t i)
{
	size_t count = view__count();

	if (i < count)
		return view_formats[i]->name;
	return i == count ? NDJSON : NULL;
}

static const void *view__value(size_t i)
{
	return i < view__count() ? view_formats[i] : &view_json;
}

static bool view__is_alias(size_t i)
{
	return i >= view__count();
}

static bool view__has_only_rows(size_t i)
{
	return view__is_alias(i) || !view__has(view_formats[i], VIEW_CRASH);
}

static const char *flame_format__name(size_t i)
{
	return flame_formats[i] ? flame_formats[i]->name : NULL;
}

static const void *flame_format__value(size_t i)
{
	return flame_formats[i];
}

const struct option_choices metric_choices = { .name = metric__name, .value = metric__value };
const struct option_choices sort_choices = { .name = sort__name,
					     .value = sort__value,
					     .hidden = sort__is_column };
const struct option_choices by_choices = { .name = by__name, .value = by__value };
const struct option_choices group_choices = { .name = lasting__name, .value = lasting__value };
const struct option_choices table_choices = { .name = view__name,
					      .value = view__value,
					      .hidden = view__is_alias };
const struct option_choices crash_choices = { .name = view__name,
					      .value = view__value,
					      .hidden = view__has_only_rows };
const struct option_choices flame_choices = { .name = flame_format__name,
					      .value = flame_format__value };
