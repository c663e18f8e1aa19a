/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks as small as one likes. */
#ifndef TESTS_LIB_DISK_H
#define TESTS_LIB_DISK_H

/*
 * Puts an empty disk of that size ("64k") over a directory, seen by this test alone.
 * Skips the test where it may not; umount() is due.
 */
void disk__make(const char *directory, const char *size);

#endif
