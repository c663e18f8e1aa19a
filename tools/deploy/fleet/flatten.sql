-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- From a recording, attached as r, into the tables of schema.sql.  Only its tables are read: the views
-- of a file are a stranger's code.
CREATE TEMP TABLE this AS
  SELECT (SELECT coalesce(max(recording), 0) + 1 FROM recordings) AS recording,
    boot.value || ' ' || recorder.value AS recorder, host.value AS host
  FROM r.recording boot, r.recording recorder, r.recording host
  WHERE boot.key = 'boot_id' AND recorder.key = 'recorder' AND host.key = 'host';
-- what is there already does not come again
DELETE FROM this WHERE recorder IN (SELECT recorder FROM recordings);

INSERT INTO recordings
  SELECT recording, recorder, host,
    coalesce((SELECT value FROM r.recording WHERE key = 'kernel'), ''),
    coalesce((SELECT value FROM r.recording WHERE key = 'machine'), ''),
    coalesce((SELECT value FROM r.recording WHERE key = 'target'), ''),
    coalesce((SELECT CAST(value AS INTEGER) FROM r.recording WHERE key = 'cpus'), 0),
    coalesce((SELECT value FROM r.recording WHERE key = 'tool_version'), ''),
    coalesce((SELECT value FROM r.recording WHERE key = 'cpu_model'), '')
  FROM this;

INSERT INTO periods
  SELECT recording, host, period, start_realtime_ns, duration_ns, lost_events, lost_tasks, lost_switches,
    lost_stacks, lost_edges, skipped_runs, crashes_left_out
  FROM this, r.periods;

INSERT INTO processes
  SELECT recording, host, period, pid, comm, voluntary, involuntary, in_process, oncpu_ns, migrations, missed,
    runq_ns_count, runq_ns_sum, runq_ns_max, runq_ns_p50, runq_ns_p90, runq_ns_p99,
    switch_ns_process_count, switch_ns_process_sum
  FROM this, r.process_rows
  UNION ALL
  SELECT recording, host, period, 0, '(folded)', voluntary, involuntary, in_process, oncpu_ns, migrations, missed,
    runq_ns_count, runq_ns_sum, runq_ns_max, runq_ns_p50, runq_ns_p90, runq_ns_p99,
    switch_ns_process_count, switch_ns_process_sum
  FROM this, r.other_rows WHERE what = 'folded';

-- Numbers of seven bits a byte: the grain (126: fine), the minimum, then pairs of how many buckets are
-- skipped and how many samples are in the next one.  Bucket i > 0 begins at
-- (32 + (i - 1) % 32) << (first - 5 + (i - 1) / 32); see include/hist.h.
CREATE TEMP TABLE bytes AS
  WITH RECURSIVE n(byte) AS (SELECT 0 UNION ALL SELECT byte + 1 FROM n WHERE byte < 255)
  SELECT printf('%02X', byte) AS digits, byte FROM n;
CREATE UNIQUE INDEX temp.bytes_by_digits ON bytes(digits, byte);
INSERT INTO buckets
WITH RECURSIVE
  dists(measure, first, period, digits) AS (
    SELECT 'runq_ns', 8, period, hex(runq_ns_buckets) FROM r.other_rows WHERE what = 'fine' UNION ALL
    SELECT 'pick_ns', 6, period, hex(pick_ns_buckets) FROM r.other_rows WHERE what = 'fine' UNION ALL
    SELECT 'switch_ns_thread', 6, period, hex(switch_ns_thread_buckets) FROM r.other_rows WHERE what = 'fine' UNION ALL
    SELECT 'switch_ns_process', 6, period, hex(switch_ns_process_buckets) FROM r.other_rows WHERE what = 'fine' UNION ALL
    SELECT 'offcpu_ns_sleep', 10, period, hex(offcpu_ns_sleep_buckets) FROM r.other_rows WHERE what = 'fine' UNION ALL
    SELECT 'offcpu_ns_disk', 10, period, hex(offcpu_ns_disk_buckets) FROM r.other_rows WHERE what = 'fine'),
  -- numbers: how many were read; value: the last one, if this byte ended it; part, shift: of the next one
  walk(measure, first, period, digits, at, numbers, value, part, shift, bucket) AS (
    SELECT measure, first, period, digits, 3, 1, NULL, 0, 0, -1 FROM dists WHERE substr(digits, 1, 2) = '7E'
    UNION ALL
    SELECT measure, first, period, w.digits, at + 2, numbers + (byte < 128),
      CASE WHEN byte < 128 THEN part | (byte << shift) END,
      CASE WHEN byte < 128 THEN 0 ELSE part | ((byte & 127) << shift) END,
      CASE WHEN byte < 128 THEN 0 ELSE shift + 7 END,
      bucket + CASE WHEN byte < 128 AND numbers > 1 AND numbers % 2 = 0 THEN 1 + (part | (byte << shift)) ELSE 0 END
    FROM walk w JOIN bytes b ON b.digits = substr(w.digits, w.at, 2))
  SELECT recording, host, period, measure,
    CASE bucket WHEN 0 THEN 0 ELSE (32 + (bucket - 1) % 32) << (first - 5 + (bucket - 1) / 32) END,
    CASE bucket WHEN 0 THEN 1 << first ELSE (33 + (bucket - 1) % 32) << (first - 5 + (bucket - 1) / 32) END,
    value
  FROM this, walk WHERE value IS NOT NULL AND numbers > 2 AND numbers % 2 = 0;

INSERT INTO creations
  SELECT recording, host, s.period, coalesce(p.comm, ''), s.kind, s.created, s.failed, s.copy_ns_count, s.copy_ns_sum
  FROM this, r.spawns s LEFT JOIN r.processes p ON p.pid = s.pid AND p.process_start_ns = s.process_start_ns
  WHERE s.scope = 'process';

INSERT INTO crashes
  SELECT recording, host, c.period, c.at_realtime_ns, c.comm, c.signal,
    coalesce((SELECT f.function FROM r.crash_frames f WHERE f.crash = c.crash AND f.depth = 0), ''),
    c.fan_out, c.victims_left_out
  FROM this, r.crashes c;

-- stacks that have samples; a frame without a name has its place
CREATE TEMP TABLE labels AS
  SELECT f.frame, coalesce(f.name, '[' || coalesce(replace(m.path, rtrim(m.path, replace(m.path, '/', '')), ''), 'unknown')
    || printf('+0x%llx]', f.offset)) AS label
  FROM r.frames f LEFT JOIN r.modules m ON m.module = f.module;
CREATE UNIQUE INDEX temp.labels_by_frame ON labels(frame);
INSERT INTO stacks
WITH RECURSIVE walk(stack, frames) AS (
    SELECT s.stack, l.label FROM r.stacks s JOIN labels l ON l.frame = s.frame WHERE s.caller = 0
    UNION ALL
    SELECT s.stack, w.frames || ';' || l.label
    FROM walk w JOIN r.stacks s ON s.caller = w.stack JOIN labels l ON l.frame = s.frame)
  SELECT recording, stack, frames FROM this, walk
  WHERE stack IN (SELECT stack FROM r.samples UNION SELECT stack FROM r.open_samples);

INSERT INTO builds
WITH RECURSIVE up(stack, at) AS (
    SELECT stack, stack FROM (SELECT stack FROM r.samples UNION SELECT stack FROM r.open_samples)
    UNION ALL
    SELECT u.stack, s.caller FROM up u JOIN r.stacks s ON s.stack = u.at WHERE s.caller BETWEEN 1 AND s.stack - 1)
  SELECT DISTINCT recording, u.stack, m.path, m.build_id
  FROM this, up u JOIN r.stacks s ON s.stack = u.at JOIN r.frames f ON f.frame = s.frame JOIN r.modules m ON m.module = f.module
  WHERE m.kind = 'file' AND m.build_id <> '';

-- of all threads of a process and all wakers
INSERT INTO samples
  SELECT recording, s.period, t.process_comm, s.stack, sum(s.switches), sum(s.sleep_ns), sum(s.disk_ns),
    sum(s.preempted_ns), sum(s.other_ns), sum(s.runq_ns), sum(s.cost_ns)
  FROM this, (SELECT * FROM r.samples UNION ALL SELECT * FROM r.open_samples) s
    JOIN r.threads t ON t.thread = s.thread
  GROUP BY recording, s.period, t.pid, t.process_start_ns, t.process_comm, s.stack;

SELECT CASE count(*) WHEN 0 THEN 'is there already, or is of no known recorder: left out' ELSE 'taken' END FROM this;
