ALTER TABLE vc_blocks RESET (toast_tuple_target);
