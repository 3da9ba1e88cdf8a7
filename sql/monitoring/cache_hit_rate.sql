-- The share of pages that were found in memory, per table and its indexes; below 0.99 on a table
-- that is read often, PostgreSQL wants more memory (shared_buffers).
SELECT relname AS table_name,
       heap_blks_read + idx_blks_read AS pages_from_disk,
       round(
           (heap_blks_hit + idx_blks_hit)::numeric
           / nullif(heap_blks_hit + idx_blks_hit + heap_blks_read + idx_blks_read, 0), 4
       ) AS hit_rate
FROM pg_statio_user_tables
WHERE heap_blks_hit + heap_blks_read > 0
ORDER BY pages_from_disk DESC, table_name;
