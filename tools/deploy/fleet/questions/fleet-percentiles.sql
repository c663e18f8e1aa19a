-- SPDX-License-Identifier: GPL-2.0-or-later
-- What are p50, p90 and p99 of each distribution over the whole fleet?
--
-- Of buckets that are added up: right within 3.1% (one bucket).  hosts is how many have some.
-- mean_of_p99_ns is what a mean of the hosts' own p99 would say: it is no p99 of anything.
WITH hosts AS (
  SELECT measure, host, low_ns AS low, high_ns AS high, sum(samples) AS n FROM buckets GROUP BY 1, 2, 3, 4),
own AS (
  SELECT measure, host, high, sum(n) OVER (PARTITION BY measure, host ORDER BY low) AS upto,
    sum(n) OVER (PARTITION BY measure, host) AS total
  FROM hosts),
own_p99 AS (
  SELECT measure, host, min(high) AS ns FROM own WHERE upto >= 0.99 * total GROUP BY 1, 2),
means AS (
  SELECT measure, count(*) AS n, avg(ns) AS ns FROM own_p99 GROUP BY 1),
sums AS (
  SELECT measure, low, high, sum(n) AS m FROM hosts GROUP BY 1, 2, 3),
ranks AS (
  SELECT measure, high, sum(m) OVER (PARTITION BY measure ORDER BY low) AS upto, sum(m) OVER (PARTITION BY measure) AS total
  FROM sums)
SELECT r.measure AS measure, max(r.total) AS samples, max(e.n) AS hosts,
  min(CASE WHEN r.upto >= 0.5 * r.total THEN r.high END) AS p50_ns,
  min(CASE WHEN r.upto >= 0.9 * r.total THEN r.high END) AS p90_ns,
  min(CASE WHEN r.upto >= 0.99 * r.total THEN r.high END) AS p99_ns,
  max(e.ns) AS mean_of_p99_ns
FROM ranks r JOIN means e ON e.measure = r.measure
GROUP BY 1
ORDER BY measure
