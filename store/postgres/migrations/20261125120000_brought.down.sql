ALTER TABLE vc_inputs DROP COLUMN brought;
