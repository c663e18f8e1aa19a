-- SPDX-License-Identifier: GPL-2.0-or-later
-- Which stacks are new in a build of a file, told by build IDs?
--
-- Of each file (path) the builds are in the order in which any recording first had a sample of them.  A stack
-- is new in the first build that has it, unless that is the oldest one there is.  Nothing is to be filled in.
-- A stack is only known if it left the CPU: seldom ones may have been there before.
WITH used AS (
  SELECT s.recording AS recording, s.comm AS program, s.stack AS stack, min(p.start_ns) AS since, sum(s.switches) AS n,
    sum(s.sleep_ns + s.disk_ns + s.other_ns + s.runq_ns) AS off
  FROM samples s JOIN periods p ON p.recording = s.recording AND p.period = s.period
  GROUP BY 1, 2, 3),
built AS (
  SELECT b.path AS path, b.build_id AS build_id, u.program AS program, k.frames AS frames,
    count(DISTINCT u.recording) AS recordings, sum(u.n) AS n, sum(u.off) AS off, min(u.since) AS since
  FROM used u JOIN builds b ON b.recording = u.recording AND b.stack = u.stack
    JOIN stacks k ON k.recording = u.recording AND k.stack = u.stack
  GROUP BY 1, 2, 3, 4),
firsts AS (
  SELECT path, build_id, min(since) AS since FROM built GROUP BY 1, 2),
ages AS (
  SELECT path, build_id, row_number() OVER (PARTITION BY path ORDER BY since, build_id) AS age FROM firsts),
aged AS (
  SELECT b.path AS path, b.build_id AS build_id, b.program AS program, b.frames AS frames, b.recordings AS recordings,
    b.n AS n, b.off AS off, a.age AS age, min(a.age) OVER (PARTITION BY b.path, b.program, b.frames) AS oldest
  FROM built b JOIN ages a ON a.path = b.path AND a.build_id = b.build_id)
SELECT path AS file, build_id AS build, program, frames, recordings, n AS switches, off AS offcpu_ns
FROM aged
WHERE age = oldest AND age > 1
ORDER BY offcpu_ns DESC, file, build, program, frames
LIMIT 20
