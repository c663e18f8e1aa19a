/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/preempt_count.h"

#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#define HARDIRQ_BITS	 0x00ff0000
#define HARDIRQ_BITS_7_X 0x1f000000 /* where it also counts who has disabled interrupts */

static __u32 hardirq_bits(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "local_interrupt_disable_state", BTF_KIND_VAR);

	return id >= 0 ? HARDIRQ_BITS_7_X : HARDIRQ_BITS;
}

#if defined(__x86_64__)

static __s64 variable__offset(const struct btf *btf, const struct btf_type *section,
			      const char *name)
{
	const struct btf_var_secinfo *at = btf_var_secinfos(section);
	int i;

	for (i = 0; i < btf_vlen(section); i++) {
		const struct btf_type *type = btf__type_by_id(btf, at[i].type);

		if (type && !strcmp(btf__name_by_offset(btf, type->name_off), name))
			return at[i].offset;
	}
	return -ENOENT;
}

/* In a structure, and in those in it that have no name. */
static __s64 member__offset(const struct btf *btf, const struct btf_type *type, const char *name,
			    int depth)
{
	int i;

	if (!type || !btf_is_composite(type) || !depth)
		return -ENOENT;
	for (i = 0; i < btf_vlen(type); i++) {
		const struct btf_member *member = &btf_members(type)[i];
		const char *its = btf__name_by_offset(btf, member->name_off);
		__s64 at = btf_member_bit_offset(type, (__u32)i) / 8, inner = 0;

		if (!*its)
			inner = member__offset(btf, btf__type_by_id(btf, member->type), name,
					       depth - 1);
		else if (strcmp(its, name))
			continue;
		if (inner >= 0)
			return at + inner;
	}
	return -ENOENT;
}

/* From 6.2 to 6.14 it is in struct pcpu_hot; before and after that a variable of its own. */
static __s64 count__offset(const struct btf *btf, const struct btf_type *section)
{
	__s64 offset = variable__offset(btf, section, "__preempt_count"), inner;
	int hot = btf__find_by_name_kind(btf, "pcpu_hot", BTF_KIND_STRUCT);

	if (offset >= 0 || hot < 0)
		return offset;
	offset = variable__offset(btf, section, "pcpu_hot");
	inner = member__offset(btf, btf__type_by_id(btf, (__u32)hot), "preempt_count", 4);
	return offset < 0 || inner < 0 ? -ENOENT : offset + inner;
}

static int find_offset(const struct btf *btf, __s64 *ret_offset)
{
	int id = btf__find_by_name_kind(btf, ".data..percpu", BTF_KIND_DATASEC);
	__s64 rq = -ENOENT, count = -ENOENT;

	if (id >= 0) {
		rq = variable__offset(btf, btf__type_by_id(btf, (__u32)id), "runqueues");
		count = count__offset(btf, btf__type_by_id(btf, (__u32)id));
	}
	if (rq < 0 || count < 0)
		return -ENOENT;
	*ret_offset = count - rq;
	return 0;
}

#else

static int find_offset(const struct btf *btf, __s64 *ret_offset)
{
	(void)btf;
	*ret_offset = 0;
	return 0;
}

#endif

int preempt_count__find(const char *path, struct preempt_count *ret_count)
{
	struct btf *btf = path ? btf__parse(path, NULL) : btf__load_vmlinux_btf();
	int err = btf ? find_offset(btf, &ret_count->offset) : -ENOENT;

	if (!err)
		ret_count->hardirq = hardirq_bits(btf);
	btf__free(btf);
	return err;
}
