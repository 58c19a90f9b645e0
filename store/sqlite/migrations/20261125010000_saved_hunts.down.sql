DROP TABLE vc_runs;
DROP TABLE vc_saved_hunts;
