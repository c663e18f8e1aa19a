/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/profile/keyset.h"

#include "unit.h"

Test(keyset, a_key_has_one_number)
{
	struct keyset set = { 0 };
	__u32 i;

	for (i = 0; i < 100000; i++)
		SAME(keyset__add(&set, (struct key){ i % 7, i, i / 3 }), i + 1);
	for (i = 0; i < 100000; i++)
		SAME(keyset__add(&set, (struct key){ i % 7, i, i / 3 }), i + 1);
	SAME(set.count, 100000);
	SAME(set.keys[41].b, 41);
	keyset__release(&set);
	SAME(set.count, 0);
}

Test(keyset, each_of_the_three_tells_apart)
{
	struct keyset set = { 0 };

	SAME(keyset__add(&set, (struct key){ 1, 2, 3 }), 1);
	SAME(keyset__add(&set, (struct key){ 2, 2, 3 }), 2);
	SAME(keyset__add(&set, (struct key){ 1, 3, 3 }), 3);
	SAME(keyset__add(&set, (struct key){ 1, 2, 4 }), 4);
	SAME(keyset__add(&set, (struct key){ 0, 0, 0 }), 5);
	SAME(keyset__add(&set, (struct key){ 1, 2, 3 }), 1);
	keyset__release(&set);
}
