-- The role stays: it belongs to the whole cluster, and other databases may use it.
DROP TABLE vc_spending, vc_verdicts, vc_blocks, vc_chunks, vc_staged, vc_stages, vc_results, vc_collections,
	vc_host_labels, vc_hosts, vc_audit, vc_grants, vc_api_tokens, vc_invites, vc_sessions, vc_directory, vc_users, vc_tenants;
