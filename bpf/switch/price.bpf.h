/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which switches are priced, and what a priced one stands for.
 *
 * All switches are counted; the clock is read for the phases of those that are priced.  Which
 * one that is, each CPU decides at the switch before, by a number that is random: each has the
 * same chance, whatever the rhythm of the load.  Until then the programs at the entry and the
 * end of __schedule() have nothing to do.
 */
#ifndef PRICE_BPF_H
#define PRICE_BPF_H

#define PRICE_LOOK_NS	 10000000 /* a CPU looks this often at how much it switches, */
#define PRICE_EACH_UP_TO 5000	  /* and prices each switch up to so many a second */

static __always_inline bool price__is_due(const struct cpu_slot *slot)
{
	return cfg_price == PRICE_EACH || slot->next;
}

static __always_inline __u32 price__weight(const struct cpu_slot *slot)
{
	return cfg_price == PRICE_EACH ? 1 : slot->weight;
}

/* Counts what is priced, for those who want to know how many were. */
static __always_inline void price__count(struct cpu_slot *slot)
{
	__u32 step = cfg_price == PRICE_AUTO ? slot->step : 0;

	if (price__is_due(slot) && step < PRICE_STEPS)
		slot->priced[step]++;
}

/*
 * The least step with which no more than PRICE_EACH_UP_TO switches a second are priced, if the
 * CPU goes on as it did since it last looked.  A price keeps its weight, so that nothing has
 * to be told of it when the step changes.
 */
static __always_inline void price__look(struct cpu_slot *slot, __u64 now)
{
	__u64 times = (slot->switches - slot->looked_at) * (1000000000 / PRICE_EACH_UP_TO) /
		      (now - slot->looked_ns);
	__u32 step = times > 1 ? hist_log2(times - 1) + 1 : 0;

	slot->step = step < PRICE_STEPS ? step : PRICE_STEPS - 1;
	slot->looked_ns = now;
	slot->looked_at = slot->switches;
}

/* A linear congruential generator (Knuth's): its high bits are what is used. */
static __always_inline __u64 slot__random(struct cpu_slot *slot)
{
	slot->random = slot->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return slot->random;
}

/* Is the switch after this one priced? */
static __always_inline void price__draw(struct cpu_slot *slot)
{
	__u64 random = slot__random(slot) >> 32;

	if (cfg_price == PRICE_AUTO)
		slot->next = random >> (32 - slot->step) == 0;
	else
		slot->next = random * cfg_price >> 32 == 0;
}

static __always_inline void price__choose(struct cpu_slot *slot, __u64 now)
{
	if (cfg_price == PRICE_EACH)
		return;
	if (slot->next)
		slot->weight = cfg_price == PRICE_AUTO ? 1U << (slot->step & 31) : cfg_price;
	if (cfg_price == PRICE_AUTO && now - slot->looked_ns >= PRICE_LOOK_NS)
		price__look(slot, now);
	price__draw(slot);
}

/* On each CPU before it is counted on. */
static __always_inline void price__begin(struct cpu_slot *slot, __u64 now)
{
	if (cfg_price == PRICE_EACH || slot->random)
		return;
	slot->random = (__u64)bpf_get_prandom_u32() << 32 | 1;
	slot->looked_ns = now;
	price__choose(slot, now);
}

#endif
