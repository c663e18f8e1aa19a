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

/*
 * The network sees a user without privileges: under sudo who asked, else nobody in place of root.  Whose
 * home directory HOME is, is not told in that case: root's passwords are not for the network.
 */
static int give_up_privileges(bool *ret_own_home)
{
	struct invoker invoker;
	int err = 0;

	invoker__read(&invoker);
	*ret_own_home = invoker.other || geteuid();
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
	bool own_home;	  /* ~/.netrc is that of who asks */
	CURLcode refused; /* an option, by the library */
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

/* Nobody else reads what is wrong with a secret. */
static int add_token(struct request *request, const char *token, struct failure *failure)
{
	char *header;

	if (strpbrk(token, "\r\n"))
		return failure__set(failure, -EINVAL, "TASKTOLL_PUSH_TOKEN has a line break in it",
				    "give the token alone, as $(cat FILE) does",
				    "cannot send the profile");
	if (asprintf(&header, "Authorization: Bearer %s", token) < 0)
		return -ENOMEM;
	request->headers = request->curl.slist_append(NULL, header);
	free(header);
	return request->headers ? 0 : -ENOMEM;
}

#define SET(option, value)                                                                         \
	do {                                                                                       \
		if (!request->refused)                                                             \
			request->refused =                                                         \
				request->curl.easy_setopt(request->easy, option, value);           \
	} while (0)

/* And nothing else, whatever is answered.  A library that is older than its headers knows the other way. */
static void limit_protocols(struct request *request)
{
	if (request->refused)
		return;
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	if (request->refused != CURLE_UNKNOWN_OPTION)
		return;
	request->refused = CURLE_OK;
#endif
	SET((CURLoption)(CURLOPTTYPE_LONG + 181), 3L); /* CURLOPT_PROTOCOLS: HTTP, HTTPS */
}

static const char *push_token(void)
{
	const char *token = getenv("TASKTOLL_PUSH_TOKEN");

	return token && *token ? token : NULL;
}

/* One that does not know such a file uses none. */
static void choose_netrc(struct request *request, bool use)
{
	if (request->refused)
		return;
	SET(CURLOPT_NETRC, use ? (long)CURL_NETRC_OPTIONAL : (long)CURL_NETRC_IGNORED);
	if (!use &&
	    (request->refused == CURLE_UNKNOWN_OPTION || request->refused == CURLE_NOT_BUILT_IN))
		request->refused = CURLE_OK;
}

static int request__set_up(struct request *request, struct failure *failure)
{
	char why[160];

	SET(CURLOPT_URL, request->url);
	limit_protocols(request);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	choose_netrc(request, request->own_home && !push_token());
	SET(CURLOPT_MIMEPOST, request->form);
	SET(CURLOPT_HTTPHEADER, request->headers);
	SET(CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	SET(CURLOPT_TIMEOUT, WHOLE_S);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_WRITEFUNCTION, take_answer);
	SET(CURLOPT_WRITEDATA, request);
	SET(CURLOPT_ERRORBUFFER, request->error);
	SET(CURLOPT_USERAGENT, "tasktoll");
	if (!request->refused)
		return 0;
	if (request->refused == CURLE_OUT_OF_MEMORY)
		return -ENOMEM;
	snprintf(why, sizeof(why), "it does not take an option that is needed (%s)",
		 request->curl.easy_strerror(request->refused));
	return failure__set(failure, -ENOSYS, why, "install a newer libcurl",
			    "cannot send the profile by the libcurl that is here");
}

static int request__make(struct request *request, const struct push *push, struct failure *failure)
{
	const char *token = push_token();
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
	if (!err && token)
		err = add_token(request, token, failure);
	return err ? err : request__set_up(request, failure);
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
	return failure__set(
		failure, -EPROTO, why,
		status == 401 || status == 403 ?
			(request->own_home ?
				 "set TASKTOLL_PUSH_TOKEN, or write ~/.netrc" :
				 "set TASKTOLL_PUSH_TOKEN; root's ~/.netrc is not used") :
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
	const char *lacking;
	int err = give_up_privileges(&request.own_home);

	if (err)
		return failure__set(failure, err, "privileges cannot be given up",
				    "send as an ordinary user", "cannot send the profile");
	err = curl__load(&request.curl, &lacking);
	if (err == -ENOENT)
		return failure__set(
			failure, err, "libcurl is not here",
			"install it: the package is libcurl4 on Debian, libcurl elsewhere",
			"cannot send the profile");
	if (err)
		return failure__set(failure, err, "it is too old", "install libcurl 7.56 or newer",
				    "cannot send the profile by a libcurl without %s", lacking);
	if (request.curl.global_init(CURL_GLOBAL_DEFAULT))
		return failure__set(failure, -ENOMEM, NULL, NULL, "cannot send the profile");
	err = request__make(&request, push, failure);
	if (err == -ENOMEM)
		failure__set(failure, err, NULL, NULL, "cannot send the profile");
	if (!err)
		err = request__perform(&request, push, failure);
	request__free(&request);
	return err;
}
