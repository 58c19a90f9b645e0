-- Whether the tabs of a browser share the session. Those that are there already are taken for sessions of programs.
ALTER TABLE vc_sessions ADD COLUMN shared BOOLEAN NOT NULL DEFAULT FALSE;
