-- Hosts are also found by their names without a domain.
CREATE INDEX vc_hosts_hostname ON vc_hosts (tenant_id, hostname);
