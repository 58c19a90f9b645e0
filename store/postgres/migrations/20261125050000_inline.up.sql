-- Most blocks fit into a page, and are read there sooner than from beside the table.
ALTER TABLE vc_blocks SET (toast_tuple_target = 8160);
