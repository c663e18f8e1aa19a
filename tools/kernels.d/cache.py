# SPDX-License-Identifier: GPL-2.0-or-later
"""
Kernels, QEMU and libraries of other machines, from the packages of Debian,
unpacked below a directory of the user's own.  Nothing is installed: apt works
with a configuration, lists and a state of its own, and what is already there is
not asked for again.
"""

import concurrent.futures
import fcntl
import glob
import os
import re
import shutil
import subprocess
import tarfile
import zlib

import words

SUITES = ["bullseye", "bookworm", "bookworm-backports", "trixie", "trixie-backports"]
TOOL_SUITE = "trixie"  # its QEMU does not panic a kernel of two CPUs, as an older one does
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
ROOM = 800 << 20  # 575 MB stay, the packages on the way come to 100

QEMU = ["qemu-system-x86", "qemu-system-arm", "busybox-static"]
LIBRARIES = ["busybox-static", "libc6-dev", "libbpf-dev", "libdw-dev", "libelf-dev", "zlib1g-dev", "libjansson-dev",
             "libcap-dev", "libseccomp-dev", "libsqlite3-dev", "libprotobuf-c-dev", "libiberty-dev", "libutf8proc-dev", "libncurses-dev",
             "uthash-dev", "libmicrohttpd-dev", "libcurl4-openssl-dev",
             "libcriterion-dev"]


def directory():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("KERNEL_CACHE") or os.path.join(base, "tasktoll", "kernels")


def last_words(text):
    lines = [line for line in text.strip().splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("E:", "dpkg-deb:", "tar:"))]
    return (errors or lines or ["it does not say why"])[-1].strip()


class Cache:
    def __init__(self, say):
        self.say = say
        self.path = directory()
        self.listed = False
        try:
            os.makedirs(self.path, exist_ok=True)
            # one at a time: two runs would fetch the same
            self.lock = open(os.path.join(self.path, "lock"), "w", encoding="utf-8")
            fcntl.flock(self.lock, fcntl.LOCK_EX)
        except OSError as error:
            raise words.Unavailable("cannot keep kernels in %s" % self.path, error.strerror,
                                    "set KERNEL_CACHE to a directory that can be written to") from error

    # ---- apt, with nothing of the machine's but its mirror and its keys ----

    def options(self, suites, machine):
        own = {
            "Dir::Etc::SourceList": "/dev/null", "Dir::Etc::SourceParts": os.path.join(self.path, "apt", suites),
            "Dir::Etc::Preferences": "/dev/null", "Dir::Etc::PreferencesParts": "/dev/null",
            "Dir::State": os.path.join(self.path, "apt", "state"), "Dir::State::status": "/dev/null",
            "Dir::State::Lists": os.path.join(self.path, "apt", "lists"),
            "Dir::Cache": os.path.join(self.path, "apt", "cache"), "APT::Sandbox::User": "root",
            "APT::Architecture": machine.debian, "APT::Architectures": machine.debian,
            "APT::Install-Recommends": "false", "Acquire::Languages": "none", "Acquire::Retries": "2",
            "APT::Get::List-Cleanup": "false",
        }
        return [word for pair in own.items() for word in ("-o", "%s=%s" % pair)]

    def apt(self, program, arguments, suites="all", machine=None, where=None):
        command = [program, "-q"] + self.options(suites, machine or words.here()) + arguments
        try:
            return subprocess.run(command, cwd=where, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  env=dict(os.environ, LC_ALL="C"), check=False)
        except FileNotFoundError as error:
            raise words.Unavailable("cannot fetch kernels", "there is no %s" % program,
                                    "use a Debian or a system like it") from error

    def mirror(self):
        if os.environ.get("KERNEL_MIRROR"):
            return os.environ["KERNEL_MIRROR"]
        try:
            targets = subprocess.run(
                ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(LABEL)", "Created-By: Packages"],
                text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
        except FileNotFoundError as error:
            raise words.Unavailable("cannot fetch kernels", "there is no apt-get",
                                    "use a Debian or a system like it") from error
        rows = [row.split("|") for row in targets.split() if "|" in row]
        # without lists there are no labels, but there is a habit of naming mirrors
        rows = [uri for uri, label in rows if label == "Debian"] or \
               [uri for uri, label in rows if uri.rstrip("/").endswith("/debian")]
        if not rows:
            raise words.Unavailable("cannot fetch kernels", "no mirror of Debian is among the sources of apt",
                                    "set KERNEL_MIRROR to the URL of one")
        return rows[0]

    def write_sources(self, mirror):
        for name, suites in (("all", SUITES), ("tools", [TOOL_SUITE])):
            parts = os.path.join(self.path, "apt", name)
            os.makedirs(parts, exist_ok=True)
            with open(os.path.join(parts, "debian.sources"), "w", encoding="utf-8") as file:
                file.write("Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nArchitectures: amd64 arm64\n"
                           "Signed-By: %s\n" % (mirror, " ".join(suites), KEYRING))

    def update(self):
        """Reads the lists of packages, once a run."""
        if self.listed:
            return
        if not os.path.exists(KEYRING):
            raise words.Unavailable("cannot fetch kernels", "the keys of Debian are not here (%s)" % KEYRING,
                                    "install the package debian-archive-keyring")
        room = shutil.disk_usage(self.path).free
        if room < ROOM:
            raise words.Unavailable("cannot fetch kernels",
                                    "%d MB are free in %s, and %d MB are needed" % (room >> 20, self.path, ROOM >> 20),
                                    "make room, or set KERNEL_CACHE to a directory that has it")
        for part in ("state", "lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(self.path, "apt", part), exist_ok=True)
        mirror = self.mirror()
        self.write_sources(mirror)
        self.say("Fetching the lists of packages of %s" % ", ".join(SUITES))
        for machine in words.MACHINES.values():
            # a suite that has gone from the mirror fails alone; what is missed then is told by its name
            self.problem = last_words(self.apt("apt-get", ["update"], machine=machine).stdout)
        self.listed = True

    # ---- unpacked packages ----

    def download(self, package, machine, where):
        """One package by name, into a directory; its file."""
        uris = self.apt("apt-get", ["download", "--print-uris", "%s:%s" % (package, machine.debian)],
                        machine=machine).stdout
        found = re.search(r"^'\S+' \S+ (\d+)", uris, re.M)
        self.say("Fetching %s%s" % (package, " (%d MB)" % (int(found.group(1)) >> 20) if found else ""))
        done = self.apt("apt-get", ["download", "%s:%s" % (package, machine.debian)], machine=machine, where=where)
        files = glob.glob(os.path.join(where, "*.deb"))
        if done.returncode or not files:
            raise words.Unavailable("cannot download %s" % package, last_words(done.stdout),
                                    "try again; if it lasts, set KERNEL_MIRROR to another mirror")
        return files[0]

    def download_all(self, packages, machine):
        """Packages and all that they depend on; their files."""
        choose = ["install", "-y", "--no-install-recommends"]
        uris = self.apt("apt-get", choose + ["--print-uris"] + packages, "tools", machine).stdout
        rows = re.findall(r"^'\S+' (\S+) (\d+)", uris, re.M)
        self.say("Fetching %s and what they need: %d packages, %d MB" %
                 (", ".join(packages[:2]), len(rows), sum(int(size) for _, size in rows) >> 20))
        done = self.apt("apt-get", choose + ["--download-only"] + packages, "tools", machine)
        if done.returncode or not rows:
            raise words.Unavailable("cannot download %s" % packages[0], last_words(done.stdout or uris),
                                    "try again; if it lasts, set KERNEL_MIRROR to another mirror")
        archives = os.path.join(self.path, "apt", "cache", "archives")
        return [os.path.join(archives, name) for name, _ in rows]

    def unpack(self, deb, where):
        done = subprocess.run(["dpkg-deb", "-x", deb, where], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            self.broken(deb, last_words(done.stdout))

    def broken(self, deb, why):
        os.unlink(deb)
        raise words.Unavailable("cannot unpack %s" % os.path.basename(deb), why,
                                "it was removed and will be fetched anew: start again")

    def made(self, name, make):
        """The directory of that name, made once: nobody ever sees half of it."""
        final = os.path.join(self.path, name)
        if os.path.isdir(final):
            return final
        self.update()
        unfinished = final + ".unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        os.makedirs(unfinished)
        try:
            make(unfinished)
        except OSError as error:
            raise words.Unavailable("cannot make %s" % final, error.strerror or str(error),
                                    "make room, or set KERNEL_CACHE to another directory") from error
        os.rename(unfinished, final)
        return final

    # ---- what is wanted of it ----

    def newest(self, kernel):
        names = self.apt("apt-cache", ["pkgnames", "linux-"], machine=kernel.machine).stdout.split()
        # of one version, linux-image can be an empty package that needs linux-binary
        names = [name for name in names if re.fullmatch(kernel.package, name)]
        if not names:
            raise words.Unavailable("cannot find a kernel %s" % kernel.name,
                                    "no package matches %s; of the lists it was said: %s"
                                    % (kernel.package, self.problem),
                                    "change tests/kernels/list, or set KERNEL_MIRROR to another mirror")

        def version(name):
            return [int(number) for number in re.findall(r"\d+", name.split("cloud")[0])], "binary" not in name

        best = max(names, key=version)
        binary = best.replace("linux-image-", "linux-binary-")
        return binary if binary in names else best

    def kernel(self, kernel):
        def make(where):
            package = self.newest(kernel)
            deb = self.download(package, kernel.machine, where)
            self.take_image(deb, os.path.join(where, "vmlinuz"))
            os.unlink(deb)
            with open(os.path.join(where, "package"), "w", encoding="utf-8") as file:
                file.write("%s\n" % package)

        return os.path.join(self.made(os.path.join("kernel", kernel.name), make), "vmlinuz")

    def take_image(self, deb, target):
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=False) as reader:
            try:
                with tarfile.open(fileobj=reader.stdout, mode="r|") as tar:
                    for member in tar:
                        if member.isfile() and os.path.basename(member.name).startswith("vmlinuz"):
                            with open(target, "wb") as file:
                                shutil.copyfileobj(tar.extractfile(member), file)
            except tarfile.TarError:
                pass  # dpkg-deb says it better
            complaint = reader.stderr.read().decode(errors="replace")
        if reader.returncode:
            self.broken(deb, last_words(complaint))
        if not os.path.exists(target):
            self.broken(deb, "there is no vmlinuz in it")

    def tree(self, name, packages, machine):
        def make(where):
            debs = self.download_all(packages, machine)
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(lambda deb: self.unpack(deb, where), debs))
            for deb in debs:
                os.unlink(deb)
            # packages of a merged /usr take these for granted
            for link in ("lib", "lib64", "bin", "sbin"):
                if os.path.isdir(os.path.join(where, "usr", link)) and not os.path.lexists(os.path.join(where, link)):
                    os.symlink("usr/" + link, os.path.join(where, link))

        return self.made(name, make)

    def qemu(self):
        """With all its libraries, down to the C library: it runs on whatever is here."""
        return self.tree("qemu", QEMU, words.here())

    def libraries(self, machine):
        """Of another machine, with headers; NULL stands for those of this one."""
        if machine == words.here():
            return None
        # another list is another tree: what is kept of an older one would lack what is new
        which = zlib.crc32(" ".join(LIBRARIES).encode())
        return self.tree("libraries-%s-%08x" % (machine.name, which), LIBRARIES, machine)
