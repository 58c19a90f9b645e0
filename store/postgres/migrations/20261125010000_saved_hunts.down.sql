DROP TABLE vc_runs, vc_saved_hunts;
