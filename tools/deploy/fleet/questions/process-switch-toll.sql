-- SPDX-License-Identifier: GPL-2.0-or-later
-- Which hosts pay most for process switches?
--
-- The switch phase of switches that load another address space, as a part of the time of all CPUs.  Sums can
-- be added up.  Where one switch in several is priced, the sum is of all that those stand for.
WITH paid AS (
  SELECT recording, sum(in_process) AS switches, sum(switch_process_sum_ns) AS ns FROM processes GROUP BY recording),
spans AS (
  SELECT recording, sum(duration_ns) AS ns FROM periods GROUP BY recording)
SELECT r.host AS host, sum(p.switches) AS process_switches, sum(p.ns) AS paid_ns,
  100.0 * sum(p.ns) / sum(t.ns * r.cpus) AS percent_of_cpus
FROM recordings r JOIN paid p ON p.recording = r.recording JOIN spans t ON t.recording = r.recording
WHERE r.cpus > 0
GROUP BY 1
ORDER BY percent_of_cpus DESC, host
LIMIT 20
