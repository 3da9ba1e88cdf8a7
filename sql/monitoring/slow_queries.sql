-- The statements that take the most time altogether.  Needs the extension pg_stat_statements
-- (CREATE EXTENSION pg_stat_statements, and the library preloaded: the embedded server preloads it).
SELECT calls, round(total_exec_time::numeric, 1) AS total_ms,
       round(mean_exec_time::numeric, 2) AS mean_ms,
       round(max_exec_time::numeric, 1) AS worst_ms,
       rows, left(regexp_replace(query, '\s+', ' ', 'g'), 200) AS statement
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY total_exec_time DESC
LIMIT 20;
