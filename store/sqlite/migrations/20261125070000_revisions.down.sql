DROP TABLE vc_revisions;
