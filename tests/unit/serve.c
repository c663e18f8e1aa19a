/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom a request is for, where it is taken, and for how long. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/address.h"
#include "serve/clients.h"
#include "serve/host.h"
#include "unit.h"

/* ---- the host of a request ---- */

Test(serve, addresses_are_ours_and_names_are_not)
{
	static const char *const ours[] = { "127.0.0.1",   "127.0.0.1:9435", "localhost",
					    "LocalHost:1", "[::1]",	     "[::1]:9435",
					    "10.0.0.7:80", "node.example:1" };
	static const char *const others[] = { "",
					      "evil.example",
					      "127.0.0.1.evil.example",
					      "localhost.evil.example:9435",
					      "localhost:",
					      "localhost:x",
					      "127.0.0.1:9435:1",
					      "[::1",
					      "::1",
					      "[]",
					      "[localhost]",
					      "127.1",
					      "0x7f.0.0.1",
					      ":9435",
					      "localhost:123456" };
	char longest[300];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ours); i++)
		cr_expect(host__is_ours(ours[i], "node.example"), "%s", ours[i]);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		cr_expect_not(host__is_ours(others[i], "node.example"), "%s", others[i]);
	cr_expect(host__is_ours("NODE.example.:9435", "node.example"), "the root of all names");
	cr_expect_not(host__is_ours(".", "node.example"));
	cr_expect_not(host__is_ours("node.example", NULL));
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	cr_expect_not(host__is_ours(longest, longest));
}

/* ---- where ---- */

Test(serve, addresses_in_numbers_are_taken)
{
	static const struct {
		const char *text, *shown;
		bool loopback;
	} good[] = { { "127.0.0.1:9435", "http://127.0.0.1:9435/", true },
		     { "localhost:80", "http://127.0.0.1:80/", true },
		     { "[::1]:65535", "http://[::1]:65535/", true },
		     { "0.0.0.0:1", "http://0.0.0.0:1/", false },
		     { "[::]:1", "http://[::]:1/", false } };
	static const char *const bad[] = { "",
					   "9435",
					   ":9435",
					   "127.0.0.1",
					   "127.0.0.1:",
					   "127.0.0.1:65536",
					   "127.0.0.1:-1",
					   "127.0.0.1: 1",
					   "127.0.0.1:1x",
					   "::1:9435",
					   "[::1:9435",
					   "[]:1",
					   "node.example:1",
					   "127.0.0.1.1:1",
					   "127.0.0.1:99999999999999999999" };
	struct address address;
	struct failure failure;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		cr_expect_eq(address__parse(&address, good[i].text, &failure), 0, "%s",
			     good[i].text);
		SAME_TEXT(address.text, good[i].shown);
		SAME(address.loopback, good[i].loopback);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect_eq(address__parse(&address, bad[i], &failure), -EINVAL, "%s", bad[i]);
}

/* ---- how long, and how many ---- */

static struct clients clients;
static int others[CLIENTS_MOST * 2];

static struct client *come(size_t i, __u64 now_ns)
{
	int pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	others[i] = pair[1];
	return clients__add(&clients, pair[0], now_ns);
}

static bool is_cut(size_t i)
{
	char byte;

	return recv(others[i], &byte, 1, MSG_DONTWAIT) == 0;
}

Test(serve, each_has_its_time)
{
	struct client *first = come(0, 100);

	come(1, 200);
	first->has_asked = true; /* that does not make it longer */
	SAME(clients__next_ns(&clients), 100 + CLIENT_NS);
	clients__advance(&clients, 100 + CLIENT_NS);
	cr_expect(is_cut(0));
	cr_expect_not(is_cut(1));
	SAME(clients.count, 1);
	SAME(clients__next_ns(&clients), 200 + CLIENT_NS);
	clients__remove(&clients, first);
	SAME(clients.count, 1);
}

Test(serve, those_that_ask_nothing_make_room)
{
	size_t i;

	for (i = 0; i < CLIENTS_MOST; i++)
		come(i, i)->has_asked = i < 2;
	come(i, i);
	cr_expect_not(is_cut(0));
	cr_expect_not(is_cut(1));
	cr_expect(is_cut(2));
	cr_expect_not(is_cut(3));
	cr_expect_not(is_cut(CLIENTS_MOST));
	SAME(clients.count, CLIENTS_MOST);
}

Test(serve, those_that_have_asked_keep_their_place)
{
	size_t i;

	for (i = 0; i < CLIENTS_MOST; i++)
		come(i, i)->has_asked = true;
	come(i, i);
	cr_expect(is_cut(CLIENTS_MOST));
	SAME(clients.count, CLIENTS_MOST);
}
