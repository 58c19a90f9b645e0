CREATE TABLE vc_watchlists (
	tenant_id  uuid NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id         uuid NOT NULL,
	name       bytea NOT NULL,
	revision   uuid NOT NULL,
	indicators integer NOT NULL,
	invalid    integer NOT NULL,
	created_by text NOT NULL,
	created_at timestamptz NOT NULL,
	changed_at timestamptz NOT NULL,
	matched_at timestamptz,
	sightings  integer NOT NULL,
	overfull   boolean NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

-- The list of each, which is large and seldom read.
CREATE TABLE vc_indicators (
	tenant_id    uuid NOT NULL,
	watchlist_id uuid NOT NULL,
	list         bytea NOT NULL,
	PRIMARY KEY (tenant_id, watchlist_id),
	FOREIGN KEY (tenant_id, watchlist_id) REFERENCES vc_watchlists ON DELETE CASCADE
);

-- Collections and hosts may be kept elsewhere, so that what names them refers to nothing here.
CREATE TABLE vc_sightings (
	tenant_id     uuid NOT NULL,
	watchlist_id  uuid NOT NULL,
	collection_id uuid NOT NULL,
	digest        bytea NOT NULL,
	id            uuid NOT NULL,
	indicator     bytea NOT NULL,
	kind          text NOT NULL,
	value         bytea NOT NULL,
	host_id       text NOT NULL,
	artifact      text NOT NULL,
	row_count     bigint NOT NULL,
	first_seen    bigint NOT NULL,
	last_seen     bigint NOT NULL,
	sighted_at    timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, watchlist_id, collection_id, digest),
	FOREIGN KEY (tenant_id, watchlist_id) REFERENCES vc_watchlists ON DELETE CASCADE
);
CREATE UNIQUE INDEX vc_sightings_id ON vc_sightings (tenant_id, id);
CREATE INDEX vc_sightings_watchlist ON vc_sightings (tenant_id, watchlist_id, id);
CREATE INDEX vc_sightings_host ON vc_sightings (tenant_id, host_id, id);

-- The tenants that have watchlists, and which process matches them until when.
CREATE TABLE vc_watching (
	tenant_id  uuid NOT NULL PRIMARY KEY REFERENCES vc_tenants ON DELETE CASCADE,
	holder     text NOT NULL,
	held_until timestamptz NOT NULL
);

-- The results that no watchlist was matched with yet.
CREATE TABLE vc_news (
	tenant_id     uuid NOT NULL,
	result_id     uuid NOT NULL,
	collection_id uuid NOT NULL,
	artifact      text NOT NULL,
	PRIMARY KEY (tenant_id, result_id),
	FOREIGN KEY (tenant_id, result_id) REFERENCES vc_results ON DELETE CASCADE
);

DO $$
DECLARE
	owned text := $q$tenant_id = (SELECT nullif(current_setting('companion.tenant_id', true), '')::uuid)$q$;
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['vc_watchlists', 'vc_indicators', 'vc_sightings', 'vc_watching', 'vc_news'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenant ON %I USING (%s) WITH CHECK (%s)', name, owned, owned);
		IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{{.Role}}') THEN
			EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO {{.Role}}', name);
		END IF;
	END LOOP;
END $$;
-- A process that starts finds by it where something may be left to do. It shows ids of tenants and nothing of what is theirs.
CREATE POLICY lookup ON vc_watching FOR SELECT
	USING ('tenants with watchlists' = (SELECT nullif(current_setting('companion.lookup', true), '')));
