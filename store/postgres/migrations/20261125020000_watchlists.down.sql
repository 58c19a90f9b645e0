DROP TABLE vc_news, vc_watching, vc_sightings, vc_indicators, vc_watchlists;
