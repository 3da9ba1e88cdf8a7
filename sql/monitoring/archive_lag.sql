-- What should be in the cold store by now and is not: per table, the oldest row that is hot, the
-- day up to which it should have been archived, and how the last runs ended.
SELECT p.table_name, p.hot_days, oldest.recorded_at AS oldest_hot,
       now() - make_interval(days => p.hot_days) AS keep_since,
       oldest.recorded_at < now() - make_interval(days => p.hot_days) AS is_due,
       count(b.id) FILTER (WHERE b.state = 'archived') AS batches_archived,
       count(b.id) FILTER (WHERE b.state = 'aborted') AS batches_aborted
FROM retention_policies p
LEFT JOIN archive_batches b ON b.table_name = p.table_name
LEFT JOIN LATERAL (
    SELECT CASE p.table_name
        WHEN 'operation_logs' THEN (SELECT min(recorded_at) FROM operation_logs)
        WHEN 'test_time_series' THEN (SELECT min(recorded_at) FROM test_results)
        WHEN 'simulation_time_series' THEN (SELECT min(recorded_at) FROM forward_simulations)
    END AS recorded_at
) oldest ON true
WHERE p.archive_period IS NOT NULL
GROUP BY p.table_name, p.hot_days, oldest.recorded_at
ORDER BY p.table_name;
