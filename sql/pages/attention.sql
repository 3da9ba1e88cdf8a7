-- What needs somebody's attention, as far as the acting account may see: one row of counts.
-- Parameters: the codes that put a read-out in doubt, and since when tests and comparisons count.
SELECT
    (SELECT count(*) FROM test_results t
     WHERE t.recipe_id IS NULL AND t.deleted_at IS NULL) AS unlinked_tests,
    (SELECT count(*) FROM test_results t
     WHERE t.deleted_at IS NULL AND t.created_at >= :since
       AND EXISTS (SELECT FROM jsonb_array_elements(t.quality) flag
                   WHERE flag ->> 'code' = ANY (:grave))) AS doubtful_tests,
    (SELECT count(*) FROM v_tests_out_of_calibration) AS out_of_calibration,
    (SELECT count(*) FROM quarantined_files q WHERE q.settled_at IS NULL) AS quarantined_files,
    (SELECT count(*) FROM pt_comparisons c
     WHERE c.created_at >= :since AND abs(c.peak_pressure_diff_percent) > :peak_percent)
        AS poor_comparisons,
    (SELECT count(*) FROM work_orders w WHERE w.status = 'open') AS open_orders,
    (SELECT count(*) FROM work_orders w WHERE w.status = 'open' AND w.priority = 'high')
        AS urgent_orders,
    (SELECT count(*) FROM test_results t WHERE t.deleted_at IS NULL) AS tests,
    (SELECT count(*) FROM forward_simulations s WHERE s.deleted_at IS NULL) AS simulations
