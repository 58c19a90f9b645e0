-- When the current refresh key of a session was made from the one before; NULL for a session's first.
ALTER TABLE vc_sessions ADD COLUMN rotated_at timestamptz;
