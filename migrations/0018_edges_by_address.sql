-- Who gives no client id may go by its address alone. Without this, each search for an application goes through all edges.
CREATE INDEX lineage_edges_by_address ON lineage_edges (address, cluster) WHERE client_id = '';
