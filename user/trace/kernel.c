/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/kernel.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/utsname.h>
#include <unistd.h>

static bool cap__effective(cap_value_t cap)
{
	cap_t caps = cap_get_proc();
	cap_flag_value_t value = CAP_CLEAR, admin = CAP_CLEAR;

	if (!caps)
		return false;
	cap_get_flag(caps, cap, CAP_EFFECTIVE, &value);
	cap_get_flag(caps, CAP_SYS_ADMIN, CAP_EFFECTIVE, &admin);
	cap_free(caps);
	return value == CAP_SET || admin == CAP_SET;
}

void kernel_facts__read(struct kernel_facts *facts)
{
	struct utsname name;

	memset(facts, 0, sizeof(*facts));
	uname(&name);
	snprintf(facts->release, sizeof(facts->release), "%.64s", name.release);
	snprintf(facts->machine, sizeof(facts->machine), "%.64s", name.machine);
	if (sscanf(name.release, "%d.%d", &facts->major, &facts->minor) != 2)
		facts->major = facts->minor = 0;
	facts->btf = access(KERNEL_BTF, R_OK) == 0;
	facts->cap_bpf = cap__effective(CAP_BPF);
	facts->cap_perfmon = cap__effective(CAP_PERFMON);
	facts->lockdown = lockdown__read();
	namespaces__read(&facts->namespaces, "/proc/self", getpid());
}

int kernel_facts__check(const struct kernel_facts *facts, const char *btf, struct failure *failure)
{
	int err;

	if (facts->major < KERNEL_FLOOR_MAJOR ||
	    (facts->major == KERNEL_FLOOR_MAJOR && facts->minor < KERNEL_FLOOR_MINOR))
		return failure__set(failure, -ENOSYS, "tasktoll needs Linux 6.1 or newer",
				    "boot a newer kernel", "cannot trace on Linux %s",
				    facts->release);
	if (btf) {
		struct btf *parsed;

		if (access(btf, R_OK))
			return failure__set(failure, -errno, NULL,
					    "name a readable BTF file, or leave --btf out",
					    "cannot read BTF file %s", btf);
		parsed = btf__parse(btf, NULL);
		if (!parsed)
			return failure__set(failure, -EINVAL, "it holds no BTF",
					    "name a BTF or an ELF file with a .BTF section",
					    "cannot read BTF file %s", btf);
		btf__free(parsed);
	}
	err = namespaces__check(&facts->namespaces, failure);
	if (err)
		return err;
	if (!facts->cap_bpf || !facts->cap_perfmon)
		return failure__set(failure, -EPERM, "no permission to load BPF programs",
				    "run it with sudo, or grant CAP_BPF and CAP_PERFMON",
				    "cannot trace");
	if (!facts->btf && access("/sys/kernel", F_OK))
		return failure__set(failure, -ENOENT,
				    "/sys is not mounted, and " KERNEL_BTF " is below it",
				    "mount -t sysfs sysfs /sys", "cannot trace");
	if (!facts->btf)
		return failure__set(failure, -ENOENT,
				    "this kernel has no BTF (" KERNEL_BTF " is not there)",
				    "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y",
				    "cannot trace");
	if (facts->lockdown == LOCKDOWN_CONFIDENTIALITY)
		return failure__set(failure, -EPERM,
				    "the kernel is locked down in confidentiality mode",
				    "boot with lockdown=integrity or none", "cannot trace");
	return 0;
}
