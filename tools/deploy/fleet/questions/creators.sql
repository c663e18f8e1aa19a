-- SPDX-License-Identifier: GPL-2.0-or-later
-- Who creates most threads and processes, and at what price?
--
-- By name of the creator; copy is the time from the system call to the new task.
SELECT comm AS creator, kind AS what, sum(created) AS creations, sum(failed) AS failures, count(DISTINCT host) AS hosts,
  sum(copy_sum_ns) * 1.0 / nullif(sum(copy_count), 0) AS mean_copy_ns
FROM creations
GROUP BY 1, 2
ORDER BY creations DESC, creator, what
LIMIT 20
