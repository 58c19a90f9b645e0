DROP TABLE vc_news;
DROP TABLE vc_watching;
DROP TABLE vc_sightings;
DROP TABLE vc_indicators;
DROP TABLE vc_watchlists;
