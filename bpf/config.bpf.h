/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What user space decides before load.  All of it is read-only data, so the
 * verifier deletes the code of whatever is off.
 */
#ifndef CONFIG_BPF_H
#define CONFIG_BPF_H

const volatile __u32 cfg_target = TARGET_ALL; /* enum target_mode */
const volatile bool cfg_children = true;      /* TARGET_PID: descendants too */
const volatile bool cfg_delay = true;	      /* the kernel's own run_delay is used */
const volatile bool cfg_wakes = false;	      /* wakeups are stamped */
const volatile bool cfg_edges = false;	      /* who wakes whom, and how many run at once */
const volatile bool cfg_ids = false;	      /* our PID namespace is not the machine's */
const volatile __u64 cfg_cgroup = 0;	      /* TARGET_CGROUP: id of the cgroup */
const volatile bool cfg_switches = true;      /* switches are counted: tasks have records */
const volatile bool cfg_lifecycle = true;     /* births, ends and crashes are told */
const volatile bool cfg_stacks = false;	      /* switches, wakeups and creations: with stacks */
const volatile bool cfg_timeline = false;     /* each interval on a CPU is told, as an event */
const volatile bool cfg_wakers = false;	      /* with who woke the task */
const volatile bool cfg_pythons = false;      /* with the frames of Python programs */
const volatile bool cfg_all = false; /* whatever ends abnormally is followed, not crashes only */
const volatile bool cfg_maps = true; /* after the signal, with its mappings */
const volatile bool cfg_exit = true; /* at its exit, from 6.16; else where it dumps core */
const volatile __u32 cfg_mounts =
	0; /* inode of our mount namespace; 0: who execs is not told at once */
const volatile bool cfg_outsiders = true;	    /* stacks of culprits outside the target, too */
const volatile __u32 cfg_price = PRICE_EACH;	    /* which switches are priced: one in so many */
const volatile __u32 cfg_page_shift = 12;	    /* bits of an address within a page */
const volatile __u64 cfg_window_ns = 2000000000ULL; /* how long a crash is followed */

#endif
