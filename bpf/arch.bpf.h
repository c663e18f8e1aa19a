/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs from one CPU architecture to the other. */
#ifndef ARCH_BPF_H
#define ARCH_BPF_H

#if defined(__TARGET_ARCH_x86)

/* splice() has the file descriptor that it writes to in third place. */
#define SYSCALL_WRITES_THIRD(regs) (BPF_CORE_READ(regs, orig_ax) == 275)

#define STACK_REG_COUNT 17

/* By DWARF register number (System V ABI, AMD64 supplement, figure 3.36). */
static __always_inline void regs__read(__u64 *out, const struct pt_regs *from)
{
	struct pt_regs copy, *regs = &copy;

	bpf_probe_read_kernel(regs, sizeof(*regs), from);
	out[0] = regs->ax;
	out[1] = regs->dx;
	out[2] = regs->cx;
	out[3] = regs->bx;
	out[4] = regs->si;
	out[5] = regs->di;
	out[6] = regs->bp;
	out[7] = regs->sp;
	out[8] = regs->r8;
	out[9] = regs->r9;
	out[10] = regs->r10;
	out[11] = regs->r11;
	out[12] = regs->r12;
	out[13] = regs->r13;
	out[14] = regs->r14;
	out[15] = regs->r15;
	out[16] = regs->ip;
}

#define REGS_FP(out) ((out)[6])
#define REGS_SP(out) ((out)[7])
#define REGS_IP(out) ((out)[16])
#define REGS_LR(out) 0 /* the return address is on the stack */

/* Of struct pt_regs, as bpf_task_pt_regs() returns it. */
#define TASK_IP(regs) ((regs)->ip)
#define TASK_SP(regs) ((regs)->sp)
#define TASK_FP(regs) ((regs)->bp)
#define TASK_LR(regs) 0

/* What pthread_self() returns in the current task. */
#define TASK_SELF(task) ((task)->thread.fsbase)

/* A program of 32 bits runs with another code segment (USER32_CS). */
#define TASK_IS_32(regs) ((regs)->cs == 0x23)

/* Number of the exception that a thread had last. */
#define TASK_TRAP(task) BPF_CORE_READ(task, thread.trap_nr)

#define TS_COMPAT 0x0002 /* of thread_info.status: in a system call of 32 bits */

#define SYSCALL_NR(regs) ((__s32)BPF_CORE_READ(regs, orig_ax))

/* AUDIT_ARCH_I386, AUDIT_ARCH_X86_64 */
#define SYSCALL_ARCH(task, regs)                                                                   \
	(BPF_CORE_READ(task, thread_info.status) & TS_COMPAT ? 0x40000003 : 0xc000003e)

#elif defined(__TARGET_ARCH_arm64)

#define SYSCALL_NR(regs)	 BPF_CORE_READ(regs, syscallno)

/* AUDIT_ARCH_ARM, AUDIT_ARCH_AARCH64 */
#define SYSCALL_ARCH(task, regs) (BPF_CORE_READ(regs, pstate) & 0x10 ? 0x40000028 : 0xc00000b7)

#define TASK_TRAP(task) 0

#define SYSCALL_WRITES_THIRD(regs) (BPF_CORE_READ(regs, syscallno) == 76)

#define STACK_REG_COUNT 33

/*
 * By DWARF register number (DWARF for the Arm 64-bit Architecture): x0 to x30, sp,
 * pc, which is how the kernel has them, too.  No copy in between: it would take
 * more than half of the stack that a BPF program may have.
 */
static __always_inline void regs__read(__u64 *out, const struct pt_regs *from)
{
	bpf_probe_read_kernel(out, STACK_REG_COUNT * sizeof(*out), from);
}

#define REGS_FP(out) ((out)[29])
#define REGS_SP(out) ((out)[31])
#define REGS_IP(out) ((out)[32])
#define REGS_LR(out) ((out)[30])

#define TASK_IP(regs) ((regs)->pc)
#define TASK_SP(regs) ((regs)->sp)
#define TASK_FP(regs) ((regs)->regs[29])
#define TASK_LR(regs) ((regs)->regs[30])

#define TASK_SELF(task) ((task)->thread.uw.tp_value)

#define TASK_IS_32(regs) ((regs)->pstate & 0x10) /* PSR_MODE32_BIT */

#endif

#endif
