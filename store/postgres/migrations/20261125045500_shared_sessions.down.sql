ALTER TABLE vc_sessions DROP COLUMN shared;
