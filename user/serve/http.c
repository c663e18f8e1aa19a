/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serve/http.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utlist.h>

#include "core/clock.h"
#include "core/passing.h"
#include "serve/clients.h"
#include "serve/host.h"
#include "serve/http_private.h"
#include "serve/mhd.h"
#include "serve/pages.h"

#define MEMORY_OF_CLIENT 8192  /* for the head of a request: a longer one is refused */
#define CONTENT_MOST	 65536 /* of a request by POST */

struct request {
	struct MHD_Connection *connection;
	enum served page;
	bool waits;    /* all of it has come */
	bool asked;    /* since the last answer: this one's is on its way */
	bool answered; /* status and fd are known */
	unsigned int status;
	size_t size;
	int fd; /* -1: it has been handed out, or there is none */
	struct request *prev, *next;
};

struct http {
	const struct http_config *config;
	const struct mhd *mhd;
	struct MHD_Daemon *daemon;
	struct clients clients;
	struct request *waiting;
};

/* ---- answers ---- */

static const struct {
	const char *name, *value;
} headers[] = {
	{ MHD_HTTP_HEADER_CONTENT_SECURITY_POLICY,
	  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
	  "frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ MHD_HTTP_HEADER_CACHE_CONTROL, "no-store" },
	{ MHD_HTTP_HEADER_CONNECTION, "close" },
};

/* Takes the response. */
static enum MHD_Result http__send(const struct http *http, struct MHD_Connection *connection,
				  unsigned int status, const char *type,
				  struct MHD_Response *response)
{
	const struct mhd *mhd = http->mhd;
	enum MHD_Result result;
	size_t i;

	if (!response)
		return MHD_NO;
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		mhd->add_response_header(response, headers[i].name, headers[i].value);
	mhd->add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		mhd->add_response_header(response, MHD_HTTP_HEADER_ALLOW,
					 http->config->offer->methods);
	if (status == MHD_HTTP_UNAUTHORIZED)
		mhd->add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	result = mhd->queue_response(connection, status, response);
	mhd->destroy_response(response);
	return result;
}

/* Nothing of what the request said is in it. */
static enum MHD_Result http__refuse(const struct http *http, struct MHD_Connection *connection,
				    unsigned int status, const char *why)
{
	return http__send(http, connection, status, "text/plain; charset=utf-8",
			  http->mhd->create_response_from_buffer(strlen(why),
								 (void *)(uintptr_t)why,
								 MHD_RESPMEM_PERSISTENT));
}

static enum MHD_Result http__hand_out(const struct http *http, struct request *request)
{
	struct MHD_Response *response =
		http->mhd->create_response_from_fd64(request->size, request->fd);

	if (response)
		request->fd = -1; /* it is the response's */
	return http__send(http, request->connection, request->status,
			  served_pages[request->page].type, response);
}

/* ---- requests ---- */

static const char *http__header(const struct http *http, struct MHD_Connection *connection,
				const char *name)
{
	return http->mhd->lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static bool is_method(const struct offer *offer, const char *method)
{
	if (offer->posts)
		return !strcmp(method, MHD_HTTP_METHOD_POST);
	return !strcmp(method, MHD_HTTP_METHOD_GET) || !strcmp(method, MHD_HTTP_METHOD_HEAD);
}

/* How long it takes says nothing of how much of it was right. */
static bool is_token(const char *token, const char *header)
{
	static const char scheme[] = "Bearer ";
	unsigned char differs = 0;
	size_t size = strlen(token), i;

	if (!header || strncasecmp(header, scheme, sizeof(scheme) - 1) != 0 ||
	    strlen(header) != sizeof(scheme) - 1 + size)
		return false;
	header += sizeof(scheme) - 1;
	for (i = 0; i < size; i++)
		differs |= (unsigned char)(header[i] ^ token[i]);
	return !differs;
}

/* What a POST brings along is not looked at, and may not be much. */
static bool is_content(const struct http *http, struct MHD_Connection *connection)
{
	const char *length = http__header(http, connection, MHD_HTTP_HEADER_CONTENT_LENGTH);

	if (http__header(http, connection, MHD_HTTP_HEADER_TRANSFER_ENCODING))
		return false;
	if (!length || !strcmp(length, "0"))
		return true;
	return http->config->offer->posts && strlen(length) < 6 &&
	       strspn(length, "0123456789") == strlen(length) && atoi(length) <= CONTENT_MOST;
}

/* NULL: it is one that is answered. */
static const char *why_refused(const struct http *http, struct MHD_Connection *connection,
			       const char *path, const char *method, unsigned int *ret_status,
			       enum served *ret_page)
{
	const char *host = http__header(http, connection, MHD_HTTP_HEADER_HOST);
	const struct offer *offer = http->config->offer;
	int page;

	*ret_status = MHD_HTTP_FORBIDDEN;
	if (!http->config->any_host && (!host || !host__is_ours(host, http->config->name)))
		return offer->other_host;
	*ret_status = MHD_HTTP_METHOD_NOT_ALLOWED;
	if (!is_method(offer, method))
		return offer->other_method;
	*ret_status = MHD_HTTP_UNAUTHORIZED;
	if (*offer->token &&
	    !is_token(offer->token, http__header(http, connection, MHD_HTTP_HEADER_AUTHORIZATION)))
		return "A request needs the token: Authorization: Bearer TOKEN.\n";
	*ret_status = MHD_HTTP_CONTENT_TOO_LARGE;
	if (!is_content(http, connection))
		return offer->other_content;
	for (page = 0; page < SERVED; page++) {
		*ret_page = (enum served)page;
		if (offer->pages & 1U << page && !strcmp(path, served_pages[page].path))
			return NULL;
	}
	*ret_status = MHD_HTTP_NOT_FOUND;
	return offer->only;
}

/* Asks for what is waited for and not on its way yet. */
static void http__ask(struct http *http, enum served page)
{
	const struct page_question question = { .page = page };
	struct request *request;
	bool wanted = false;

	DL_FOREACH(http->waiting, request) {
		if (request->page != page)
			continue;
		if (request->asked)
			return;
		wanted = true;
	}
	if (!wanted || passing__send(http->config->channel, &question, sizeof(question), NULL, 0))
		return;
	DL_FOREACH(http->waiting, request)
		request->asked |= request->page == page;
}

/* Whether it has asked, and waits for the answer. */
static void http__note(struct http *http, struct MHD_Connection *connection, bool has_asked)
{
	const union MHD_ConnectionInfo *info =
		http->mhd->get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (info && info->socket_context)
		((struct client *)info->socket_context)->has_asked = has_asked;
}

/* Of one that is answered: more of its content, its end, or the answer is there. */
static enum MHD_Result http__go_on(struct http *http, struct request *request, size_t *size)
{
	if (request->waits)
		return request->answered ? http__hand_out(http, request) : MHD_NO;
	if (*size) {
		*size = 0;
		return MHD_YES;
	}
	request->waits = true;
	http__note(http, request->connection, true);
	DL_APPEND(http->waiting, request);
	http->mhd->suspend_connection(request->connection);
	http__ask(http, request->page);
	return MHD_YES;
}

static enum MHD_Result http__take(void *context, struct MHD_Connection *connection,
				  const char *path, const char *method, const char *version,
				  const char *data, size_t *size, void **ret_request)
{
	struct http *http = context;
	struct request *request = *ret_request;
	unsigned int status;
	enum served page;
	const char *why;

	(void)version;
	(void)data;
	if (request)
		return http__go_on(http, request, size);
	*size = 0;
	why = why_refused(http, connection, path, method, &status, &page);
	if (why)
		return http__refuse(http, connection, status, why);
	request = calloc(1, sizeof(*request));
	if (!request)
		return MHD_NO;
	*request = (struct request){ .connection = connection, .page = page, .fd = -1 };
	*ret_request = request;
	return MHD_YES;
}

static void http__completed(void *context, struct MHD_Connection *connection, void **ret_request,
			    enum MHD_RequestTerminationCode how)
{
	struct http *http = context;
	struct request *request = *ret_request;

	(void)connection;
	(void)how;
	if (!request)
		return;
	if (request->waits && !request->answered)
		DL_DELETE(http->waiting, request);
	if (request->fd >= 0)
		close(request->fd);
	free(request);
	*ret_request = NULL;
}

static void http__connected(void *context, struct MHD_Connection *connection, void **ret_client,
			    enum MHD_ConnectionNotificationCode what)
{
	struct http *http = context;
	const union MHD_ConnectionInfo *info;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		info = http->mhd->get_connection_info(connection,
						      MHD_CONNECTION_INFO_CONNECTION_FD);
		*ret_client =
			info ? clients__add(&http->clients, info->connect_fd, clock__monotonic()) :
			       NULL;
	} else if (*ret_client) {
		clients__remove(&http->clients, *ret_client);
		*ret_client = NULL;
	}
}

/* The path as it came: what is written in another way is another path. */
static size_t http__keep_path(void *context, struct MHD_Connection *connection, char *path)
{
	(void)context;
	(void)connection;
	return strlen(path);
}

/* ---- the answers of who knows ---- */

/* Whoever asked before it was made has it; false: nobody is there any more. */
static bool http__hear(struct http *http)
{
	struct page_answer answer;
	struct request *request, *next;
	int fd, err = passing__receive(http->config->channel, &answer, sizeof(answer), &fd, 1);

	if (err)
		return false;
	DL_FOREACH_SAFE(http->waiting, request, next)
	{
		if (request->page != answer.page || !request->asked)
			continue;
		DL_DELETE(http->waiting, request);
		request->answered = true;
		http__note(http, request->connection, false); /* a slow reader keeps nobody out */
		request->status = answer.status;
		request->size = answer.size;
		request->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		http->mhd->resume_connection(request->connection);
	}
	close(fd);
	if (answer.page < SERVED)
		http__ask(http, (enum served)answer.page);
	return true;
}

/* ---- the process ---- */

static int http__timeout(const struct http *http, __u64 now)
{
	MHD_UNSIGNED_LONG_LONG ms;
	__u64 next = clients__next_ns(&http->clients);
	int timeout = !next ? -1 : next > now ? (int)((next - now) / 1000000) + 1 : 0;

	if (http->mhd->get_timeout(http->daemon, &ms) == MHD_YES &&
	    (timeout < 0 || ms < (__u64)timeout))
		timeout = (int)ms;
	return timeout;
}

static int http__loop(struct http *http)
{
	const union MHD_DaemonInfo *info =
		http->mhd->get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fds[] = { { .fd = info ? info->epoll_fd : -1, .events = POLLIN },
				{ .fd = http->config->channel, .events = POLLIN } };

	for (;;) {
		if (poll(fds, 2, http__timeout(http, clock__monotonic())) < 0 && errno != EINTR)
			return 1;
		if (fds[1].revents && !http__hear(http))
			return 0;
		clients__advance(&http->clients, clock__monotonic());
		if (http->mhd->run(http->daemon) != MHD_YES)
			return 1;
	}
}

int http__serve(const struct http_config *config, const struct mhd *mhd)
{
	const struct page_question ready = { .page = SERVED };
	struct http http = { .config = config, .mhd = mhd };

	/* those that are cut are told of later: they count here, and not there */
	http.daemon = mhd->start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
					http__take, &http, MHD_OPTION_LISTEN_SOCKET,
					config->listener, MHD_OPTION_CONNECTION_LIMIT,
					4 * CLIENTS_MOST, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
					(size_t)MEMORY_OF_CLIENT, MHD_OPTION_NOTIFY_CONNECTION,
					http__connected, &http, MHD_OPTION_NOTIFY_COMPLETED,
					http__completed, &http, MHD_OPTION_UNESCAPE_CALLBACK,
					http__keep_path, NULL, MHD_OPTION_END);
	if (!http.daemon || !http__confine() ||
	    passing__send(config->channel, &ready, sizeof(ready), NULL, 0))
		return 1;
	return http__loop(&http);
}
