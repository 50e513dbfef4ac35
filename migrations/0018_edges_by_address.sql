-- Who gives no client id may go by its address alone. Without this, each search for an application goes through all edges.
CREATE INDEX lineage_edges_by_address ON lineage_edges (address, cluster) WHERE client_id = '';

-- Where one field comes from, or goes: a dataset may have thousands of pairs.
DROP INDEX declared_columns_by_source;
DROP INDEX declared_columns_by_target;
CREATE INDEX declared_columns_by_source ON declared_columns (source, source_field);
CREATE INDEX declared_columns_by_target ON declared_columns (target, target_field);
