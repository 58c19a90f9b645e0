-- What an input brought, so that it is read again once that is there no more. Those of before do not say it.
ALTER TABLE vc_inputs ADD COLUMN brought bytea NOT NULL DEFAULT '';
