-- The temperature that a test was conditioned at before it was fired; older rows do not know it.

SET LOCAL ROLE mgg_owner;

ALTER TABLE test_results
    ADD COLUMN conditioning_temperature_c double precision
        CHECK (conditioning_temperature_c > -273.15 AND conditioning_temperature_c <= 200);
GRANT UPDATE (conditioning_temperature_c) ON test_results TO mgg_engineer;

CREATE OR REPLACE VIEW v_test_results_summary WITH (security_invoker) AS
    SELECT t.id, t.created_at, u.username AS created_by, t.name, t.product, x.file_name, x.sha256,
           x.sheet, w.work_order_number, t.recipe_id, t.sample_count, t.peak_pressure_mpa,
           t.peak_time_ms, t.ignition_time_ms, t.baseline_mpa, t.warnings,
           (SELECT count(*) FROM pt_comparisons c WHERE c.test_result_id = t.id) AS comparisons,
           t.recorded_at, t.conditioning_temperature_c
    FROM test_results t
    JOIN test_result_files x ON x.test_result_id = t.id
    JOIN users u ON u.id = t.created_by
    LEFT JOIN work_orders w ON w.id = t.work_order_id
    WHERE t.deleted_at IS NULL;
