-- SPDX-License-Identifier: GPL-2.0-or-later
-- Where does time off CPU go, by stack, over all hosts?
--
-- Stacks are the same if the names of their frames are.  Time is added up over threads: of a pool of
-- sleepers it is many times the time that passed.
WITH used AS (
  SELECT recording, stack, comm, sum(sleep_ns) AS sleep, sum(disk_ns) AS disk, sum(runq_ns) AS runq,
    sum(sleep_ns + disk_ns + other_ns + runq_ns) AS off
  FROM samples GROUP BY 1, 2, 3)
SELECT u.comm AS program, k.frames AS frames, count(DISTINCT u.recording) AS recordings, sum(u.off) AS offcpu_ns,
  sum(u.sleep) AS asleep_ns, sum(u.disk) AS in_disk_ns, sum(u.runq) AS waited_ns
FROM used u JOIN stacks k ON k.recording = u.recording AND k.stack = u.stack
GROUP BY 1, 2
ORDER BY offcpu_ns DESC, program, frames
LIMIT 20
