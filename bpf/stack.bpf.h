/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stack of a culprit, taken while it still has one: registers, the bytes of
 * the stack, and the executable mappings; user space unwinds and names it when
 * the process may be long gone.
 *
 * Where its signal is delivered interrupts are off, and no mapping can be looked
 * at.  So it is taken when the culprit exits, on kernels whose tracepoint comes
 * before the address space is given up (6.16, which also told it whether the
 * thread is the last one).  On older ones it is taken where the culprit would
 * dump core; if nobody may hook that, at the signal, and user space reads the
 * mappings from /proc if it is fast enough.
 */
#ifndef STACK_BPF_H
#define STACK_BPF_H

#define VM_EXEC 0x00000004

#define STACK_CHUNK	  1024
#define STACK_GUARD_PAGES 16
#define STACK_MAPS_SEEN	  4096 /* mappings looked at, executable or not */
#define PATH_NAMES	  20
#define PATH_NAME	  256

/* Culprits on their way out: what their stack will belong to, by thread id. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64);
} culprits SEC(".maps");

extern int bpf_iter_task_vma_new(struct bpf_iter_task_vma *it, struct task_struct *task,
				 __u64 addr) __ksym __weak;
extern struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *it) __ksym __weak;
extern void bpf_iter_task_vma_destroy(struct bpf_iter_task_vma *it) __ksym __weak;

/* Names from a file up to the root of its mount namespace; see struct life_map. */
__noinline int map__path(struct life_map *map, __u64 dentry_at, __u64 vfsmount_at)
{
	struct dentry *dentry = (void *)dentry_at, *parent;
	struct mount *mount = container_of((struct vfsmount *)vfsmount_at, struct mount, mnt);
	struct mount *above;
	const void *name;
	__u64 at = 0;
	int i;

	if (!map)
		return 0;
	for (i = 0; i < PATH_NAMES; i++) {
		long n;

		parent = BPF_CORE_READ(dentry, d_parent);
		if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
			above = BPF_CORE_READ(mount, mnt_parent);
			if (above == mount)
				break;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = above;
			continue;
		}
		name = BPF_CORE_READ(dentry, d_name.name);
		if (parent == dentry)
			break;
		barrier_var(at);
		if (at > STACK_PATH - PATH_NAME)
			break;
		barrier_var(at); /* what has been checked is what is used */
		n = bpf_probe_read_kernel_str(map->path + at, PATH_NAME, name);
		if (n <= 0)
			break;
		at += n;
		dentry = parent;
	}
	map->length = at;
	return 0;
}

static __always_inline void map__fill(struct life_map *map, struct vm_area_struct *vma)
{
	struct file *file = BPF_CORE_READ(vma, vm_file);

	map->start = BPF_CORE_READ(vma, vm_start);
	map->end = BPF_CORE_READ(vma, vm_end);
	map->offset = 0;
	map->inode = 0;
	map->device = 0;
	map->length = 0;
	if (!file)
		return;
	map->offset = BPF_CORE_READ(vma, vm_pgoff) << 12;
	map->inode = BPF_CORE_READ(file, f_inode, i_ino);
	map->device = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	map__path(map, (__u64)BPF_CORE_READ(file, f_path.dentry),
		  (__u64)BPF_CORE_READ(file, f_path.mnt));
}

/* All counters live in memory: in registers, each of their values would be verified on its own. */
static __always_inline void stack__take_maps(struct life_stack *stack, struct task_struct *task)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;

	bpf_iter_task_vma_new(&it, task, 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		__u32 n = stack->map_count;

		if (++stack->stack_size > STACK_MAPS_SEEN) /* borrowed as a counter */
			break;
		if (!(BPF_CORE_READ(vma, vm_flags) & VM_EXEC))
			continue;
		if (n >= STACK_MAPS)
			break;
		map__fill(&stack->maps[n], vma);
		stack->map_count = n + 1;
	}
	bpf_iter_task_vma_destroy(&it);
}

/* ---- kernels without that iterator (before 6.7): the mappings that words of the stack point to ---- */

#define STACK_LOOKUPS 512 /* of mappings: each is a walk through a tree */

struct map_search {
	struct life_stack *stack;
	__u64 start, end; /* the mapping found last, executable or not */
	__u32 lookups;
};

static long map_search__found(struct task_struct *task, struct vm_area_struct *vma,
			      struct map_search *search)
{
	struct life_stack *stack = search->stack;
	__u32 n = stack->map_count;

	search->start = BPF_CORE_READ(vma, vm_start);
	search->end = BPF_CORE_READ(vma, vm_end);
	if (n >= STACK_MAPS || !(BPF_CORE_READ(vma, vm_flags) & VM_EXEC))
		return 0;
	map__fill(&stack->maps[n], vma);
	stack->map_count = n + 1;
	return 0;
}

/* Not static, so that it is verified once: as is map__path(). */
__noinline int stack__has_map(struct life_stack *stack, __u64 address)
{
	__u32 i;

	if (!stack)
		return 0;
	for (i = 0; i < STACK_MAPS; i++) {
		if (address >= stack->maps[i].start && address < stack->maps[i].end)
			return i < stack->map_count;
	}
	return 0;
}

static __always_inline void map_search__look(struct map_search *search, __u64 address)
{
	struct life_stack *stack = search->stack;

	if (address - search->start < search->end - search->start || address < 4096 ||
	    address >> 56 || search->lookups >= STACK_LOOKUPS)
		return;
	if (stack__has_map(stack, address))
		return;
	search->lookups++;
	bpf_find_vma(bpf_get_current_task_btf(), address, map_search__found, search, 0);
}

static long map_search__word(__u32 i, struct map_search *search)
{
	struct life_stack *stack = search->stack;
	__u64 word;

	if (i >= STACK_BYTES / 8 || i * 8 >= stack->stack_size)
		return 1;
	word = *(__u64 *)(stack->stack + i * 8);
	map_search__look(search, word);
	return 0;
}

static __always_inline void stack__search_maps(struct life_stack *stack)
{
	struct map_search search = { .stack = stack };

	map_search__look(&search, REGS_IP(stack->regs));
	map_search__look(&search, REGS_LR(stack->regs));
	bpf_loop(STACK_BYTES / 8, map_search__word, &search, 0);
}

/* A stack that is used up has its pointer in the guard: where it begins to be there. */
static __always_inline __u64 stack__begin(__u64 sp)
{
	__u64 word;
	int i;

	for (i = 0; i < STACK_GUARD_PAGES; i++) {
		if (!bpf_probe_read_user(&word, sizeof(word), (void *)sp))
			return sp;
		sp = (sp + 4096) & ~4095ULL;
	}
	return sp;
}

static __always_inline void stack__copy(struct life_stack *stack, __u64 sp)
{
	__u32 i, j;

	sp = stack__begin(sp);
	stack->stack_at = sp;
	stack->stack_size = 0;
	for (i = 0; i < STACK_BYTES / STACK_CHUNK; i++) {
		if (bpf_probe_read_user(stack->stack + i * STACK_CHUNK, STACK_CHUNK,
					(void *)(sp + i * STACK_CHUNK)))
			break;
		stack->stack_size = (i + 1) * STACK_CHUNK;
	}
	if (i >= STACK_BYTES / STACK_CHUNK)
		return;
	for (j = 0; j < 15; j++) { /* the end of the stack lies in the last chunk */
		__u64 at = stack->stack_size;

		if (at > STACK_BYTES - 64)
			return;
		barrier_var(at); /* what has been checked is what is used */
		if (bpf_probe_read_user(stack->stack + at, 64, (void *)(sp + at)))
			return;
		stack->stack_size = at + 64;
	}
}

/* iterate: over all mappings; or else search for those that matter. */
static __noinline int stack__take(void *ctx, __u64 id, bool iterate)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct life_stack *stack = bpf_ringbuf_reserve(&stacks, sizeof(*stack), 0);
	long n;

	if (!stack) {
		__sync_fetch_and_add(&life_loss.stacks, 1);
		return 0;
	}
	stack->id = id;
	who__fill(&stack->who, task);
	regs__read(stack->regs, (void *)bpf_task_pt_regs(task));
	stack->reg_count = STACK_REG_COUNT;
	n = bpf_get_stack(ctx, stack->frames, sizeof(stack->frames), BPF_F_USER_STACK);
	stack->frame_count = n > 0 ? (__u32)n / 8 : 0;
	stack->map_count = 0;
	stack->stack_size = 0;
	if (cfg_maps && iterate)
		stack__take_maps(stack, task);
	stack__copy(stack, REGS_SP(stack->regs));
	if (cfg_maps && !iterate)
		stack__search_maps(stack);
	bpf_ringbuf_submit(stack, BPF_RB_FORCE_WAKEUP);
	return 0;
}

/* At the signal. */
static __always_inline void stack__of_culprit(void *ctx, __u32 tid, __u64 id)
{
	if (!cfg_maps)
		stack__take(ctx, id, false);
	else if (bpf_map_update_elem(&culprits, &tid, &id, BPF_ANY))
		__sync_fetch_and_add(&life_loss.stacks, 1);
}

/* At the exit. */
static __always_inline void stack__of_exiting(void *ctx, __u32 tid, bool iterate)
{
	__u64 *id = bpf_map_lookup_elem(&culprits, &tid);

	if (!id)
		return;
	stack__take(ctx, *id, iterate);
	bpf_map_delete_elem(&culprits, &tid);
}

#endif
