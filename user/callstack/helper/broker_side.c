/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One worker for each user whose files are opened: it has become that user for good.  A
 * file system that does not answer (a user can make one) holds up a worker and not us; the
 * worker is ended, and after some of these that user's files are not opened any more.
 */
#include "callstack/helper/broker_side.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/capabilities.h"
#include "core/confine.h"
#include "core/passing.h"
#include "callstack/helper/helper_side.h"

#define WORKERS	 16
#define HELPERS	 16
#define LATE_MAX 3 /* times that a user's files may keep us waiting */
#define SOCKET	 3 /* where each process has the socket that it serves */

/* ---- one file, in a worker ---- */

static int look(const struct broker_request *request, int root)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS };
	long fd;

	if (!*request->path) {
		fd = dup(root);
		return fd < 0 ? -errno : (int)fd;
	}
	if (!(request->flags & BROKER_LINKS))
		how.resolve |= RESOLVE_NO_SYMLINKS;
	if (root >= 0)
		how.resolve |= RESOLVE_IN_ROOT;
	fd = syscall(SYS_openat2, root >= 0 ? root : AT_FDCWD, request->path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

/*
 * May somebody execute it who may not read it?  A process that has it mapped was not
 * necessarily allowed to read it then.
 */
static bool mode__is_execute_only(mode_t mode)
{
	return mode & 0111 & ~(mode >> 2);
}

/* Root's, and the process that the file is of is not known to be root's. */
static bool request__has_privileges_of_ours(const struct broker_request *request)
{
	return !request->owner.known || (request->flags & BROKER_BORROWED && !request->owner.uid);
}

/* Is it a file that we want to open?  0 or a negative errno. */
static int judge(const struct broker_request *request, int fd)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) || fstatfs(fd, &fs))
		return -errno;
	/* what the kernel makes up while it is read has no symbols, and can wait for ever */
	if (!S_ISREG(st.st_mode) || fs.f_type == PROC_SUPER_MAGIC)
		return -EINVAL;
	if (request__has_privileges_of_ours(request) && mode__is_execute_only(st.st_mode))
		return -EACCES;
	if (!(request->flags & BROKER_IDENTITY))
		return 0;
	switch (file__compare(fd, &request->identity)) {
	case FILE_SAME:
		return 0;
	case FILE_PERHAPS: /* by its number alone: not with privileges that its user may not have */
		return request->owner.known ? 0 : -EXDEV;
	default:
		return -ESTALE;
	}
}

static int open_one(const struct broker_request *request, int root)
{
	int looked = look(request, root), err, fd;
	char path[64];

	if (looked < 0)
		return looked;
	err = judge(request, looked);
	if (!err) { /* what has been looked at, and nothing else, whatever became of its name */
		snprintf(path, sizeof(path), "/proc/self/fd/%d", looked);
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
		err = fd < 0 ? -errno : fd;
	}
	close(looked);
	return err;
}

static void worker__serve(void)
{
	static const int calls[] = {
		SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),	 SCMP_SYS(openat2),	 SCMP_SYS(openat),
		SCMP_SYS(fstat),   SCMP_SYS(newfstatat), SCMP_SYS(fstatfs),	 SCMP_SYS(close),
		SCMP_SYS(exit),	   SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(dup),
	};
	static struct broker_request request;
	int root, fd;

	if (confine__allow(calls, sizeof(calls) / sizeof(calls[0])))
		_exit(1);
	while (!passing__receive(SOCKET, &request, sizeof(request), &root, 1)) {
		struct broker_reply reply = { .number = request.number };

		fd = open_one(&request, root);
		reply.error = fd < 0 ? fd : 0;
		if (passing__send(SOCKET, &reply, sizeof(reply), &fd, fd >= 0))
			_exit(1);
		if (fd >= 0)
			close(fd);
		if (root >= 0)
			close(root);
	}
	_exit(0);
}

/* With the privileges of that user; without CAP_SETUID we have none to hand over. */
static bool worker__become(const struct owner *owner)
{
	/* root reads what root may read, and does nothing else */
	static const cap_value_t reads[] = { CAP_DAC_READ_SEARCH };

	if (geteuid())
		return !capabilities__keep(NULL, 0, NULL, 0);
	if (!owner->known || !owner->uid)
		return !capabilities__keep(reads, 1, NULL, 0);
	return !setgroups(owner->group_count, owner->groups) &&
	       !setresgid(owner->gid, owner->gid, owner->gid) &&
	       !setresuid(owner->uid, owner->uid, owner->uid) &&
	       !capabilities__keep(NULL, 0, NULL, 0);
}

/* ---- workers ---- */

struct worker {
	struct owner owner;
	pid_t pid; /* 0: none */
	int socket;
	int late;
};

struct broker_side {
	struct worker workers[WORKERS];
	unsigned int next;	/* to make room for another user */
	pid_t helpers[HELPERS]; /* 0: none */
};

static void process__begin(int socket)
{
	signal(SIGINT, SIG_IGN); /* Ctrl-C is for tasktoll, which ends us by closing the socket */
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (socket != SOCKET)
		dup2(socket, SOCKET);
	close_range(SOCKET + 1, ~0U, 0);
}

static void worker__end(struct worker *worker)
{
	if (!worker->pid)
		return;
	close(worker->socket);
	kill(worker->pid, SIGKILL);
	(void)TEMP_FAILURE_RETRY(waitpid(worker->pid, NULL, 0));
	worker->pid = 0;
}

static int worker__start(struct worker *worker)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	worker->pid = fork();
	if (!worker->pid) {
		process__begin(ends[1]);
		if (!worker__become(&worker->owner))
			_exit(1);
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of user forgets it */
		confine__stay_private();
		prctl(PR_SET_NAME, "tasktoll-opener");
		worker__serve();
	}
	close(ends[1]);
	if (worker->pid > 0) {
		worker->socket = ends[0];
		return 0;
	}
	worker->pid = 0;
	close(ends[0]);
	return -EAGAIN;
}

static bool owner__is(const struct owner *a, const struct owner *b)
{
	return a->known == b->known && a->uid == b->uid && a->gid == b->gid &&
	       a->group_count == b->group_count &&
	       !memcmp(a->groups, b->groups, a->group_count * sizeof(a->groups[0]));
}

static struct worker *side__worker(struct broker_side *side, const struct owner *owner)
{
	struct worker *worker;
	int i;

	for (i = 0; i < WORKERS; i++) {
		worker = &side->workers[i];
		if ((worker->pid || worker->late) && owner__is(&worker->owner, owner))
			return worker;
	}
	worker = &side->workers[side->next++ % WORKERS];
	worker__end(worker);
	memset(worker, 0, sizeof(*worker));
	worker->owner = *owner;
	return worker;
}

/* Of a worker that has the request: a descriptor or a negative errno. */
static int worker__await(struct worker *worker)
{
	struct pollfd wait = { .fd = worker->socket, .events = POLLIN };
	struct broker_reply reply;
	int fd, err;

	if (TEMP_FAILURE_RETRY(poll(&wait, 1, BROKER_SECONDS * 1000)) <= 0) {
		worker->late++;
		worker__end(worker);
		return -ETIMEDOUT;
	}
	err = passing__receive(worker->socket, &reply, sizeof(reply), &fd, 1);
	if (!err)
		return reply.error ? reply.error : fd >= 0 ? fd : -EMFILE;
	worker__end(worker);
	return -EIO;
}

static int side__open(struct broker_side *side, const struct broker_request *request, int root)
{
	struct worker *worker = side__worker(side, &request->owner);
	int err = 0;

	if (worker->late >= LATE_MAX)
		return -ETIMEDOUT;
	if (!worker->pid)
		err = worker__start(worker);
	if (!err)
		err = passing__send(worker->socket, request, sizeof(*request), &root, root >= 0);
	return err ? err : worker__await(worker);
}

/* ---- helpers ---- */

/* Those that nobody asks any more have ended: a place for one more, or NULL. */
static pid_t *side__place(struct broker_side *side)
{
	pid_t *free = NULL;
	int i;

	for (i = 0; i < HELPERS; i++) {
		if (side->helpers[i] && waitpid(side->helpers[i], NULL, WNOHANG))
			side->helpers[i] = 0;
		if (!side->helpers[i])
			free = &side->helpers[i];
	}
	return free;
}

static int side__start_helper(struct broker_side *side)
{
	pid_t *place = side__place(side), pid;
	int ends[2];

	if (!place)
		return -EAGAIN;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = confine__fork_apart();
	if (!pid)
		helper_side__run(ends[1]);
	close(ends[1]);
	if (pid > 0) {
		*place = pid;
		return ends[0];
	}
	close(ends[0]);
	return -EAGAIN;
}

/* ---- the broker ---- */

/*
 * Nothing is made, changed or removed, no connection is opened, no program is traced.
 * Workers and helpers, which are forked from here, take away more.
 */
static bool forbid_the_rest(void)
{
	static const int calls[] = {
		SCMP_SYS(socket),    SCMP_SYS(connect),		SCMP_SYS(bind),
		SCMP_SYS(bpf),	     SCMP_SYS(perf_event_open), SCMP_SYS(open),
		SCMP_SYS(creat),     SCMP_SYS(unlink),		SCMP_SYS(unlinkat),
		SCMP_SYS(rename),    SCMP_SYS(renameat),	SCMP_SYS(renameat2),
		SCMP_SYS(link),	     SCMP_SYS(linkat),		SCMP_SYS(symlink),
		SCMP_SYS(symlinkat), SCMP_SYS(mkdir),		SCMP_SYS(mkdirat),
		SCMP_SYS(mknod),     SCMP_SYS(mknodat),		SCMP_SYS(truncate),
		SCMP_SYS(chmod),     SCMP_SYS(fchmod),		SCMP_SYS(fchmodat),
		SCMP_SYS(chown),     SCMP_SYS(fchown),		SCMP_SYS(fchownat),
		SCMP_SYS(lchown),    SCMP_SYS(setxattr),	SCMP_SYS(fsetxattr),
	};

	return !confine__forbid_needless() &&
	       !confine__deny(calls, sizeof(calls) / sizeof(calls[0]));
}

void broker_side__run(int socket)
{
	/* to become others, and for helpers to be set apart */
	static const cap_value_t keep[] = { CAP_SETUID,	   CAP_SETGID,	   CAP_DAC_READ_SEARCH,
					    CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SETPCAP,
					    CAP_KILL };
	static struct broker_side side;
	static struct broker_request request;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), root, i;

	for (i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		dup2(null, i);
	process__begin(socket);
	prctl(PR_SET_NAME, "tasktoll-broker");
	confine__stay_private();
	confine__forget_environment();
	confine__limit(RLIMIT_CORE, 0);
	confine__limit(RLIMIT_FSIZE, 0);
	capabilities__keep(keep, sizeof(keep) / sizeof(keep[0]), NULL, 0);
	if (!forbid_the_rest() || chdir("/"))
		_exit(1);
	while (!passing__receive(SOCKET, &request, sizeof(request), &root, 1)) {
		struct broker_reply reply = { .number = request.number };
		int fd = request.wish == BROKER_OPENS ? side__open(&side, &request, root) :
							side__start_helper(&side);

		reply.error = fd < 0 ? fd : 0;
		if (passing__send(SOCKET, &reply, sizeof(reply), &fd, fd >= 0))
			break;
		if (fd >= 0)
			close(fd);
		if (root >= 0)
			close(root);
	}
	for (i = 0; i < WORKERS; i++)
		worker__end(&side.workers[i]);
	_exit(0);
}
