-- SPDX-License-Identifier: GPL-2.0-or-later
-- Which stacks did a build bring, that its hosts had not before?
--
-- By program and the names of the frames, over all hosts that got the build; `deploys` is yours to fill.
-- A frame without a name is known by its place in the file, and is another one in each build: keep symbols.
-- A stack is only known if it left the CPU: seldom ones may have been there before.
WITH marks AS (
  SELECT p.recording AS recording, p.period AS period, d.build AS build,
    CASE WHEN p.start_ns + p.duration_ns > d.at_ns THEN 1 ELSE 0 END AS later
  FROM periods p JOIN deploys d ON d.host = p.host),
used AS (
  SELECT m.build AS build, s.recording AS recording, s.comm AS program, s.stack AS stack, min(m.later) AS later,
    sum(s.switches) AS n, sum(s.sleep_ns + s.disk_ns + s.other_ns + s.runq_ns) AS off
  FROM samples s JOIN marks m ON m.recording = s.recording AND m.period = s.period
  GROUP BY 1, 2, 3, 4)
SELECT u.build AS build, u.program AS program, k.frames AS frames, count(DISTINCT u.recording) AS recordings,
  sum(u.n) AS switches, sum(u.off) AS offcpu_ns
FROM used u JOIN stacks k ON k.recording = u.recording AND k.stack = u.stack
GROUP BY 1, 2, 3
HAVING min(u.later) = 1
ORDER BY offcpu_ns DESC, build, program, frames
LIMIT 20
