/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths as systemd, container runtimes and Kubernetes make them; what only looks like one stays a path. */
#include "core/cgroup_name.h"

#include <string.h>

#include "unit.h"

#define HEX	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UID	    "8f3c2a10-1b2c-4d3e-9f40-0123456789ab"
#define UID_SYSTEMD "8f3c2a10_1b2c_4d3e_9f40_0123456789ab"

static const struct {
	const char *path, *name;
} names[] = {
	{ "/", "/" },
	{ "", "/" },
	{ "/system.slice/postgresql@15-main.service", "postgresql@15-main.service" },
	{ "/system.slice/foo.service/workers", "foo.service" },
	{ "/user.slice/user-1000.slice/session-3.scope", "session-3.scope" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-a\\x2db.service",
	  "app-a-b.service" },
	{ "/system.slice", "system.slice" },
	{ "/system.slice/docker-" HEX ".scope", "docker 0123456789ab" },
	{ "/docker/" HEX, "docker 0123456789ab" },
	{ "/docker/" HEX "/init.scope", "docker 0123456789ab" },
	{ "/machine.slice/libpod-" HEX ".scope", "podman 0123456789ab" },
	{ "/machine.slice/libpod-" HEX ".scope/container", "podman 0123456789ab" },
	{ "/user.slice/crio-" HEX ".scope", "cri-o 0123456789ab" },
	{ "/system.slice/cri-containerd-" HEX ".scope", "containerd 0123456789ab" },
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_SYSTEMD
	  ".slice/cri-containerd-" HEX ".scope",
	  "pod " UID "/0123456789ab" },
	{ "/kubepods.slice/kubepods-pod" UID_SYSTEMD ".slice/crio-" HEX ".scope",
	  "pod " UID "/0123456789ab" },
	{ "/kubepods/besteffort/pod" UID "/" HEX, "pod " UID "/0123456789ab" },
	{ "/kubepods/pod" UID, "pod " UID },
	/* not what they look like */
	{ "/docker-0123.scope", "docker-0123.scope" },
	{ "/work/" HEX, "/work/" HEX },
	{ "/podcast", "/podcast" },
	{ "/kubepods/pod1234", "/kubepods/pod1234" },
	{ "/docker", "/docker" },
	{ ".service", ".service" },
	{ "/a/\\x", "/a/\\x" },
	{ "/x\\x2.service", "x\\x2.service" },
	{ "/kubepods.slice", "kubepods.slice" },
};

Test(cgroup_name, tells_container_unit_or_the_path)
{
	char name[256], tiny[4];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		cgroup__name(name, sizeof(name), names[i].path);
		SAME_TEXT(name, names[i].name);
		cgroup__name(tiny, sizeof(tiny), names[i].path);
		cr_expect_lt(strlen(tiny), sizeof(tiny));
	}
}
