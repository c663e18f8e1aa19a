/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasktoll serve: one long run, for a browser and for Prometheus. */
#include <errno.h>
#include <string.h>

#include "cmd/command.h"
#include "serve/serving.h"

#define LISTEN "127.0.0.1:9435"

struct serve {
	struct options options;
	struct serving serving;
};

static int serve__address(const struct options *options, struct address *address,
			  struct failure *failure)
{
	if (options->unix_path && options->listen)
		return failure__set(failure, -EINVAL, "each says where to listen", "leave one out",
				    "cannot use --listen and --unix together");
	if (options->unix_path)
		return address__of_path(address, options->unix_path, failure);
	return address__parse(address, options->listen ? options->listen : LISTEN, failure);
}

static int serve__check(struct options *options, struct failure *failure)
{
	struct address address;

	if (options->host && strpbrk(options->host, ":/[]"))
		return failure__set(failure, -EINVAL, "that is no name of a host",
				    "leave the port and the path out", "cannot use --host %s",
				    options->host);
	return serve__address(options, &address, failure);
}

static int serve__run(void *context, struct failure *failure)
{
	struct serve *serve = context;
	struct options *options = &serve->options;
	struct serving *serving = &serve->serving;
	int err = serve__address(options, &serving->address, failure);

	serving->server.channel = -1;
	if (err)
		return err;
	serving->settings = &options->run;
	serving->by = options->by ? options__by(options) : BY_CGROUP;
	serving->series = options->max_series;
	serving->host = options->host;
	return serving__run(serving, failure);
}

static int serve__end(void *context, int err)
{
	struct serve *serve = context;

	return serving__end(&serve->serving, err);
}

const struct command command_serve = {
	.name = "serve",
	.summary = "one long run, for a browser and for Prometheus",
	.usage = { "[options] [target] [-- program [args...]]" },
	.about =
		"Counts until it is ended, and serves the sums over HTTP: /metrics for Prometheus, / for "
		"people, /healthz.",
	.more = "Nothing can be changed over HTTP, and without `--listen` nobody outside this machine "
		"can connect.",
	.groups = OPTIONS_TARGET | OPTIONS_RUN | OPTIONS_HOOKS | OPTIONS_QUIET | OPTIONS_PRICE,
	.size = sizeof(struct serve),
	.check = serve__check,
	.run = serve__run,
	.end = serve__end,
};
