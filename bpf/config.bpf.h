/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What user space decides before load.  All of it is read-only data, so the
 * verifier deletes the code of whatever is off.
 */
#ifndef CONFIG_BPF_H
#define CONFIG_BPF_H

const volatile __u32 cfg_target = TARGET_ALL; /* enum target_mode */
const volatile bool cfg_children = true;      /* TARGET_PID: descendants too */
const volatile bool cfg_runq = true;	      /* wakeups are hooked */
const volatile __u64 cfg_cgroup = 0;	      /* TARGET_CGROUP: id of the cgroup */

#endif
