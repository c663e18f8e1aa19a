/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serve/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/confine.h"
#include "core/passing.h"
#include "serve/http.h"
#include "serve/mhd.h"

#define LISTENER   (STDERR_FILENO + 1)
#define CHANNEL	   (STDERR_FILENO + 2)
#define NO_LIBRARY 2  /* as an exit status */
#define AT_ONCE	   64 /* questions that are heard before there is a look at anything else */

/* ---- the child ---- */

/* Only the two descriptors are left. */
static bool keep_descriptors(int listener, int channel)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), i;

	listener = fcntl(listener, F_DUPFD, CHANNEL + 1);
	channel = fcntl(channel, F_DUPFD, CHANNEL + 1);
	if (null < 0 || listener < 0 || channel < 0)
		return false;
	for (i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		dup2(null, i);
	if (dup2(listener, LISTENER) < 0 || dup2(channel, CHANNEL) < 0)
		return false;
	return !close_range(CHANNEL + 1, ~0U, 0);
}

static bool drop_privileges(pid_t parent)
{
	signal(SIGINT, SIG_IGN); /* Ctrl-C is for tasktoll, which ends us by closing the channel */
	signal(SIGQUIT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	confine__forget_environment();
	if (!confine__drop_privileges())
		return false;
	confine__stay_private();
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* not earlier: a change of user forgets it */
	prctl(PR_SET_NAME, "tasktoll-http");
	if (getpid() != 1 && getppid() != parent)
		return false;
	confine__limit(RLIMIT_AS, 256UL << 20);
	confine__limit(RLIMIT_FSIZE, 0);
	confine__limit(RLIMIT_CORE, 0);
	confine__limit(RLIMIT_NOFILE, 1024);
	if (getpid() == 1) /* else others of that user would count */
		confine__limit(RLIMIT_NPROC, 1);
	return true;
}

static void child__run(pid_t parent, const struct http_config *config)
{
	struct http_config own = *config;
	struct mhd mhd;

	if (!mhd__load(&mhd))
		_exit(NO_LIBRARY);
	if (!keep_descriptors(config->listener, config->channel) || !drop_privileges(parent))
		_exit(1);
	own.listener = LISTENER;
	own.channel = CHANNEL;
	_exit(http__serve(&own, &mhd));
}

/* ---- the parent ---- */

static int server__fail(struct server *server, int err, struct failure *failure)
{
	const char *why = NULL, *hint = NULL;
	int status;

	if (err == -EPIPE && waitpid(server->pid, &status, 0) == server->pid) {
		server->pid = 0;
		why = "it ended at once";
		if (WIFEXITED(status) && WEXITSTATUS(status) == NO_LIBRARY) {
			why = "libmicrohttpd is not here";
			hint = "install it: the package is libmicrohttpd12 on Debian, libmicrohttpd "
			       "elsewhere";
		}
	}
	return failure__set(failure, err, why, hint,
			    "cannot start the process that takes requests");
}

static int server__await(struct server *server)
{
	struct page_question ready;
	int err = passing__receive(server->channel, &ready, sizeof(ready), NULL, 0);

	return err ? err : ready.page == SERVED ? 0 : -EBADMSG;
}

int server__start(struct server *server, int listener, const struct address *address,
		  const char *host, const struct offer *offer, struct failure *failure)
{
	struct http_config config = {
		.listener = listener, .any_host = !address->size, .name = host, .offer = offer
	};
	pid_t parent = getpid();
	int channel[2], err = 0;

	*server = (struct server){ .channel = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel)) {
		err = -errno;
	} else {
		config.channel = channel[1];
		server->pid = confine__fork_apart();
		if (!server->pid)
			child__run(parent, &config);
		err = server->pid < 0 ? -errno : 0;
		close(channel[1]);
		server->channel = channel[0];
	}
	close(listener);
	if (err) {
		server->pid = 0;
		return server__fail(server, err, failure);
	}
	err = server__await(server);
	return err ? server__fail(server, err, failure) : 0;
}

bool server__hear(struct server *server)
{
	struct page_question question;
	bool any = server->gone;
	int page, heard;
	ssize_t n;

	for (heard = 0; heard < AT_ONCE && !server->gone; heard++) {
		n = recv(server->channel, &question, sizeof(question), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		/* what is no question is said by nobody who is in his right mind */
		server->gone = n != sizeof(question) || question.page >= SERVED;
		if (!server->gone)
			server->wanted[question.page] = true;
	}
	for (page = 0; page < SERVED; page++)
		any |= server->wanted[page];
	return any || server->gone;
}

FILE *server__compose(struct server *server)
{
	int fd = memfd_create("page", MFD_CLOEXEC), err;
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	(void)server;
	if (!out && fd >= 0) {
		err = errno;
		close(fd);
		errno = err;
	}
	return out;
}

void server__answer(struct server *server, enum served page, unsigned int status, FILE *out)
{
	struct page_answer answer = { .page = page, .status = status };
	struct stat stat;
	int fd = fileno(out);

	server->wanted[page] = false;
	if (fflush(out) || ferror(out) || fstat(fd, &stat)) {
		answer.status = 503;
		stat.st_size = 0;
	}
	answer.size = (__u64)stat.st_size;
	if (passing__send(server->channel, &answer, sizeof(answer), &fd, 1))
		server->gone = true;
	fclose(out);
}

__u64 server__cpu_ns(const struct server *server)
{
	clockid_t clock;

	return server->pid && !clock_getcpuclockid(server->pid, &clock) ? clock__read(clock) :
									  server->cpu_ns;
}

void server__end(struct server *server)
{
	if (server->channel >= 0)
		close(server->channel);
	server->channel = -1;
	if (!server->pid)
		return;
	server->cpu_ns = server__cpu_ns(server);
	kill(server->pid, SIGKILL); /* it has nothing to finish */
	while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
		;
	server->pid = 0;
}
