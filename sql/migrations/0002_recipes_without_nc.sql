-- Recipes may hold a GP charge alone.

SET LOCAL ROLE mgg_owner;

ALTER TABLE recipes
    ALTER COLUMN nc_type_1 DROP NOT NULL,
    ALTER COLUMN nc_mass_1_mg DROP NOT NULL,
    DROP CONSTRAINT recipes_nc_order,
    ADD CONSTRAINT recipes_some_charge CHECK (num_nonnulls(nc_type_1, gp_type) > 0),
    ADD CONSTRAINT recipes_nc_1_whole CHECK ((nc_type_1 IS NULL) = (nc_mass_1_mg IS NULL)),
    ADD CONSTRAINT recipes_nc_order CHECK (
        nc_type_2 IS NULL OR (nc_type_1 IS NOT NULL AND nc_type_1 COLLATE "C" < nc_type_2 COLLATE "C"));

-- The program looks at the version before it takes a role on.
GRANT SELECT ON alembic_version TO mgg_app;
