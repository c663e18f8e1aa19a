-- SPDX-License-Identifier: GPL-2.0-or-later
-- Which programs wait longest for a CPU, and on which host most?
--
-- Sums and counts are added up to a mean.  The p99 of rows cannot be: worst_p99_ns is the largest p99 that one
-- process had in one period, on worst_host.  Recordings have no containers; the metrics of `serve` do.
WITH hosts AS (
  SELECT comm AS program, host, sum(runq_count) AS waits, sum(runq_sum_ns) AS ns, max(runq_p99_ns) AS p99
  FROM processes GROUP BY 1, 2),
places AS (
  SELECT program, host, waits, ns, p99, row_number() OVER (PARTITION BY program ORDER BY coalesce(p99, 0) DESC, host) AS place
  FROM hosts)
SELECT program, sum(waits) AS times, sum(ns) AS waited_ns, sum(ns) * 1.0 / nullif(sum(waits), 0) AS mean_ns,
  max(p99) AS worst_p99_ns, max(CASE WHEN place = 1 THEN host END) AS worst_host
FROM places
GROUP BY 1
ORDER BY waited_ns DESC, program
LIMIT 20
