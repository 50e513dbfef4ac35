//! All SQL of the product: how are schemas, settings, audit and lineage kept, on PostgreSQL and SQLite alike?
