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
	struct request *first, **last;
};

/* One helper, and those who wait for it. */
struct lane {
	struct helper helper;
	unsigned int starts;
	int timer;
	struct queue waiting;
	struct request *asked; /* the one that the helper has */
	struct helper_question question;
};

struct symbolizer {
	struct symbolizer_config config;
	struct lane lanes[2]; /* for stacks; for names, if they are apart */
	int epoll, event;     /* event: there is something to hand out */
	struct queue done;
	struct request *fetched; /* the one whose debug file is being fetched */
	struct debuginfod debuginfod;
	struct debug_files *debug_files;
	size_t pending;
	__u64 cpu_ns;
	__u64 memory;
};

static size_t symbolizer__lanes(const struct symbolizer *symbolizer)
{
	return symbolizer->config.apart ? 2 : 1;
}

static struct lane *symbolizer__lane(struct symbolizer *symbolizer, enum job_kind kind)
{
	return &symbolizer->lanes[kind == JOB_UNWIND ? 0 : symbolizer__lanes(symbolizer) - 1];
}

/* ---- queues ---- */

static void queue__init(struct queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
}

static void queue__put(struct queue *queue, struct request *request)
{
	request->next = NULL;
	*queue->last = request;
	queue->last = &request->next;
}

static struct request *queue__take(struct queue *queue)
{
	struct request *request = queue->first;

	if (!request)
		return NULL;
	queue->first = request->next;
	if (!queue->first)
		queue->last = &queue->first;
	return request;
}

static void queue__free(struct queue *queue)
{
	struct request *request;

	while ((request = queue__take(queue)))
		request__free(request);
}

/* ---- the helper ---- */

static void symbolizer__watch(struct symbolizer *symbolizer, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	epoll_ctl(symbolizer->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void symbolizer__start_helper(struct symbolizer *symbolizer, struct lane *lane)
{
	if (lane->starts++ >= MAX_STARTS || helper__start(&lane->helper, symbolizer->config.broker))
		return;
	symbolizer__watch(symbolizer, lane->helper.socket);
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

static void symbolizer__wake(struct symbolizer *symbolizer)
{
	__u64 one = 1;

	if (write(symbolizer->event, &one, sizeof(one)) < 0)
		return; /* it is readable already */
}

/* ---- one request after the other ---- */

static void symbolizer__finish(struct symbolizer *symbolizer, struct request *request)
{
	request__finish(request);
	queue__put(&symbolizer->done, request);
	symbolizer__wake(symbolizer);
}

/* With its debug files, as far as they are known. */
static void symbolizer__add_debug_files(const struct symbolizer *symbolizer,
					struct request *request)
{
	static const __u32 flags[DEBUG_KINDS] = {
		[DEBUG_OWN] = ELF_NAMES_DEBUG, [DEBUG_SHARED] = ELF_NAMES_SHARED
	};
	struct elf_names_request *body = request->body;
	enum debug_kind kind;
	int fd;

	if (request->kind != JOB_NAME)
		return;
	request->file_count = 1;
	for (kind = 0; kind < DEBUG_KINDS; kind++) {
		body->flags &= ~flags[kind];
		if (!debug_files__get(symbolizer->debug_files, &request->search, kind, &fd))
			continue;
		request->searched[kind] = true;
		if (fd < 0)
			continue;
		body->flags |= flags[kind];
		request->files[request->file_count++] = fd;
	}
}

static int symbolizer__send(struct symbolizer *symbolizer, struct lane *lane,
			    struct request *request)
{
	struct helper_request job;
	int err;

	symbolizer__add_debug_files(symbolizer, request);
	job = request__job(request);
	job.cpu_seconds = symbolizer->config.seconds;
	job.memory = symbolizer->config.memory;
	job.seconds = request->seconds ? request->seconds : symbolizer->config.patience;
	err = helper__ask(&lane->helper, &job, &lane->question);
	if (err)
		return err;
	lane->asked = request;
	lane__set_timer(lane, job.seconds + MORE_SECONDS);
	return 0;
}

static void symbolizer__restart_helper(struct symbolizer *symbolizer, struct lane *lane)
{
	helper__end(&lane->helper); /* which takes its socket out of the epoll set */
	symbolizer__start_helper(symbolizer, lane);
}

/* Keeps a helper busy. */
static void symbolizer__pump(struct symbolizer *symbolizer, struct lane *lane)
{
	struct request *request;

	while (!lane->asked && (request = queue__take(&lane->waiting))) {
		int err = symbolizer__send(symbolizer, lane, request);

		if (err == -EPIPE || err == -ECONNRESET || err == -ESRCH) {
			symbolizer__restart_helper(symbolizer, lane);
			err = symbolizer__send(symbolizer, lane, request);
		}
		if (!err)
			return;
		request->error = err;
		symbolizer__finish(symbolizer, request);
	}
}

/* ---- what comes back ---- */

static void symbolizer__fetch(struct symbolizer *symbolizer, struct request *request)
{
	if (!symbolizer->config.debuginfod || symbolizer->fetched || !*request->build_id ||
	    debuginfod__start(&symbolizer->debuginfod, request->build_id,
			      &symbolizer->config.invoker)) {
		symbolizer__finish(symbolizer, request);
		return;
	}
	symbolizer->fetched = request;
	symbolizer__watch(symbolizer, symbolizer->debuginfod.output);
}

static int symbolizer__open_debug_file(struct request *request, enum debug_kind kind,
				       const struct elf_names_reply *head)
{
	char build_id[2 * BUILD_ID_BYTES + 1];

	if (kind == DEBUG_OWN)
		return debug_file__open(&request->search, request->build_id, head->debug_link,
					request->place, &request->place);
	build_id__text(head->shared_id, head->shared_id_size, build_id);
	return shared_file__open(&request->search, build_id, head->shared_link);
}

/* It lacks symbols: is there another file that has them? */
static void symbolizer__search(struct symbolizer *symbolizer, struct lane *lane,
			       struct request *request, enum debug_kind kind,
			       const struct elf_names_reply *head)
{
	int fd = symbolizer__open_debug_file(request, kind, head);

	request->searched[kind] = true;
	if (fd < 0 && kind == DEBUG_OWN && symbolizer->config.debuginfod && !request->was_fetched) {
		request->was_fetched = true;
		symbolizer__fetch(symbolizer, request);
		return;
	}
	debug_files__put(symbolizer->debug_files, &request->search, kind, fd < 0 ? -1 : fd);
	if (fd < 0 || symbolizer__send(symbolizer, lane, request))
		symbolizer__finish(symbolizer, request);
}

static void symbolizer__take_fetched(struct symbolizer *symbolizer)
{
	struct request *request = symbolizer->fetched;
	int fd;

	symbolizer->fetched = NULL;
	fd = debuginfod__finish(&symbolizer->debuginfod);
	debug_files__put(symbolizer->debug_files, &request->search, DEBUG_OWN, fd < 0 ? -1 : fd);
	if (fd < 0)
		symbolizer__finish(symbolizer, request);
	else
		queue__put(&symbolizer__lane(symbolizer, request->kind)->waiting, request);
}

static void symbolizer__take(struct symbolizer *symbolizer, struct lane *lane,
			     struct request *request, const struct helper_answer *answer)
{
	struct elf_names_reply head;
	enum debug_kind lacks;

	symbolizer->cpu_ns += answer->cpu_ns;
	if (symbolizer->memory < answer->memory)
		symbolizer->memory = answer->memory;
	if (request->kind != JOB_UNWIND) {
		lacks = request__take_names(request, answer, &head);
		if (lacks != DEBUG_KINDS)
			symbolizer__search(symbolizer, lane, request, lacks, &head);
		else
			symbolizer__finish(symbolizer, request);
	} else if (!request__take_chains(request, answer) ||
		   symbolizer__send(symbolizer, lane, request)) {
		symbolizer__finish(symbolizer, request);
	}
}

static void symbolizer__take_answer(struct symbolizer *symbolizer, struct lane *lane)
{
	struct helper_answer answer;
	struct request *request = lane->asked;
	int err;

	if (!request)
		return;
	err = helper__answer(&lane->helper, &lane->question, &answer);
	if (err == -EAGAIN && !lane__timer_is_over(lane))
		return;
	lane->asked = NULL;
	lane__set_timer(lane, 0);
	if (!err) {
		symbolizer__take(symbolizer, lane, request, &answer);
		free(answer.data);
		return;
	}
	helper_question__drop(&lane->question);
	symbolizer__restart_helper(symbolizer, lane);
	request->error = err == -EAGAIN ? -ETIMEDOUT : err;
	symbolizer__finish(symbolizer, request);
}

static void hand_out(struct request *request)
{
	const struct symbolizer_sink *sink = &request->sink;

	if (request->kind == JOB_UNWIND) {
		struct symbolizer_chains chains = { request->error, request->count,
						    request->chains };

		sink->chains(sink->context, request->cookie, &chains);
	} else {
		struct symbolizer_names names = { request->error, request->build_id, request->count,
						  request->names };

		sink->names(sink->context, request->cookie, &names);
	}
}

void symbolizer__poll(struct symbolizer *symbolizer)
{
	struct epoll_event events[8];
	struct request *request;
	__u64 times;
	size_t lane;
	int n, i;

	if (read(symbolizer->event, &times, sizeof(times)) < 0)
		times = 0;
	n = epoll_wait(symbolizer->epoll, events, 8, 0);
	for (i = 0; i < n; i++) {
		if (symbolizer->fetched && events[i].data.fd == symbolizer->debuginfod.output)
			symbolizer__take_fetched(symbolizer);
	}
	for (lane = 0; lane < symbolizer__lanes(symbolizer); lane++) {
		symbolizer__take_answer(symbolizer, &symbolizer->lanes[lane]);
		symbolizer__pump(symbolizer, &symbolizer->lanes[lane]);
	}
	while ((request = queue__take(&symbolizer->done))) {
		symbolizer->pending--;
		hand_out(request);
		request__free(request);
	}
	/* what was asked meanwhile */
	for (lane = 0; lane < symbolizer__lanes(symbolizer); lane++)
		symbolizer__pump(symbolizer, &symbolizer->lanes[lane]);
}

/* ---- asking ---- */

static int symbolizer__ask(struct symbolizer *symbolizer, struct request *request,
			   const struct symbolizer_sink *sink, __u64 cookie)
{
	struct lane *lane;

	if (!request)
		return -ENOMEM;
	lane = symbolizer__lane(symbolizer, request->kind);
	request->sink = *sink;
	request->cookie = cookie;
	queue__put(&lane->waiting, request);
	symbolizer->pending++;
	symbolizer__pump(symbolizer, lane);
	return 0;
}

int symbolizer__ask_file(struct symbolizer *symbolizer, const struct symbolizer_file *file,
			 const struct symbolizer_place *places, size_t count,
			 const struct symbolizer_sink *sink, __u64 cookie)
{
	if (count > MAX_PLACES)
		return -E2BIG;
	return symbolizer__ask(symbolizer,
			       request__file(symbolizer->config.broker, file, places, count), sink,
			       cookie);
}

int symbolizer__ask_perf_map(struct symbolizer *symbolizer, int fd,
			     const struct symbolizer_place *places, size_t count,
			     const struct symbolizer_sink *sink, __u64 cookie)
{
	if (count > MAX_PLACES)
		return -E2BIG;
	return symbolizer__ask(symbolizer, request__perf_map(fd, places, count), sink, cookie);
}

int symbolizer__ask_stacks(struct symbolizer *symbolizer, const struct symbolizer_process *process,
			   const struct unwind_stack *stacks, size_t count,
			   const struct symbolizer_sink *sink, __u64 cookie)
{
	if (count > MAX_STACKS || request__stacks_size(process, stacks, count) > MAX_REQUEST)
		return -E2BIG;
	return symbolizer__ask(symbolizer, request__stacks(process, stacks, count), sink, cookie);
}

/* ---- from beginning to end ---- */

static bool lane__open(struct symbolizer *symbolizer, struct lane *lane)
{
	lane->helper.socket = lane->question.reply = -1;
	queue__init(&lane->waiting);
	lane->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (lane->timer < 0)
		return false;
	symbolizer__watch(symbolizer, lane->timer);
	return true;
}

struct symbolizer *symbolizer__new(const struct symbolizer_config *config)
{
	struct symbolizer *symbolizer = calloc(1, sizeof(*symbolizer));
	bool opened;
	size_t i;

	if (!symbolizer)
		return NULL;
	symbolizer->config = *config;
	if (!symbolizer->config.seconds)
		symbolizer->config.seconds = SYMBOLIZER_SECONDS;
	if (!symbolizer->config.patience)
		symbolizer->config.patience = SYMBOLIZER_PATIENCE;
	if (!symbolizer->config.memory || symbolizer->config.memory > HELPER_MEMORY)
		symbolizer->config.memory = HELPER_MEMORY;
	queue__init(&symbolizer->done);
	symbolizer->epoll = epoll_create1(EPOLL_CLOEXEC);
	symbolizer->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	symbolizer->debug_files = debug_files__new();
	opened = symbolizer->epoll >= 0 && symbolizer->event >= 0 && symbolizer->debug_files;
	for (i = 0; i < symbolizer__lanes(symbolizer); i++)
		opened = lane__open(symbolizer, &symbolizer->lanes[i]) && opened;
	if (!opened) {
		symbolizer__free(symbolizer);
		return NULL;
	}
	symbolizer__watch(symbolizer, symbolizer->event);
	for (i = 0; i < symbolizer__lanes(symbolizer); i++)
		symbolizer__start_helper(
			symbolizer, &symbolizer->lanes[i]); /* if not, every answer will say so */
	return symbolizer;
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
	request__free(lane->asked);
	queue__free(&lane->waiting);
	close_if_open(lane->timer);
}

void symbolizer__free(struct symbolizer *symbolizer)
{
	size_t i;

	if (!symbolizer)
		return;
	debuginfod__cancel(&symbolizer->debuginfod);
	for (i = 0; i < symbolizer__lanes(symbolizer); i++)
		lane__close(&symbolizer->lanes[i]);
	request__free(symbolizer->fetched);
	queue__free(&symbolizer->done);
	debug_files__free(symbolizer->debug_files);
	close_if_open(symbolizer->epoll);
	close_if_open(symbolizer->event);
	free(symbolizer);
}

struct broker *symbolizer__broker(const struct symbolizer *symbolizer)
{
	return symbolizer->config.broker;
}

int symbolizer__fd(const struct symbolizer *symbolizer)
{
	return symbolizer->epoll;
}

size_t symbolizer__pending(const struct symbolizer *symbolizer)
{
	return symbolizer->pending;
}

__u64 symbolizer__memory(const struct symbolizer *symbolizer)
{
	return symbolizer->memory;
}

__u64 symbolizer__cpu_ns(const struct symbolizer *symbolizer)
{
	return symbolizer->cpu_ns;
}
