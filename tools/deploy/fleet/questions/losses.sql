-- SPDX-License-Identifier: GPL-2.0-or-later
-- Which hosts lost something, so that their figures are too small?
SELECT host, sum(lost_events) AS events, sum(lost_tasks) AS tasks, sum(lost_switches) AS switches,
  sum(lost_stacks) AS stacks, sum(lost_edges) AS edges, sum(skipped_runs) AS skipped,
  sum(crashes_left_out) AS crashes
FROM periods
GROUP BY host
HAVING sum(lost_events + lost_tasks + lost_switches + lost_stacks + lost_edges + skipped_runs + crashes_left_out) > 0
ORDER BY events + tasks + switches + stacks + edges + skipped + crashes DESC, host
