-- SPDX-License-Identifier: GPL-2.0-or-later
-- What does a process switch cost, by kernel and CPU?
--
-- The switch phase, as mean of sums and p50 and p99 of added buckets.  Recordings of earlier versions do not
-- tell the model of the CPU ('').
WITH means AS (
  SELECT r.kernel AS kernel, r.machine AS machine, r.cpu_model AS cpu, count(DISTINCT r.host) AS hosts,
    sum(p.switch_process_sum_ns) * 1.0 / nullif(sum(p.switch_process_count), 0) AS mean
  FROM processes p JOIN recordings r ON r.recording = p.recording
  GROUP BY 1, 2, 3),
sums AS (
  SELECT r.kernel AS kernel, r.machine AS machine, r.cpu_model AS cpu, b.low_ns AS low, b.high_ns AS high, sum(b.samples) AS n
  FROM buckets b JOIN recordings r ON r.recording = b.recording
  WHERE b.measure = 'switch_ns_process'
  GROUP BY 1, 2, 3, 4, 5),
ranks AS (
  SELECT kernel, machine, cpu, high, sum(n) OVER (PARTITION BY kernel, machine, cpu ORDER BY low) AS upto,
    sum(n) OVER (PARTITION BY kernel, machine, cpu) AS total
  FROM sums)
SELECT m.kernel AS kernel, m.machine AS machine, m.cpu AS cpu, max(m.hosts) AS on_hosts, max(m.mean) AS mean_ns,
  min(CASE WHEN k.upto >= 0.5 * k.total THEN k.high END) AS p50_ns,
  min(CASE WHEN k.upto >= 0.99 * k.total THEN k.high END) AS p99_ns
FROM means m JOIN ranks k ON k.kernel = m.kernel AND k.machine = m.machine AND k.cpu = m.cpu
GROUP BY 1, 2, 3
ORDER BY mean_ns DESC, kernel
