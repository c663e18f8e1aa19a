/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/commands.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND_MOST 512

/* Bytes of the directory that the program was started from. */
static size_t directory_size(const char *bytes, size_t size)
{
	size_t i, slash = 0;

	if (!size || *bytes != '/')
		return 0;
	for (i = 0; i < size && bytes[i] && bytes[i] != ' '; i++) {
		if (bytes[i] == '/')
			slash = i + 1;
	}
	return slash;
}

char *command__of(const char *comm, const char *bytes, size_t size)
{
	size_t skip = directory_size(bytes, size), i;
	char plain[COMMAND_MOST], text[3 * COMMAND_MOST + 1];

	bytes += skip;
	size -= skip;
	if (size > sizeof(plain))
		size = sizeof(plain);
	while (size && (!bytes[size - 1] || bytes[size - 1] == ' '))
		size--;
	for (i = 0; i < size; i++)
		plain[i] = bytes[i] ? bytes[i] : ' ';
	utf8__from_bytes(text, sizeof(text), plain, size);
	/* another program's, or what a thread calls itself: the name that counts is the kernel's */
	if (!*comm || strncmp(text, comm, strlen(comm)) != 0 || strlen(text) == strlen(comm))
		return NULL;
	return strdup(text);
}

static void command__read(struct process *process)
{
	char path[32], bytes[COMMAND_MOST];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/cmdline", process->key.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return; /* it has ended: what it was called stays */
	n = read(fd, bytes, sizeof(bytes));
	close(fd);
	if (n <= 0)
		return;
	free(process->command);
	process->command = command__of(process->comm, bytes, (size_t)n);
}

void commands__read_one(const struct model *model, __u32 pid, __u64 start_ns)
{
	struct process *process = model__find_process(model, pid, start_ns);

	if (process && !process->ended && !process->kthread)
		command__read(process);
}

void commands__read(const struct model *model, const struct summary *summary, size_t rows)
{
	size_t i;

	for (i = 0; i < summary->process_count && i < rows; i++)
		commands__read_one(model, summary->processes[i]->key.pid,
				   summary->processes[i]->key.start_ns);
}
