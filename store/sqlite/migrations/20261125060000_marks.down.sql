ALTER TABLE vc_results DROP COLUMN marks;
