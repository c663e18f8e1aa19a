-- SPDX-License-Identifier: GPL-2.0-or-later
-- Whose crashes take most with them?
--
-- taken: tasks that died or were orphaned.  A recording keeps only the crashes with the largest fan-out;
-- how many it left out is periods.crashes_left_out.
SELECT c.comm AS program, c.innermost AS crashed_in, c.sig AS died_of, count(*) AS times, count(DISTINCT c.host) AS hosts,
  sum(c.fan_out) AS taken, max(c.fan_out) AS most
FROM crashes c
GROUP BY 1, 2, 3
ORDER BY taken DESC, program, crashed_in
LIMIT 20
