ALTER TABLE vc_sessions DROP COLUMN rotated_at;
