-- Signatures of curves, which a search for similar ones reads.  Those of curves that are stored
-- already are made afterwards by the program, from the samples.

SET LOCAL ROLE mgg_owner;

CREATE TABLE curve_signatures (
    test_result_id  bigint,
    simulation_id   bigint,
    team_id         integer NOT NULL REFERENCES teams DEFAULT mgg_team_id(),
    -- which definition of the cells they were made by
    version         integer NOT NULL CHECK (version >= 1),
    -- 256 pressures [MPa] as little-endian float4; NaN where the curve does not reach
    cells_mpa       bytea NOT NULL CHECK (octet_length(cells_mpa) = 1024),
    FOREIGN KEY (test_result_id, team_id) REFERENCES test_results (id, team_id),
    FOREIGN KEY (simulation_id, team_id) REFERENCES forward_simulations (id, team_id),
    CONSTRAINT curve_signatures_one_parent CHECK (num_nonnulls(test_result_id, simulation_id) = 1)
);
CREATE UNIQUE INDEX curve_signatures_test_result_id_idx ON curve_signatures (test_result_id);
CREATE UNIQUE INDEX curve_signatures_simulation_id_idx ON curve_signatures (simulation_id);
CREATE INDEX curve_signatures_team_id_idx ON curve_signatures (team_id);

ALTER TABLE curve_signatures ENABLE ROW LEVEL SECURITY;
CREATE POLICY team_rows ON curve_signatures TO mgg_user
    USING (team_id = (SELECT mgg_team_id()) OR (SELECT mgg_is_admin()));

GRANT SELECT ON curve_signatures TO mgg_user;
GRANT INSERT ON curve_signatures TO mgg_engineer;
GRANT UPDATE (version, cells_mpa) ON curve_signatures TO mgg_admin;
