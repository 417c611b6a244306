-- Room: scheduling. Who is carrying out a booking's steps at the moment, and what a step has to remember between
-- attempts: that a meeting may exist whose id was not learnt, what the last mail said.
ALTER TABLE booking ADD COLUMN worker TEXT;
ALTER TABLE booking ADD COLUMN work_until BIGINT;
ALTER TABLE booking_step ADD COLUMN memo TEXT;
CREATE INDEX booking_step_open ON booking_step (next_attempt_at) WHERE state IN ('waiting', 'failed');
