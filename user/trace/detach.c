/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/detach.h"

#include <pthread.h>

#define DETACH_STACK (256 * 1024)

void detach__add(struct detach *detach, struct bpf_link *link)
{
	if (!link)
		return;
	if (detach->count < sizeof(detach->links) / sizeof(detach->links[0]))
		detach->links[detach->count++] = link;
	else
		bpf_link__destroy(link);
}

static void *destroy(void *link)
{
	bpf_link__destroy(link);
	return NULL;
}

void detach__all(struct detach *detach)
{
	pthread_t threads[sizeof(detach->links) / sizeof(detach->links[0])];
	pthread_attr_t attributes;
	size_t begun = 0, i;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, DETACH_STACK);
	while (begun < detach->count &&
	       !pthread_create(&threads[begun], &attributes, destroy, detach->links[begun]))
		begun++;
	for (i = begun; i < detach->count; i++)
		bpf_link__destroy(detach->links[i]);
	for (i = 0; i < begun; i++)
		pthread_join(threads[i], NULL);
	pthread_attr_destroy(&attributes);
	detach->count = 0;
}
