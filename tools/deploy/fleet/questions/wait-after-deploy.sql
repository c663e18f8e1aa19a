-- SPDX-License-Identifier: GPL-2.0-or-later
-- On which hosts did the p99 wait for a CPU rise after the deploy?
--
-- Buckets of the periods on each side are added up, and the percentile is taken of the sum: right within
-- 3.1% (one bucket).  A period in which the deploy happened is on neither side.  `deploys` is yours to fill.
WITH sides AS (
  SELECT b.host AS on_host, d.build AS deployed, b.low_ns AS low, b.high_ns AS high,
    CASE WHEN p.start_ns >= d.at_ns THEN 1 ELSE 0 END AS later, sum(b.samples) AS n
  FROM buckets b
    JOIN periods p ON p.recording = b.recording AND p.period = b.period
    JOIN deploys d ON d.host = b.host
  WHERE b.measure = 'runq_ns' AND (p.start_ns >= d.at_ns OR p.start_ns + p.duration_ns <= d.at_ns)
  GROUP BY 1, 2, 3, 4, 5),
ranks AS (
  SELECT on_host, deployed, later, high, sum(n) OVER (PARTITION BY on_host, deployed, later ORDER BY low) AS upto,
    sum(n) OVER (PARTITION BY on_host, deployed, later) AS total
  FROM sides),
p99 AS (
  SELECT on_host, deployed, later, min(high) AS ns FROM ranks WHERE upto >= 0.99 * total GROUP BY 1, 2, 3)
SELECT b.on_host AS host, b.deployed AS build, b.ns AS before_p99_ns, a.ns AS after_p99_ns, a.ns * 1.0 / b.ns AS times
FROM p99 b JOIN p99 a ON a.on_host = b.on_host AND a.deployed = b.deployed
WHERE b.later = 0 AND a.later = 1 AND a.ns > 1.1 * b.ns
ORDER BY times DESC, host
LIMIT 20
