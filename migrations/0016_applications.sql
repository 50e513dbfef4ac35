-- Which connections belong to which application, as people declare it. The definition is JSON.
CREATE TABLE applications (
    name       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    definition TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);

-- The edges of a declared application are found by how its names begin, on whatever cluster.
CREATE INDEX lineage_edges_by_client ON lineage_edges (client_id);
CREATE INDEX lineage_edges_by_principal ON lineage_edges (principal);
