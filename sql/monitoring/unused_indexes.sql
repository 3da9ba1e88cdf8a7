-- Indexes that no query has used since the statistics were last reset, largest first.  Keys are
-- left out: they do their work without being read.
SELECT s.relname AS table_name, s.indexrelname AS index_name,
       pg_relation_size(s.indexrelid) AS index_bytes
FROM pg_stat_user_indexes s
JOIN pg_index i ON i.indexrelid = s.indexrelid
WHERE s.idx_scan = 0 AND NOT i.indisunique
ORDER BY index_bytes DESC, index_name;
