CREATE TABLE vc_watchlists (
	tenant_id  TEXT NOT NULL REFERENCES vc_tenants ON DELETE CASCADE,
	id         TEXT NOT NULL,
	name       BLOB NOT NULL,
	revision   TEXT NOT NULL,
	indicators INTEGER NOT NULL,
	invalid    INTEGER NOT NULL,
	created_by TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL,
	changed_at TIMESTAMP NOT NULL,
	matched_at TIMESTAMP,
	sightings  INTEGER NOT NULL,
	overfull   BOOLEAN NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

-- The list of each, which is large and seldom read.
CREATE TABLE vc_indicators (
	tenant_id    TEXT NOT NULL,
	watchlist_id TEXT NOT NULL,
	list         BLOB NOT NULL,
	PRIMARY KEY (tenant_id, watchlist_id),
	FOREIGN KEY (tenant_id, watchlist_id) REFERENCES vc_watchlists ON DELETE CASCADE
);

-- Collections and hosts may be kept elsewhere, so that what names them refers to nothing here.
CREATE TABLE vc_sightings (
	tenant_id     TEXT NOT NULL,
	watchlist_id  TEXT NOT NULL,
	collection_id TEXT NOT NULL,
	digest        BLOB NOT NULL,
	id            TEXT NOT NULL,
	indicator     BLOB NOT NULL,
	kind          TEXT NOT NULL,
	value         BLOB NOT NULL,
	host_id       TEXT NOT NULL,
	artifact      TEXT NOT NULL,
	row_count     INTEGER NOT NULL,
	first_seen    INTEGER NOT NULL,
	last_seen     INTEGER NOT NULL,
	sighted_at    TIMESTAMP NOT NULL,
	PRIMARY KEY (tenant_id, watchlist_id, collection_id, digest),
	FOREIGN KEY (tenant_id, watchlist_id) REFERENCES vc_watchlists ON DELETE CASCADE
);
CREATE UNIQUE INDEX vc_sightings_id ON vc_sightings (tenant_id, id);
CREATE INDEX vc_sightings_watchlist ON vc_sightings (tenant_id, watchlist_id, id);
CREATE INDEX vc_sightings_host ON vc_sightings (tenant_id, host_id, id);

-- The tenants that have watchlists, and which process matches them until when.
CREATE TABLE vc_watching (
	tenant_id  TEXT NOT NULL PRIMARY KEY REFERENCES vc_tenants ON DELETE CASCADE,
	holder     TEXT NOT NULL,
	held_until TIMESTAMP NOT NULL
);

-- The results that no watchlist was matched with yet.
CREATE TABLE vc_news (
	tenant_id     TEXT NOT NULL,
	result_id     TEXT NOT NULL,
	collection_id TEXT NOT NULL,
	artifact      TEXT NOT NULL,
	PRIMARY KEY (tenant_id, result_id),
	FOREIGN KEY (tenant_id, result_id) REFERENCES vc_results ON DELETE CASCADE
);
