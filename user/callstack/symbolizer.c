/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callstack/symbolizer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "callstack/debuginfod.h"
#include "callstack/request.h"

#define MORE_SECONDS 5 /* the helper may take to see that a child of it takes too long */
#define MAX_PLACES   65536
#define MAX_STACKS   16384
#define MAX_REQUEST  (64UL << 20)
#define MAX_STARTS   8 /* of the helper: one that ends so often is better left alone */

struct queue {
	struct ask *first, **last;
};

/* One helper, and those who wait for it. */
struct lane {
	struct helper helper;
	unsigned int starts;
	int timer;
	struct queue waiting;
	struct ask *asked; /* the one that the helper has */
	struct helper_question question;
};

struct namer {
	struct namer_config config;
	struct lane lanes[2]; /* for stacks; for names, if they are apart */
	int epoll, event;     /* event: there is something to hand out */
	struct queue done;
	struct ask *fetched; /* the one whose debug file is being fetched */
	struct debuginfod debuginfod;
	struct debug_files *debug_files;
	size_t pending;
	__u64 cpu_ns;
};

static size_t namer__lanes(const struct namer *namer)
{
	return namer->config.apart ? 2 : 1;
}

static struct lane *namer__lane(struct namer *namer, enum job_kind kind)
{
	return &namer->lanes[kind == JOB_UNWIND ? 0 : namer__lanes(namer) - 1];
}

/* ---- queues ---- */

static void queue__init(struct queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
}

static void queue__put(struct queue *queue, struct ask *ask)
{
	ask->next = NULL;
	*queue->last = ask;
	queue->last = &ask->next;
}

static struct ask *queue__take(struct queue *queue)
{
	struct ask *ask = queue->first;

	if (!ask)
		return NULL;
	queue->first = ask->next;
	if (!queue->first)
		queue->last = &queue->first;
	return ask;
}

static void queue__free(struct queue *queue)
{
	struct ask *ask;

	while ((ask = queue__take(queue)))
		ask__free(ask);
}

/* ---- the helper ---- */

static void namer__watch(struct namer *namer, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	epoll_ctl(namer->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void namer__start_helper(struct namer *namer, struct lane *lane)
{
	if (lane->starts++ >= MAX_STARTS || helper__start(&lane->helper, namer->config.broker))
		return;
	namer__watch(namer, lane->helper.socket);
}

static void lane__set_timer(struct lane *lane, unsigned int seconds)
{
	struct itimerspec after = { .it_value.tv_sec = seconds };

	timerfd_settime(lane->timer, 0, &after, NULL);
}

static bool lane__timer_is_over(const struct lane *lane)
{
	__u64 times;

	return read(lane->timer, &times, sizeof(times)) == (ssize_t)sizeof(times);
}

static void namer__wake(struct namer *namer)
{
	__u64 one = 1;

	if (write(namer->event, &one, sizeof(one)) < 0)
		return; /* it is readable already */
}

/* ---- one request after the other ---- */

static void namer__finish(struct namer *namer, struct ask *ask)
{
	ask__finish(ask);
	queue__put(&namer->done, ask);
	namer__wake(namer);
}

/* With its debug files, as far as they are known. */
static void namer__add_debug_files(const struct namer *namer, struct ask *ask)
{
	static const __u32 flags[DEBUG_KINDS] = {
		[DEBUG_OWN] = ELF_NAMES_DEBUG, [DEBUG_SHARED] = ELF_NAMES_SHARED
	};
	struct elf_names_request *request = ask->request;
	enum debug_kind kind;
	int fd;

	if (ask->kind != JOB_NAME)
		return;
	ask->file_count = 1;
	for (kind = 0; kind < DEBUG_KINDS; kind++) {
		request->flags &= ~flags[kind];
		if (!debug_files__get(namer->debug_files, &ask->search, kind, &fd))
			continue;
		ask->searched[kind] = true;
		if (fd < 0)
			continue;
		request->flags |= flags[kind];
		ask->files[ask->file_count++] = fd;
	}
}

static int namer__send(struct namer *namer, struct lane *lane, struct ask *ask)
{
	struct helper_request request;
	int err;

	namer__add_debug_files(namer, ask);
	request = ask__request(ask);
	request.cpu_seconds = namer->config.seconds;
	request.seconds = ask->seconds ? ask->seconds : namer->config.patience;
	err = helper__ask(&lane->helper, &request, &lane->question);
	if (err)
		return err;
	lane->asked = ask;
	lane__set_timer(lane, request.seconds + MORE_SECONDS);
	return 0;
}

static void namer__restart_helper(struct namer *namer, struct lane *lane)
{
	helper__end(&lane->helper); /* which takes its socket out of the epoll set */
	namer__start_helper(namer, lane);
}

/* Keeps a helper busy. */
static void namer__pump(struct namer *namer, struct lane *lane)
{
	struct ask *ask;

	while (!lane->asked && (ask = queue__take(&lane->waiting))) {
		int err = namer__send(namer, lane, ask);

		if (err == -EPIPE || err == -ECONNRESET || err == -ESRCH) {
			namer__restart_helper(namer, lane);
			err = namer__send(namer, lane, ask);
		}
		if (!err)
			return;
		ask->error = err;
		namer__finish(namer, ask);
	}
}

/* ---- what comes back ---- */

static void namer__fetch(struct namer *namer, struct ask *ask)
{
	if (!namer->config.debuginfod || namer->fetched || !*ask->build_id ||
	    debuginfod__start(&namer->debuginfod, ask->build_id, &namer->config.invoker)) {
		namer__finish(namer, ask);
		return;
	}
	namer->fetched = ask;
	namer__watch(namer, namer->debuginfod.output);
}

static int namer__open_debug_file(struct ask *ask, enum debug_kind kind,
				  const struct elf_names_reply *head)
{
	char build_id[2 * BUILD_ID_BYTES + 1];

	if (kind == DEBUG_OWN)
		return debug_file__open(&ask->search, ask->build_id, head->debug_link, ask->place,
					&ask->place);
	build_id__text(head->shared_id, head->shared_id_size, build_id);
	return shared_file__open(&ask->search, build_id, head->shared_link);
}

/* It lacks symbols: is there another file that has them? */
static void namer__search(struct namer *namer, struct lane *lane, struct ask *ask,
			  enum debug_kind kind, const struct elf_names_reply *head)
{
	int fd = namer__open_debug_file(ask, kind, head);

	ask->searched[kind] = true;
	if (fd < 0 && kind == DEBUG_OWN && namer->config.debuginfod && !ask->was_fetched) {
		ask->was_fetched = true;
		namer__fetch(namer, ask);
		return;
	}
	debug_files__put(namer->debug_files, &ask->search, kind, fd < 0 ? -1 : fd);
	if (fd < 0 || namer__send(namer, lane, ask))
		namer__finish(namer, ask);
}

static void namer__take_fetched(struct namer *namer)
{
	struct ask *ask = namer->fetched;
	int fd;

	namer->fetched = NULL;
	fd = debuginfod__finish(&namer->debuginfod);
	debug_files__put(namer->debug_files, &ask->search, DEBUG_OWN, fd < 0 ? -1 : fd);
	if (fd < 0)
		namer__finish(namer, ask);
	else
		queue__put(&namer__lane(namer, ask->kind)->waiting, ask);
}

static void namer__take(struct namer *namer, struct lane *lane, struct ask *ask,
			const struct helper_answer *answer)
{
	struct elf_names_reply head;
	enum debug_kind lacks;

	namer->cpu_ns += answer->cpu_ns;
	if (ask->kind != JOB_UNWIND) {
		lacks = ask__take_names(ask, answer, &head);
		if (lacks != DEBUG_KINDS)
			namer__search(namer, lane, ask, lacks, &head);
		else
			namer__finish(namer, ask);
	} else if (!ask__take_chains(ask, answer) || namer__send(namer, lane, ask)) {
		namer__finish(namer, ask);
	}
}

static void namer__take_answer(struct namer *namer, struct lane *lane)
{
	struct helper_answer answer;
	struct ask *ask = lane->asked;
	int err;

	if (!ask)
		return;
	err = helper__answer(&lane->helper, &lane->question, &answer);
	if (err == -EAGAIN && !lane__timer_is_over(lane))
		return;
	lane->asked = NULL;
	lane__set_timer(lane, 0);
	if (!err) {
		namer__take(namer, lane, ask, &answer);
		free(answer.data);
		return;
	}
	helper_question__drop(&lane->question);
	namer__restart_helper(namer, lane);
	ask->error = err == -EAGAIN ? -ETIMEDOUT : err;
	namer__finish(namer, ask);
}

static void hand_out(struct ask *ask)
{
	const struct namer_sink *sink = &ask->sink;

	if (ask->kind == JOB_UNWIND) {
		struct namer_chains chains = { ask->error, ask->count, ask->chains };

		sink->chains(sink->context, ask->cookie, &chains);
	} else {
		struct namer_names names = { ask->error, ask->build_id, ask->count, ask->names };

		sink->names(sink->context, ask->cookie, &names);
	}
}

void namer__poll(struct namer *namer)
{
	struct epoll_event events[8];
	struct ask *ask;
	__u64 times;
	size_t lane;
	int n, i;

	if (read(namer->event, &times, sizeof(times)) < 0)
		times = 0;
	n = epoll_wait(namer->epoll, events, 8, 0);
	for (i = 0; i < n; i++) {
		if (namer->fetched && events[i].data.fd == namer->debuginfod.output)
			namer__take_fetched(namer);
	}
	for (lane = 0; lane < namer__lanes(namer); lane++) {
		namer__take_answer(namer, &namer->lanes[lane]);
		namer__pump(namer, &namer->lanes[lane]);
	}
	while ((ask = queue__take(&namer->done))) {
		namer->pending--;
		hand_out(ask);
		ask__free(ask);
	}
	/* what was asked meanwhile */
	for (lane = 0; lane < namer__lanes(namer); lane++)
		namer__pump(namer, &namer->lanes[lane]);
}

/* ---- asking ---- */

static int namer__ask(struct namer *namer, struct ask *ask, const struct namer_sink *sink,
		      __u64 cookie)
{
	struct lane *lane;

	if (!ask)
		return -ENOMEM;
	lane = namer__lane(namer, ask->kind);
	ask->sink = *sink;
	ask->cookie = cookie;
	queue__put(&lane->waiting, ask);
	namer->pending++;
	namer__pump(namer, lane);
	return 0;
}

int namer__ask_file(struct namer *namer, const struct namer_file *file,
		    const struct namer_place *places, size_t count, const struct namer_sink *sink,
		    __u64 cookie)
{
	if (count > MAX_PLACES)
		return -E2BIG;
	return namer__ask(namer, ask__file(namer->config.broker, file, places, count), sink,
			  cookie);
}

int namer__ask_perf_map(struct namer *namer, int fd, const struct namer_place *places, size_t count,
			const struct namer_sink *sink, __u64 cookie)
{
	if (count > MAX_PLACES)
		return -E2BIG;
	return namer__ask(namer, ask__perf_map(fd, places, count), sink, cookie);
}

int namer__ask_stacks(struct namer *namer, const struct namer_process *process,
		      const struct walk_stack *stacks, size_t count, const struct namer_sink *sink,
		      __u64 cookie)
{
	if (count > MAX_STACKS || ask__stacks_size(process, stacks, count) > MAX_REQUEST)
		return -E2BIG;
	return namer__ask(namer, ask__stacks(process, stacks, count), sink, cookie);
}

/* ---- from beginning to end ---- */

static bool lane__open(struct namer *namer, struct lane *lane)
{
	lane->helper.socket = lane->question.reply = -1;
	queue__init(&lane->waiting);
	lane->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (lane->timer < 0)
		return false;
	namer__watch(namer, lane->timer);
	return true;
}

struct namer *namer__new(const struct namer_config *config)
{
	struct namer *namer = calloc(1, sizeof(*namer));
	bool opened;
	size_t i;

	if (!namer)
		return NULL;
	namer->config = *config;
	if (!namer->config.seconds)
		namer->config.seconds = NAMER_SECONDS;
	if (!namer->config.patience)
		namer->config.patience = NAMER_PATIENCE;
	queue__init(&namer->done);
	namer->epoll = epoll_create1(EPOLL_CLOEXEC);
	namer->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	namer->debug_files = debug_files__new();
	opened = namer->epoll >= 0 && namer->event >= 0 && namer->debug_files;
	for (i = 0; i < namer__lanes(namer); i++)
		opened = lane__open(namer, &namer->lanes[i]) && opened;
	if (!opened) {
		namer__free(namer);
		return NULL;
	}
	namer__watch(namer, namer->event);
	for (i = 0; i < namer__lanes(namer); i++)
		namer__start_helper(namer, &namer->lanes[i]); /* if not, every answer will say so */
	return namer;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void lane__close(struct lane *lane)
{
	helper__end(&lane->helper);
	helper_question__drop(&lane->question);
	ask__free(lane->asked);
	queue__free(&lane->waiting);
	close_if_open(lane->timer);
}

void namer__free(struct namer *namer)
{
	size_t i;

	if (!namer)
		return;
	debuginfod__cancel(&namer->debuginfod);
	for (i = 0; i < namer__lanes(namer); i++)
		lane__close(&namer->lanes[i]);
	ask__free(namer->fetched);
	queue__free(&namer->done);
	debug_files__free(namer->debug_files);
	close_if_open(namer->epoll);
	close_if_open(namer->event);
	free(namer);
}

struct broker *namer__broker(const struct namer *namer)
{
	return namer->config.broker;
}

int namer__fd(const struct namer *namer)
{
	return namer->epoll;
}

size_t namer__pending(const struct namer *namer)
{
	return namer->pending;
}

__u64 namer__cpu_ns(const struct namer *namer)
{
	return namer->cpu_ns;
}
