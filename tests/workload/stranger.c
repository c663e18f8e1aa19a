/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stranger DIRECTORY KIND TARGET END
 *
 * A hostile program of an unprivileged user: loads DIRECTORY/code.so, puts something else where
 * its files have their names, so that who looks for them by name finds TARGET, and then
 * runs that code.  END: "switch" or "crash" in it.  For KIND see the table below.
 * Status 77: this machine does not let it do that.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "work.h"

#define NAPS	  600
#define CODE	  "code.so"
#define CODE_SIZE 256
#define HUGE_SIZE (20LL << 30)
#define DEBUG	  ".build-id"

static const char *target;
static char name[PATH_MAX]; /* what is replaced */
static char build_id[64];   /* "12/3456.debug" */
static void (*nap)(void);
static void (*wreck)(void);

static void cannot(const char *what)
{
	perror(what);
	exit(77);
}

static void must(int result, const char *what)
{
	if (result < 0)
		cannot(what);
}

/* ---- what takes the place of a name ---- */

static void put_link(void)
{
	must(symlink(target, name), name);
}

static void put_fifo(void)
{
	must(mkfifo(name, 0666), name);
}

static void put_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(name) >= sizeof(address.sun_path))
		cannot(name);
	strcpy(address.sun_path, name);
	must(bind(fd, (struct sockaddr *)(void *)&address, sizeof(address)), name);
}

static void put_directory(void)
{
	must(mkdir(name, 0777), name);
}

/* Root has made that link, say; who owns the directory can give it any name. */
static void put_hard_link(void)
{
	must(rename("handed", name), "handed");
}

static void put_huge(void)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	must(fd, name);
	must(ftruncate(fd, HUGE_SIZE), name);
	close(fd);
}

static void put_nothing(void)
{
}

/* In turn what it was and what leads to the target, as fast as it goes. */
static void *exchange(void *other)
{
	for (;;)
		syscall(SYS_renameat2, AT_FDCWD, name, AT_FDCWD, (char *)other, 2 /* EXCHANGE */);
	return NULL;
}

static void put_in_turn(void)
{
	static char other[PATH_MAX + 8];
	pthread_t thread;
	int fd;

	snprintf(other, sizeof(other), "%s.old", name);
	fd = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0666); /* what it was may be there */
	if (fd >= 0)
		close(fd);
	must(symlink(target, name), name);
	must(-pthread_create(&thread, NULL, exchange, other), "pthread_create");
}

/* ---- which name ---- */

static void of_mapped(void (*put)(void))
{
	char old[PATH_MAX + 8];

	snprintf(name, sizeof(name), CODE);
	snprintf(old, sizeof(old), "%s.old", name);
	must(rename(name, old), name);
	put();
}

/* When it is gone, and only its mappings are known. */
static void of_mapped_afterwards(void (*put)(void))
{
	pid_t parent = getpid();

	if (fork())
		return;
	while (getppid() == parent)
		usleep(200);
	of_mapped(put);
	exit(0);
}

/* The directory that it lies in leads elsewhere. */
static void of_directory(void (*put)(void))
{
	char old[PATH_MAX + 8];

	if (!getcwd(name, sizeof(name)))
		cannot("getcwd");
	snprintf(old, sizeof(old), "%s.old", name);
	must(rename(name, old), name);
	put();
}

static void of_grown(void (*put)(void))
{
	snprintf(name, sizeof(name), CODE);
	must(truncate(name, HUGE_SIZE), name);
	put();
}

static void of_leased(void (*put)(void))
{
	int fd = open(CODE, O_RDONLY | O_CLOEXEC); /* stays open */

	signal(SIGIO, SIG_IGN);
	must(fcntl(fd, F_SETLEASE, F_WRLCK) && fcntl(fd, F_SETLEASE, F_RDLCK) ? -1 : 0, CODE);
	put();
}

/* Code that lies in no file, and the map that would name it. */
static void of_map(void (*put)(void))
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (code == MAP_FAILED)
		cannot("mmap");
	memcpy(code, (void *)(unsigned long)nap, CODE_SIZE);
	nap = (void (*)(void))(unsigned long)code;
	snprintf(name, sizeof(name), "/tmp/perf-%d.map", getpid());
	unlink(name);
	put();
}

/* Beside the program: there its debug link is looked for. */
static void of_debug_link(void (*put)(void))
{
	mkdir(".debug", 0777);
	snprintf(name, sizeof(name), ".debug/lnk");
	put();
}

static void of_debug_link_beside(void (*put)(void))
{
	snprintf(name, sizeof(name), "lnk");
	put();
}

/* ---- names in a view of its own ---- */

/* Root inside is who it is outside. */
static void map_id(const char *path, unsigned int id)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd, path);
	must(dprintf(fd, "0 %u 1", id), path);
	close(fd);
}

static void unshare_view(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	int fd;

	must(unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare");
	fd = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
	must(fd < 0 ? -1 : (int)write(fd, "deny", 4), "setgroups");
	close(fd);
	map_id("/proc/self/uid_map", uid);
	map_id("/proc/self/gid_map", gid);
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
}

static void put_bind(void)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	must(fd, name);
	close(fd);
	must(mount(target, name, NULL, MS_BIND, NULL), target);
}

static void of_own_root(void (*put)(void))
{
	unshare_view();
	must(chroot("."), "chroot");
	of_mapped(put);
}

/* The mapping keeps its name, and something else is mounted there; then the root changes. */
static void of_own_mount(void (*put)(void))
{
	unshare_view();
	snprintf(name, sizeof(name), CODE);
	put();
	must(chroot("."), "chroot");
}

static void of_own_debug_files(void (*put)(void))
{
	char *slash;

	unshare_view();
	mkdir("usr", 0777);
	mkdir("usr/lib", 0777);
	mkdir("usr/lib/debug", 0777);
	mkdir("usr/lib/debug/" DEBUG, 0777);
	snprintf(name, sizeof(name), "usr/lib/debug/" DEBUG "/%s", build_id);
	slash = strrchr(name, '/');
	*slash = 0;
	mkdir(name, 0777);
	*slash = '/';
	put();
	must(chroot("."), "chroot");
}

/* Its code lies in a file system of layers. */
static void of_overlay(void (*put)(void))
{
	void *code;

	unshare_view();
	mkdir("lower", 0777);
	mkdir("over", 0777);
	must(mount("none", "over", "tmpfs", 0, NULL), "over");
	mkdir("over/upper", 0777);
	mkdir("over/work", 0777);
	mkdir("over/all", 0777);
	must(rename(CODE, "lower/" CODE), CODE);
	must(mount("none", "over/all", "overlay", 0,
		   "lowerdir=lower,upperdir=over/upper,workdir=over/work"),
	     "overlay");
	must(chdir("over/all"), "over/all");
	code = dlopen("./" CODE, RTLD_NOW);
	if (!code)
		cannot("dlopen");
	nap = (void (*)(void))(unsigned long)dlsym(code, "nap");
	wreck = (void (*)(void))(unsigned long)dlsym(code, "wreck");
	snprintf(name, sizeof(name), CODE);
	put();
}

/* Another user before its names are looked at: a program that takes on the privileges of its file. */
static void of_setuid(void (*put)(void))
{
	int i;

	of_debug_link(put);
	for (i = 0; i < NAPS / 4; i++)
		nap();
	execl(target, target, "2", NULL);
	cannot(target);
}

static const struct kind {
	const char *name;
	void (*of)(void (*put)(void));
	void (*put)(void);
} kinds[] = {
	{ "mapped-link", of_mapped, put_link },
	{ "mapped-fifo", of_mapped, put_fifo },
	{ "mapped-socket", of_mapped, put_socket },
	{ "mapped-directory", of_mapped, put_directory },
	{ "mapped-hardlink", of_mapped, put_hard_link },
	{ "mapped-huge", of_mapped, put_huge },
	{ "mapped-gone", of_mapped, put_nothing },
	{ "mapped-race", of_mapped, put_in_turn },
	{ "mapped-grown", of_grown, put_nothing },
	{ "mapped-leased", of_leased, put_nothing },
	{ "after-link", of_mapped_afterwards, put_link },
	{ "after-fifo", of_mapped_afterwards, put_fifo },
	{ "after-hardlink", of_mapped_afterwards, put_hard_link },
	{ "directory-link", of_directory, put_link },
	{ "map-link", of_map, put_link },
	{ "map-fifo", of_map, put_fifo },
	{ "map-socket", of_map, put_socket },
	{ "map-hardlink", of_map, put_hard_link },
	{ "map-huge", of_map, put_huge },
	{ "map-race", of_map, put_in_turn },
	{ "link-link", of_debug_link, put_link },
	{ "link-fifo", of_debug_link, put_fifo },
	{ "link-hardlink", of_debug_link, put_hard_link },
	{ "link-huge", of_debug_link, put_huge },
	{ "link-race", of_debug_link, put_in_turn },
	{ "beside-link", of_debug_link_beside, put_link },
	{ "beside-fifo", of_debug_link_beside, put_fifo },
	{ "setuid-link", of_setuid, put_link },
	{ "root-link", of_own_root, put_link },
	{ "root-fifo", of_own_root, put_fifo },
	{ "root-bind", of_own_mount, put_bind },
	{ "root-debug-link", of_own_debug_files, put_link },
	{ "root-debug-fifo", of_own_debug_files, put_fifo },
	{ "root-debug-bind", of_own_debug_files, put_bind },
	{ "overlay-bind", of_overlay, put_bind },
	{ "overlay-plain", of_overlay, put_nothing },
	{ "plain", NULL, NULL }, /* what it should be: its file is to be opened */
};

static void load(void)
{
	void *code = dlopen("./" CODE, RTLD_NOW);

	if (!code)
		cannot("dlopen");
	nap = (void (*)(void))(unsigned long)dlsym(code, "nap");
	wreck = (void (*)(void))(unsigned long)dlsym(code, "wreck");
	if (!nap || !wreck)
		cannot("dlsym");
}

static void change(const char *which)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, which))
			continue;
		if (kinds[i].of)
			kinds[i].of(kinds[i].put);
		return;
	}
	fprintf(stderr, "stranger: no kind %s\n", which);
	exit(2);
}

int main(int argc, char **argv)
{
	struct rlimit none = { 0, 0 };
	const char *id = getenv("BUILD_ID");
	int i;

	if (argc != 5) {
		fprintf(stderr, "usage: stranger DIRECTORY KIND TARGET END\n");
		return 2;
	}
	target = argv[3];
	if (id && strlen(id) > 2)
		snprintf(build_id, sizeof(build_id), "%.2s/%.50s.debug", id, id + 2);
	setrlimit(RLIMIT_CORE, &none);
	must(chdir(argv[1]), argv[1]);
	load();
	change(argv[2]);
	for (i = 0; i < NAPS; i++)
		nap();
	if (!strcmp(argv[4], "crash"))
		wreck();
	return 0;
}
