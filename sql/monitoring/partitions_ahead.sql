-- How far ahead the monthly partitions reach; below 60 days somebody should run mgg up or
-- SELECT make_partitions(current_date, (current_date + interval '1 year')::date).
SELECT parent.relname AS table_name, count(*) AS partitions,
       max(substring(pg_get_expr(child.relpartbound, child.oid) FROM $$TO \('([^']+)'\)$$))::timestamptz
           AS reaches_to
FROM pg_inherits i
JOIN pg_class parent ON parent.oid = i.inhparent
JOIN pg_class child ON child.oid = i.inhrelid
WHERE parent.relkind = 'p' AND child.relkind = 'r'
GROUP BY parent.relname
ORDER BY parent.relname;
