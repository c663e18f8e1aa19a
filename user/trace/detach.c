/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/detach.h"

#define DETACH_STACK (256 * 1024)

void detach__add(struct detach *detach, struct bpf_link *link)
{
	if (!link)
		return;
	if (detach->count < DETACH_MOST)
		detach->links[detach->count++] = link;
	else
		bpf_link__destroy(link);
}

static void *destroy(void *link)
{
	bpf_link__destroy(link);
	return NULL;
}

void detach__begin(struct detach *detach)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, DETACH_STACK);
	while (detach->begun < detach->count &&
	       !pthread_create(&detach->threads[detach->begun], &attributes, destroy,
			       detach->links[detach->begun]))
		detach->begun++;
	pthread_attr_destroy(&attributes);
}

void detach__await(struct detach *detach)
{
	size_t i;

	if (!detach->begun)
		detach__begin(detach);
	for (i = detach->begun; i < detach->count; i++)
		bpf_link__destroy(detach->links[i]);
	for (i = 0; i < detach->begun; i++)
		pthread_join(detach->threads[i], NULL);
	detach->count = detach->begun = 0;
}
