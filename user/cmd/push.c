/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/push.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/curl.h"
#include "core/capabilities.h"
#include "core/confine.h"
#include "core/invoker.h"
#include "core/utf8.h"
#include "model/profile/profile.h"

#define NOBODY	    65534
#define CONNECT_S   10L
#define WHOLE_S	    60L
#define ANSWER_MOST 200 /* bytes of what a server says that are shown */
#define LABEL_MOST  128

/* ---- what is asked for ---- */

const char *push__check_url(const char *url)
{
	bool plain = !strncmp(url, "http://", 7), safe = !strncmp(url, "https://", 8);
	const char *host = url + (safe ? 8 : 7), *at;

	if (!plain && !safe)
		return "it begins with neither http:// nor https://";
	if (!*host || *host == '/' || *host == ':')
		return "it names no host";
	for (at = url; *at; at++) {
		if (*at <= ' ' || *at > '~' || *at == '?' || *at == '#')
			return "it has characters that an address before /ingest has not";
	}
	if (memchr(host, '@', strcspn(host, "/")))
		return "a password there could be seen by everybody on this machine";
	return NULL;
}

static bool is_label_character(char c)
{
	return isalnum((unsigned char)c) || strchr("_.-/:", c);
}

const char *push__check_label(const char *label)
{
	size_t key =
		strspn(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	const char *at;

	if (!key || label[key] != '=' || isdigit((unsigned char)*label))
		return "it does not begin with a name of letters, digits and _, and =";
	if (!label[key + 1] || strlen(label) > LABEL_MOST)
		return "its value is empty or too long";
	for (at = label + key + 1; *at; at++) {
		if (!is_label_character(*at))
			return "its value has other characters than letters, digits and _.-/:";
	}
	return NULL;
}

/* ---- who asks ---- */

/* The network sees a user without privileges: under sudo who asked, else nobody in place of root. */
static int give_up_privileges(void)
{
	struct invoker invoker;
	int err = 0;

	invoker__read(&invoker);
	if (invoker.other)
		err = invoker__become(&invoker);
	else if (!geteuid() && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
				setresuid(NOBODY, NOBODY, NOBODY)))
		err = -errno;
	if (!err)
		err = capabilities__keep(NULL, 0, NULL, 0);
	confine__stay_private();
	return err ? err : confine__forbid_needless();
}

/* ---- the request ---- */

struct request {
	struct curl curl;
	CURL *easy;
	curl_mime *form;
	struct curl_slist *headers;
	char *url, *types;
	char answer[ANSWER_MOST + 1];
	size_t answered;
	char error[CURL_ERROR_SIZE];
};

static bool has_host(const struct push *push)
{
	size_t i;

	for (i = 0; i < PUSH_LABELS && push->labels[i]; i++) {
		if (!strncmp(push->labels[i], "host=", 5))
			return true;
	}
	return false;
}

/* tasktoll{host=...,key=value,...}; the recording's host is anybody's text. */
static void write_name(FILE *out, const struct push *push)
{
	const char *at, *comma = "";
	size_t i;

	fputs("tasktoll{", out);
	if (*push->host && !has_host(push)) {
		fputs("host=", out);
		for (at = push->host; *at; at++)
			fputc(is_label_character(*at) ? *at : '_', out);
		comma = ",";
	}
	for (i = 0; i < PUSH_LABELS && push->labels[i]; i++, comma = ",")
		fprintf(out, "%s%s", comma, push->labels[i]);
	fputc('}', out);
}

static int make_url(struct request *request, const struct push *push)
{
	size_t size, length = strlen(push->url);
	char *name = NULL, *escaped;
	FILE *out = open_memstream(&name, &size);

	if (!out)
		return -ENOMEM;
	write_name(out, push);
	if (fclose(out)) {
		free(name);
		return -ENOMEM;
	}
	escaped = request->curl.easy_escape(request->easy, name, 0);
	free(name);
	while (length && push->url[length - 1] == '/')
		length--;
	if (!escaped ||
	    asprintf(&request->url,
		     "%.*s/ingest?name=%s&from=%llu&until=%llu&format=pprof&spyName=tasktoll",
		     (int)length, push->url, escaped, push->begin_ns / 1000000000ULL,
		     (push->end_ns + 999999999ULL) / 1000000000ULL) < 0)
		request->url = NULL;
	request->curl.free(escaped);
	return request->url ? 0 : -ENOMEM;
}

/* A server takes the sample types that it is told of. */
static int make_types(struct request *request)
{
	size_t size, i;
	FILE *out = open_memstream(&request->types, &size);

	if (!out)
		return -ENOMEM;
	for (i = 0; i < metric_count; i++)
		fprintf(out,
			"%s\"%s\":{\"units\":\"%s\",\"display-name\":\"%s\",\"aggregation\":\"sum\","
			"\"cumulative\":false,\"sampled\":false}",
			i ? "," : "{", metrics[i].name,
			strcmp(metrics[i].unit, "nanoseconds") ? "objects" : "nanoseconds",
			metrics[i].name);
	fputc('}', out);
	return fclose(out) ? -ENOMEM : 0;
}

static int add_part(struct request *request, const char *name, const char *type, const void *data,
		    size_t size)
{
	const struct curl *curl = &request->curl;
	curl_mimepart *part = curl->mime_addpart(request->form);

	return !part || curl->mime_name(part, name) || curl->mime_filename(part, name) ||
			       curl->mime_type(part, type) || curl->mime_data(part, data, size) ?
		       -ENOMEM :
		       0;
}

/* The beginning of what the server says. */
static size_t take_answer(char *bytes, size_t one, size_t count, void *context)
{
	struct request *request = context;
	size_t size = one * count, left = ANSWER_MOST - request->answered;

	memcpy(request->answer + request->answered, bytes, size < left ? size : left);
	request->answered += size < left ? size : left;
	return size;
}

static int add_token(struct request *request)
{
	const char *token = getenv("TASKTOLL_PUSH_TOKEN");
	char *header;

	if (!token || !*token)
		return request->curl.easy_setopt(request->easy, CURLOPT_NETRC,
						 (long)CURL_NETRC_OPTIONAL) ?
			       -ENOMEM :
			       0;
	if (strpbrk(token, "\r\n") || asprintf(&header, "Authorization: Bearer %s", token) < 0)
		return -EINVAL;
	request->headers = request->curl.slist_append(NULL, header);
	free(header);
	return request->headers ? 0 : -ENOMEM;
}

static bool limit_protocols(const struct request *request)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	return request->curl.easy_setopt(request->easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	return request->curl.easy_setopt(request->easy, CURLOPT_PROTOCOLS,
					 (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static int request__set_up(struct request *request)
{
	const struct curl *curl = &request->curl;
	CURL *easy = request->easy;
	bool wrong = curl->easy_setopt(easy, CURLOPT_URL, request->url) ||
		     /* and nothing else, whatever is answered: redirects are not followed */
		     limit_protocols(request) ||
		     curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) ||
		     curl->easy_setopt(easy, CURLOPT_MIMEPOST, request->form) ||
		     curl->easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers) ||
		     curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_S) ||
		     curl->easy_setopt(easy, CURLOPT_TIMEOUT, WHOLE_S) ||
		     curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) ||
		     curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer) ||
		     curl->easy_setopt(easy, CURLOPT_WRITEDATA, request) ||
		     curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error) ||
		     curl->easy_setopt(easy, CURLOPT_USERAGENT, "tasktoll");

	return wrong ? -EINVAL : 0;
}

static int request__make(struct request *request, const struct push *push)
{
	int err;

	request->easy = request->curl.easy_init();
	request->form = request->easy ? request->curl.mime_init(request->easy) : NULL;
	err = request->form ? make_url(request, push) : -ENOMEM;
	if (!err)
		err = make_types(request);
	if (!err)
		err = add_part(request, "profile", "application/octet-stream", push->profile,
			       push->size);
	if (!err)
		err = add_part(request, "sample_type_config", "application/json", request->types,
			       strlen(request->types));
	if (!err)
		err = add_token(request);
	return err ? err : request__set_up(request);
}

static void request__free(struct request *request)
{
	if (request->form)
		request->curl.mime_free(request->form);
	if (request->easy)
		request->curl.easy_cleanup(request->easy);
	request->curl.slist_free_all(request->headers);
	free(request->url);
	free(request->types);
}

/* ---- what came of it ---- */

static int fail_to_reach(const struct request *request, const struct push *push, CURLcode code,
			 struct failure *failure)
{
	const char *why = *request->error ? request->error : request->curl.easy_strerror(code);
	const char *hint =
		code == CURLE_COULDNT_RESOLVE_HOST ? "is its name right?" :
		code == CURLE_COULDNT_CONNECT	   ? "does a server listen there?" :
		code == CURLE_OPERATION_TIMEDOUT   ? "try again when it is less busy" :
		code == CURLE_PEER_FAILED_VERIFICATION ?
						   "this machine has to trust its certificate" :
						   "is it the address of a Pyroscope server?";

	return failure__set(failure, -EHOSTUNREACH, why, hint, "cannot send the profile to %s",
			    push->url);
}

/* One line of the server's own words. */
static int fail_by_answer(struct request *request, const struct push *push, long status,
			  struct failure *failure)
{
	char said[3 * ANSWER_MOST + 1], why[3 * ANSWER_MOST + 64];

	request->answer[strcspn(request->answer, "\r\n")] = 0;
	utf8__from_bytes(said, sizeof(said), request->answer, strlen(request->answer));
	utf8__printable(said);
	snprintf(why, sizeof(why), "it answered %ld%s%s", status, *said ? ": " : "", said);
	return failure__set(failure, -EPROTO, why,
			    status == 401 || status == 403 ?
				    "set TASKTOLL_PUSH_TOKEN, or write ~/.netrc" :
			    status == 404 || (status >= 300 && status < 400) ?
				    "give the address before /ingest; redirects are not followed" :
				    "the log of the server may say more",
			    "cannot send the profile to %s", push->url);
}

static int request__perform(struct request *request, const struct push *push,
			    struct failure *failure)
{
	CURLcode code = request->curl.easy_perform(request->easy);
	long status = 0;

	if (code)
		return fail_to_reach(request, push, code, failure);
	request->curl.easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 && status < 300 ? 0 : fail_by_answer(request, push, status, failure);
}

int push__send(const struct push *push, struct failure *failure)
{
	struct request request = { 0 };
	int err = give_up_privileges();

	if (err)
		return failure__set(failure, err, "privileges cannot be given up",
				    "send as an ordinary user", "cannot send the profile");
	if (!curl__load(&request.curl))
		return failure__set(
			failure, -ENOENT, "libcurl is not here",
			"install it: the package is libcurl4 on Debian, libcurl elsewhere",
			"cannot send the profile");
	if (request.curl.global_init(CURL_GLOBAL_DEFAULT))
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot send the profile");
	err = request__make(&request, push);
	if (err)
		failure__set(failure, err, NULL, NULL, "cannot send the profile");
	else
		err = request__perform(&request, push, failure);
	request__free(&request);
	return err;
}
