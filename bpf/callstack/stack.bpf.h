/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stack of a culprit, taken while it still has one: registers, the bytes of
 * the stack, and the executable mappings that it refers to; user space unwinds and
 * names it when the process may be long gone.
 *
 * A process can have mappings by the ten thousand.  Those that matter are found by
 * what points into them: the registers, the chain of frame pointers, and the words
 * on the stack.
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
#define STACK_LOOKUPS	  4096	    /* of mappings: each is a walk through a tree */
#define STACK_PASSES	  3	    /* while another thread is changing them */
#define STACKS_WAITING	  (2 << 20) /* bytes, before those of outsiders are left out */
#define PATH_NAMES	  20
#define PATH_NAME	  256

#define EBUSY 16

/* Culprits on their way out: what their stack will belong to, by thread id. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64);
} culprits SEC(".maps");

/* ---- one mapping ---- */

/* Names from a file up to the root of its mount namespace; see struct culprit_map. */
__noinline int map__path(struct culprit_map *map, __u64 dentry_at, __u64 vfsmount_at)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct dentry *root = BPF_CORE_READ(task, fs, root.dentry);
	struct mount *mount = container_of((struct vfsmount *)vfsmount_at, struct mount, mnt);
	struct dentry *dentry = (void *)dentry_at, *parent;
	struct mount *above;
	const void *name;
	__u64 at = 0;
	int i;

	if (!map)
		return 0;
	for (i = 0; i < PATH_NAMES; i++) {
		long n;

		if (dentry == root && !map->inside)
			map->inside = at;
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
		if (parent == dentry && at)
			break;
		barrier_var(at);
		if (at > STACK_PATH - PATH_NAME)
			break;
		barrier_var(at); /* what has been checked is what is used */
		n = bpf_probe_read_kernel_str(map->path + at, PATH_NAME, name);
		if (n <= 0)
			break;
		at += n;
		if (parent == dentry) /* it lies in no directory */
			break;
		dentry = parent;
	}
	map->length = at;
	return 0;
}

static __always_inline bool vma__is_vdso(struct vm_area_struct *vma)
{
	struct mm_struct *mm = BPF_CORE_READ(vma, vm_mm);

	return bpf_core_field_exists(mm->context.vdso) &&
	       (__u64)BPF_CORE_READ(mm, context.vdso) == BPF_CORE_READ(vma, vm_start);
}

static __always_inline void map__fill(struct culprit_map *map, struct vm_area_struct *vma)
{
	struct file *file = BPF_CORE_READ(vma, vm_file);
	struct dentry *dentry;

	map->flags = 0;
	map->start = BPF_CORE_READ(vma, vm_start);
	map->end = BPF_CORE_READ(vma, vm_end);
	map->offset = 0;
	map->inode = 0;
	map->size = 0;
	map->device = 0;
	map->length = 0;
	map->inside = 0;
	map->pad = 0;
	if (!file) {
		if (vma__is_vdso(vma))
			map->flags |= MAP_VDSO;
		return;
	}
	dentry = BPF_CORE_READ(file, f_path.dentry);
	if (!BPF_CORE_READ(dentry, d_hash.pprev))
		map->flags |= MAP_DELETED;
	map->offset = BPF_CORE_READ(vma, vm_pgoff) << cfg_page_shift;
	map->inode = BPF_CORE_READ(file, f_inode, i_ino);
	map->size = BPF_CORE_READ(file, f_inode, i_size);
	map->device = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	map__path(map, (__u64)dentry, (__u64)BPF_CORE_READ(file, f_path.mnt));
}

/* ---- the mappings that a stack points to ---- */

struct map_search {
	struct culprit_stack *stack;
	__u64 start, end; /* the mapping found last, executable or not */
	__u64 limit;	  /* of addresses */
	__u32 lookups;
	__u32 busy;
};

/* Not static, so that it is verified once: as is map__path(). */
__noinline int stack__has_map(struct culprit_stack *stack, __u64 address)
{
	__u32 i;

	if (!stack)
		return 0;
	for (i = 0; i < STACK_MAPS; i++) {
		if (i >= stack->map_count)
			break;
		if (address >= stack->ranges[i].start && address < stack->ranges[i].end)
			return 1;
	}
	return 0;
}

static long map_search__found(struct task_struct *task, struct vm_area_struct *vma,
			      struct map_search *search)
{
	struct culprit_stack *stack = search->stack;
	__u32 n = stack->map_count;
	struct culprit_map *map;

	search->start = BPF_CORE_READ(vma, vm_start);
	search->end = BPF_CORE_READ(vma, vm_end);
	if (!(BPF_CORE_READ(vma, vm_flags) & VM_EXEC))
		return 0;
	if (n >= STACK_MAPS) {
		stack->flags |= STACK_MAPS_MANY;
		return 0;
	}
	map = bpf_ringbuf_reserve(&stacks, sizeof(*map), 0);
	if (!map) {
		stack->flags |= STACK_MAPS_LOST;
		return 0;
	}
	map->part = STACK_PART_MAP;
	map->id = stack->id;
	map__fill(map, vma);
	bpf_ringbuf_submit(map, BPF_RB_NO_WAKEUP);
	stack->ranges[n].start = search->start;
	stack->ranges[n].end = search->end;
	stack->map_count = n + 1;
	return 0;
}

static __always_inline void map_search__look(struct map_search *search, __u64 address)
{
	struct culprit_stack *stack = search->stack;

	if (address - search->start < search->end - search->start || address < 4096 ||
	    address >= search->limit || stack__has_map(stack, address))
		return;
	if (search->lookups >= STACK_LOOKUPS) {
		stack->flags |= STACK_MAPS_MANY;
		return;
	}
	search->lookups++;
	if (bpf_find_vma(bpf_get_current_task_btf(), address, map_search__found, search, 0) ==
	    -EBUSY)
		search->busy = 1;
}

static long map_search__reg(__u32 i, struct map_search *search)
{
	if (i >= STACK_REG_COUNT)
		return 1;
	map_search__look(search, search->stack->regs[i]);
	return 0;
}

static long map_search__frame(__u32 i, struct map_search *search)
{
	if (i >= STACK_FRAMES || i >= search->stack->frame_count)
		return 1;
	map_search__look(search, search->stack->frames[i]);
	return 0;
}

/* Of 4 bytes for a program of 32 bits, and else of 8. */
static long map_search__word(__u32 i, struct map_search *search)
{
	struct culprit_stack *stack = search->stack;
	__u64 word;

	if (stack->flags & STACK_32BIT) {
		if (i >= STACK_BYTES / 4 || i * 4 >= stack->stack_size)
			return 1;
		word = *(__u32 *)(stack->stack + i * 4);
	} else {
		if (i >= STACK_BYTES / 8 || i * 8 >= stack->stack_size)
			return 1;
		word = *(__u64 *)(stack->stack + i * 8);
	}
	map_search__look(search, word);
	return 0;
}

static long map_search__pass(__u32 i, struct map_search *search)
{
	if (i && !search->busy)
		return 1;
	search->busy = 0;
	bpf_loop(STACK_REG_COUNT, map_search__reg, search, 0);
	bpf_loop(STACK_FRAMES, map_search__frame, search, 0);
	bpf_loop(STACK_BYTES / 4, map_search__word, search, 0);
	return 0;
}

static __always_inline void stack__search_maps(struct culprit_stack *stack,
					       struct task_struct *task)
{
	struct map_search search = { .stack = stack, .limit = BPF_CORE_READ(task, mm, task_size) };

	/* first where it stands: with interrupts off (a kretprobe of arm64) one look is all there is */
	map_search__look(&search, REGS_IP(stack->regs));
	map_search__look(&search, stack->stack_at);
	if (stack->stack_at + stack->stack_size == search.end)
		stack->flags |= STACK_ALL;
	bpf_loop(STACK_PASSES, map_search__pass, &search, 0);
	if (search.busy)
		stack->flags |= STACK_MAPS_LOST;
}

/* ---- the stack ---- */

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

/*
 * This and the next are apart: what they have on the program's own stack is not there while
 * mappings are looked up, which goes six calls deep and has 512 bytes on 6.1.
 */
static __noinline int stack__copy(struct culprit_stack *stack, __u64 sp)
{
	__u32 i, j;

	if (!stack)
		return 0;

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
		return 0;
	for (j = 0; j < 15; j++) { /* the end of the stack lies in the last chunk */
		__u64 at = stack->stack_size;

		if (at > STACK_BYTES - 64)
			return 0;
		barrier_var(at); /* what has been checked is what is used */
		if (bpf_probe_read_user(stack->stack + at, 64, (void *)(sp + at)))
			return 0;
		stack->stack_size = at + 64;
	}
	return 0;
}

static __noinline int stack__fill(struct culprit_stack *stack, __u64 id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);

	if (!stack)
		return 0;
	stack->part = STACK_PART_STACK;
	stack->flags = TASK_IS_32(regs) ? STACK_32BIT : 0;
	stack->id = id;
	task_id__fill(&stack->task_id, task);
	regs__read(stack->regs, regs);
	stack->reg_count = STACK_REG_COUNT;
	stack->map_count = 0;
	return 0;
}

/* Room is for those of the target first. */
static __always_inline struct culprit_stack *stack__reserve(bool traced)
{
	struct culprit_stack *stack;

	if (!traced && bpf_ringbuf_query(&stacks, BPF_RB_AVAIL_DATA) > STACKS_WAITING)
		return NULL;
	stack = bpf_ringbuf_reserve(&stacks, sizeof(*stack), 0);
	if (!stack && traced)
		__sync_fetch_and_add(&lifecycle_loss.stacks, 1);
	return stack;
}

static __noinline int stack__take(void *ctx, __u64 id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct culprit_stack *stack = stack__reserve(task_id__is_traced(task));
	long n;

	if (!stack)
		return 0;
	stack__fill(stack, id);
	n = bpf_get_stack(ctx, stack->frames, sizeof(stack->frames), BPF_F_USER_STACK);
	stack->frame_count = n > 0 ? (__u32)n / 8 : 0;
	stack__copy(stack, REGS_SP(stack->regs));
	if (cfg_maps)
		stack__search_maps(stack, task);
	else
		stack->flags |= STACK_NO_MAPS;
	bpf_ringbuf_submit(stack, BPF_RB_FORCE_WAKEUP);
	return 0;
}

/* At the signal. */
static __always_inline void stack__of_culprit(void *ctx, struct task_struct *task, __u64 id)
{
	bool traced = task_id__is_traced(task);
	__u32 tid = task->pid;

	if (!traced && !cfg_outsiders)
		return;
	if (!cfg_maps)
		stack__take(ctx, id);
	else if (bpf_map_update_elem(&culprits, &tid, &id, BPF_ANY) && traced)
		__sync_fetch_and_add(&lifecycle_loss.stacks, 1);
}

/* At the exit. */
static __always_inline void stack__of_exiting(void *ctx, struct task_struct *task)
{
	__u32 tid = task->pid;
	__u64 *id = bpf_map_lookup_elem(&culprits, &tid);

	if (!id)
		return;
	stack__take(ctx, *id);
	bpf_map_delete_elem(&culprits, &tid);
}

#endif
