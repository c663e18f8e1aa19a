-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Recordings of many hosts, side by side; the same text for SQLite, ClickHouse and DuckDB.
-- Times and durations are in nanoseconds; start_ns and at_ns are since 1970.
-- A number is NULL where the recording cannot tell it.

-- recording: its number here; recorder: boot and process that wrote it, the same however often it is copied
CREATE TABLE IF NOT EXISTS recordings (recording BIGINT NOT NULL, recorder VARCHAR NOT NULL, host VARCHAR NOT NULL, kernel VARCHAR NOT NULL,
  machine VARCHAR NOT NULL, target VARCHAR NOT NULL, cpus BIGINT NOT NULL, tool_version VARCHAR NOT NULL,
  cpu_model VARCHAR NOT NULL);

CREATE TABLE IF NOT EXISTS periods (recording BIGINT NOT NULL, host VARCHAR NOT NULL, period BIGINT NOT NULL,
  start_ns BIGINT NOT NULL, duration_ns BIGINT NOT NULL,
  lost_events BIGINT NOT NULL, lost_tasks BIGINT NOT NULL, lost_switches BIGINT NOT NULL, lost_stacks BIGINT NOT NULL,
  lost_edges BIGINT NOT NULL, skipped_runs BIGINT NOT NULL, crashes_left_out BIGINT NOT NULL);

-- counters and sums can be added up; p50, p90 and p99 are of this row only
CREATE TABLE IF NOT EXISTS processes (recording BIGINT NOT NULL, host VARCHAR NOT NULL, period BIGINT NOT NULL,
  pid BIGINT NOT NULL, comm VARCHAR NOT NULL, voluntary BIGINT NOT NULL, involuntary BIGINT NOT NULL,
  in_process BIGINT NOT NULL, oncpu_ns BIGINT NOT NULL, migrations BIGINT NOT NULL, missed BIGINT NOT NULL,
  runq_count BIGINT NOT NULL, runq_sum_ns BIGINT NOT NULL, runq_max_ns BIGINT NOT NULL,
  runq_p50_ns BIGINT NULL, runq_p90_ns BIGINT NULL, runq_p99_ns BIGINT NULL,
  switch_process_count BIGINT NOT NULL, switch_process_sum_ns BIGINT NOT NULL);

-- distributions of a host in a period, in the fine grain: samples from low_ns to below high_ns.
-- These can be added up over periods and hosts.
CREATE TABLE IF NOT EXISTS buckets (recording BIGINT NOT NULL, host VARCHAR NOT NULL, period BIGINT NOT NULL,
  measure VARCHAR NOT NULL, low_ns BIGINT NOT NULL, high_ns BIGINT NOT NULL, samples BIGINT NOT NULL);

CREATE TABLE IF NOT EXISTS creations (recording BIGINT NOT NULL, host VARCHAR NOT NULL, period BIGINT NOT NULL,
  comm VARCHAR NOT NULL, kind VARCHAR NOT NULL, created BIGINT NOT NULL, failed BIGINT NOT NULL,
  copy_count BIGINT NOT NULL, copy_sum_ns BIGINT NOT NULL);

CREATE TABLE IF NOT EXISTS crashes (recording BIGINT NOT NULL, host VARCHAR NOT NULL, period BIGINT NOT NULL,
  at_ns BIGINT NOT NULL, comm VARCHAR NOT NULL, sig BIGINT NOT NULL, innermost VARCHAR NOT NULL,
  fan_out BIGINT NOT NULL, victims_left_out BIGINT NOT NULL);

-- stack: a number in its recording; frames as root;...;leaf
CREATE TABLE IF NOT EXISTS stacks (recording BIGINT NOT NULL, stack BIGINT NOT NULL, frames VARCHAR NOT NULL);

-- the files that a stack's code lies in, with the IDs of their builds
CREATE TABLE IF NOT EXISTS builds (recording BIGINT NOT NULL, stack BIGINT NOT NULL, path VARCHAR NOT NULL,
  build_id VARCHAR NOT NULL);

CREATE TABLE IF NOT EXISTS samples (recording BIGINT NOT NULL, period BIGINT NOT NULL,
  comm VARCHAR NOT NULL, stack BIGINT NOT NULL, switches BIGINT NOT NULL, sleep_ns BIGINT NOT NULL,
  disk_ns BIGINT NOT NULL, preempted_ns BIGINT NOT NULL, other_ns BIGINT NOT NULL, runq_ns BIGINT NOT NULL,
  cost_ns BIGINT NOT NULL);

-- yours to fill: when which build came to a host
CREATE TABLE IF NOT EXISTS deploys (host VARCHAR NOT NULL, at_ns BIGINT NOT NULL, build VARCHAR NOT NULL);
