DROP INDEX vc_hosts_hostname;
