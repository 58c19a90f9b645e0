DROP TABLE vc_inputs;
