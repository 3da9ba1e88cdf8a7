-- Reverse simulations: everything that one depends on, and which work orders came of it.

SET LOCAL ROLE mgg_owner;

ALTER TABLE reverse_simulations
    ADD COLUMN title text NOT NULL DEFAULT '' CHECK (length(title) <= 200),
    -- the recipes that had been tested when it ran; candidates are ranked by their nearness to these
    ADD COLUMN tested jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(tested) = 'array'),
    -- what it found besides the candidates
    ADD COLUMN outcome jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(outcome) = 'object'),
    ADD UNIQUE (id, team_id);

-- the reverse simulation of which the recipe was a candidate
ALTER TABLE work_orders
    ADD COLUMN reverse_simulation_id bigint,
    ADD FOREIGN KEY (reverse_simulation_id, team_id) REFERENCES reverse_simulations (id, team_id);
CREATE INDEX work_orders_reverse_simulation_id_idx ON work_orders (reverse_simulation_id);

GRANT INSERT (reverse_simulation_id) ON work_orders TO mgg_engineer;
