/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libmicrohttpd, loaded by the process that takes requests and by no other: it brings a library for TLS
 * with it, which would cost every command 10 ms when it starts, and has no business where privileges are.
 */
#ifndef SERVE_MHD_H
#define SERVE_MHD_H

#include <microhttpd.h>
#include <stdbool.h>

#define MHD_FUNCTIONS(F)                                                                           \
	F(start_daemon)                                                                            \
	F(get_daemon_info)                                                                         \
	F(get_timeout)                                                                             \
	F(run)                                                                                     \
	F(get_connection_info)                                                                     \
	F(lookup_connection_value)                                                                 \
	F(suspend_connection)                                                                      \
	F(resume_connection)                                                                       \
	F(create_response_from_buffer)                                                             \
	F(create_response_from_fd64)                                                               \
	F(add_response_header)                                                                     \
	F(queue_response)                                                                          \
	F(destroy_response)

struct mhd {
#define MHD_FIELD(name) __typeof__(&MHD_##name) name;
	MHD_FUNCTIONS(MHD_FIELD)
#undef MHD_FIELD
};

/* False: it is not installed. */
bool mhd__load(struct mhd *mhd);

#endif
