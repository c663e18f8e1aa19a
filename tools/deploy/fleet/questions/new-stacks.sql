-- SPDX-License-Identifier: GPL-2.0-or-later
-- Which stacks did a build bring, that its hosts had not before?
--
-- By program and the names of the frames, over all hosts that got the build; `deploys` is yours to fill.
-- A frame without a name is known by its place in the file, and is another one in each build: keep symbols.
-- A stack is only known if it left the CPU: seldom ones may have been there before.
WITH used AS (
  SELECT d.build AS build, s.recording AS recording, s.comm AS program, s.stack AS stack,
    CASE WHEN p.start_ns + p.duration_ns > d.at_ns THEN 1 ELSE 0 END AS later, sum(s.switches) AS n,
    sum(s.sleep_ns + s.disk_ns + s.other_ns + s.runq_ns) AS off
  FROM samples s
    JOIN periods p ON p.recording = s.recording AND p.period = s.period
    JOIN deploys d ON d.host = s.host
  GROUP BY 1, 2, 3, 4, 5)
SELECT u.build AS build, u.program AS program, k.frames AS frames, count(DISTINCT u.recording) AS recordings,
  sum(u.n) AS switches, sum(u.off) AS offcpu_ns
FROM used u JOIN stacks k ON k.recording = u.recording AND k.stack = u.stack
GROUP BY 1, 2, 3
HAVING min(u.later) = 1
ORDER BY offcpu_ns DESC, build, program, frames
LIMIT 20
