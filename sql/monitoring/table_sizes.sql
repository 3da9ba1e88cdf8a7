-- How large each table is, partitions added up: the table itself, its indexes, and both.
SELECT coalesce(parent.relname, child.relname) AS table_name,
       count(*) AS parts,
       sum(greatest(child.reltuples, 0))::bigint AS rows_estimated,
       sum(pg_table_size(child.oid))::bigint AS table_bytes,
       sum(pg_indexes_size(child.oid))::bigint AS index_bytes,
       sum(pg_total_relation_size(child.oid))::bigint AS total_bytes
FROM pg_class child
LEFT JOIN pg_inherits i ON i.inhrelid = child.oid
LEFT JOIN pg_class parent ON parent.oid = i.inhparent
WHERE child.relkind = 'r' AND child.relnamespace = 'public'::regnamespace
GROUP BY 1
ORDER BY total_bytes DESC, table_name;
