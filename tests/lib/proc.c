/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc.h"

#define POLL_MS 5

static void nap(void)
{
	poll(NULL, 0, POLL_MS);
}

static void apply_env(const char *const *env)
{
	const char *equals;
	char *name;

	for (; env && *env; env++) {
		equals = strchr(*env, '=');
		if (!equals) {
			unsetenv(*env);
			continue;
		}
		name = strndup(*env, (size_t)(equals - *env));
		if (name)
			setenv(name, equals + 1, 1);
		free(name);
	}
}

static void become(uid_t uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		_exit(125);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of user clears it */
}

/*
 * The program is opened before the user changes: a checkout is often below a
 * directory that only its owner may enter.
 */
static void run_child(const struct proc *proc, const char *const argv[],
		      const struct proc_opts *opts, int in, pid_t parent)
{
	char *const *args = (char *const *)(uintptr_t)argv; /* exec does not write to them */
	int fd = -1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(125);
	if (opts->want_tty) {
		setsid();
		ioctl(in, TIOCSCTTY, 0);
	} else {
		setpgid(0, 0);
	}
	dup2(in, STDIN_FILENO);
	dup2(opts->want_tty ? in : proc->out, STDOUT_FILENO);
	dup2(opts->want_tty ? in : proc->err, STDERR_FILENO);
	if (opts->close_stdout)
		close(STDOUT_FILENO);
	/* as it is at a terminal, whoever has started the tests: nohup, a shell's `&`, a CI job */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	apply_env(opts->env);
	if (opts->uid) {
		fd = open(argv[0], O_RDONLY | O_CLOEXEC);
		become(opts->uid);
	}
	if (opts->dir && chdir(opts->dir))
		_exit(125);
	if (fd >= 0)
		fexecve(fd, args, environ);
	else
		execvp(argv[0], args);
	fprintf(stderr, "test: cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(125);
}

static int keep(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	cr_assert_geq(fd, 0, "memfd_create: %s", strerror(errno));
	return fd;
}

static int open_tty(struct proc *proc)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int slave;

	cr_assert(master >= 0 && !grantpt(master) && !unlockpt(master), "no terminal to test with");
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	cr_assert_geq(slave, 0, "no terminal to test with");
	proc->tty = master;
	return slave;
}

void proc__start(struct proc *proc, const char *const argv[], const struct proc_opts *opts)
{
	static const struct proc_opts defaults;
	int in, pipes[2] = { -1, -1 };
	pid_t parent = getpid();

	if (!opts)
		opts = &defaults;
	*proc = (struct proc){ .in = -1, .tty = -1 };
	if (opts->want_tty) {
		in = open_tty(proc);
	} else if (opts->want_stdin) {
		cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
		in = pipes[0];
		proc->in = pipes[1];
	} else {
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	proc->out = opts->stdout_path ? open(opts->stdout_path, O_WRONLY | O_CLOEXEC) :
					keep("stdout");
	cr_assert_geq(proc->out, 0, "%s: %s", opts->stdout_path, strerror(errno));
	proc->err = keep("stderr");
	proc->pid = fork();
	cr_assert_geq(proc->pid, 0, "fork: %s", strerror(errno));
	if (!proc->pid)
		run_child(proc, argv, opts, in, parent);
	if (!opts->want_tty)
		setpgid(proc->pid, proc->pid); /* the child does it, too: whoever comes first */
	close(in);
}

void proc__say(struct proc *proc, const char *line)
{
	cr_assert_eq(dprintf(proc->in, "%s\n", line), (int)strlen(line) + 1);
}

static bool has_ended(const struct proc *proc)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)proc->pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

static char *slurp(int fd, size_t *ret_len)
{
	size_t len = 0, size = 4096;
	char *text = malloc(size);
	ssize_t got;

	cr_assert(text);
	while ((got = pread(fd, text + len, size - len - 1, (off_t)len)) > 0) {
		len += (size_t)got;
		if (size - len < 2) {
			size *= 2;
			text = realloc(text, size);
			cr_assert(text);
		}
	}
	text[len] = '\0';
	*ret_len = len;
	return text;
}

static char *line_of(const char *text, unsigned int nth)
{
	const char *end;

	for (;; text = end + 1) {
		end = strchr(text, '\n');
		if (!end)
			return NULL;
		if (!nth--)
			return strndup(text, (size_t)(end - text));
	}
}

static char *wait_for_line(const struct proc *proc, int fd, unsigned int nth)
{
	bool ended = false;
	char *text, *line;
	size_t len;
	int waited;

	for (waited = 0; waited < PROC_TIMEOUT_MS && !ended; waited += POLL_MS) {
		ended = has_ended(proc); /* before the look: it may write, and then end */
		text = slurp(fd, &len);
		line = line_of(text, nth);
		free(text);
		if (line)
			return line;
		nap();
	}
	return NULL;
}

char *proc__line(const struct proc *proc, unsigned int nth)
{
	return wait_for_line(proc, proc->out, nth);
}

char *proc__remark(const struct proc *proc, unsigned int nth)
{
	return wait_for_line(proc, proc->err, nth);
}

static unsigned long long signal_mask(const char *status, const char *name)
{
	const char *at = status ? strstr(status, name) : NULL;

	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

bool proc__wait_catches(const struct proc *proc, int signo)
{
	unsigned long long mask;
	char path[64], *status;
	int waited;

	snprintf(path, sizeof(path), "/proc/%d/status", proc->pid);
	for (waited = 0; waited < PROC_TIMEOUT_MS && !has_ended(proc); waited += POLL_MS) {
		status = file__read(path);
		mask = signal_mask(status, "SigCgt:") | signal_mask(status, "SigBlk:");
		free(status);
		if (mask & 1ULL << (signo - 1))
			return true;
		nap();
	}
	return false;
}

void proc__signal(const struct proc *proc, int signo)
{
	kill(proc->pid, signo);
}

void proc__signal_group(const struct proc *proc, int signo)
{
	kill(-proc->pid, signo);
}

static int pidfd_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* False: nothing has come, and nothing will. */
static bool read_tty(const struct proc *proc)
{
	struct pollfd ready = { .fd = proc->tty, .events = POLLIN };
	char text[4096];
	ssize_t got;

	if (poll(&ready, 1, PROC_TIMEOUT_MS) <= 0)
		return false;
	got = read(proc->tty, text, sizeof(text));
	return got > 0 && write(proc->out, text, (size_t)got) == got;
}

/* A terminal must be read while its program runs; the program's side closes when it ends. */
static void drain_tty(const struct proc *proc)
{
	while (read_tty(proc))
		;
}

bool proc__wait_shows(const struct proc *proc, const char *needle)
{
	bool shown = false;
	size_t length;
	char *text;

	while (!shown && read_tty(proc)) {
		text = slurp(proc->out, &length);
		shown = strstr(text, needle);
		free(text);
	}
	return shown;
}

/* Of a program that hangs: what it does, and what that has cost up to now. */
static void tell_where(pid_t pid)
{
	static const char *const names[] = { "stat", "syscall", "stack" };
	char path[64], *text;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, names[i]);
		text = file__read(path);
		cr_log_warn("%s: %s", path, text ? text : "");
		free(text);
	}
}

void proc__finish(struct proc *proc, struct run *ret_run)
{
	struct pollfd ended = { .fd = pidfd_of(proc->pid), .events = POLLIN };
	int wait_status = 0;

	*ret_run = (struct run){ 0 };
	if (proc->in >= 0)
		close(proc->in);
	if (proc->tty >= 0) {
		drain_tty(proc);
		close(proc->tty);
	}
	ret_run->timed_out = poll(&ended, 1, PROC_TIMEOUT_MS) != 1;
	close(ended.fd);
	if (ret_run->timed_out) {
		tell_where(proc->pid);
		kill(-proc->pid, SIGKILL);
	}
	while (waitpid(proc->pid, &wait_status, 0) < 0 && errno == EINTR)
		;
	ret_run->status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) :
						     WEXITSTATUS(wait_status);
	ret_run->out = slurp(proc->out, &ret_run->out_len);
	ret_run->err = slurp(proc->err, &ret_run->err_len);
	close(proc->out);
	close(proc->err);
	cr_assert(!ret_run->timed_out, "pid %d did not end within %d ms; stderr: %s", proc->pid,
		  PROC_TIMEOUT_MS, ret_run->err);
}

void proc__kill(struct proc *proc)
{
	struct run run;

	kill(-proc->pid, SIGKILL);
	proc__finish(proc, &run);
	run__free(&run);
}

void run__do(struct run *ret_run, const char *const argv[], const struct proc_opts *opts)
{
	struct proc proc;

	proc__start(&proc, argv, opts);
	proc__finish(&proc, ret_run);
}

void run__free(struct run *run)
{
	free(run->out);
	free(run->err);
	*run = (struct run){ 0 };
}

char *file__read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	size_t len;

	if (fd < 0)
		return NULL;
	text = slurp(fd, &len);
	close(fd);
	return text;
}
