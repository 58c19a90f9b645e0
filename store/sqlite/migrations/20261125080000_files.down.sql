DROP INDEX vc_verdicts_listed;
DROP INDEX vc_verdicts_file;
ALTER TABLE vc_verdicts DROP COLUMN file;
