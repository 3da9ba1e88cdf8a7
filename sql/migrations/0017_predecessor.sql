-- What was brought in from the predecessor's database.

SET LOCAL ROLE mgg_owner;

-- A hash of the predecessor's (bcrypt) is accepted once: a login that it lets in replaces it.
ALTER TABLE users DROP CONSTRAINT users_password_hash_check;
ALTER TABLE users ADD CONSTRAINT users_password_hash_check
    CHECK (password_hash LIKE '$argon2id$%' OR password_hash ~ '^\$2[abxy]?\$');

-- A row of the old database and what became of it here, so that none is brought in twice.
CREATE TABLE migrated_rows (
    source          text NOT NULL CHECK (btrim(source) = source AND length(source) BETWEEN 1 AND 80),
    source_table    text NOT NULL CHECK (length(source_table) <= 80),
    source_key      text NOT NULL CHECK (length(source_key) <= 200),
    -- of all columns that the row had
    row_sha256      text NOT NULL CHECK (row_sha256 ~ '^[0-9a-f]{64}$'),
    outcome         text NOT NULL CHECK (outcome IN ('moved', 'merged')),
    target_table    text NOT NULL,
    target_key      text NOT NULL,
    -- of times and pressures, as they were read there
    curve_sha256    text CHECK (curve_sha256 ~ '^[0-9a-f]{64}$'),
    remark          text NOT NULL DEFAULT '' CHECK (length(remark) <= 2000),
    created_by      integer NOT NULL REFERENCES users DEFAULT mgg_actor_id(),
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, source_table, source_key)
);
CREATE INDEX migrated_rows_created_by_idx ON migrated_rows (created_by);
GRANT SELECT, INSERT ON migrated_rows TO mgg_admin;

-- An order as it was made in another program: under its maker, and of its day.
CREATE FUNCTION bring_in_order(maker text, order_number text, order_title text, made_at timestamptz)
RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO public.work_orders (work_order_number, team_id, title, created_by, created_at)
    SELECT order_number, u.team_id, order_title, u.id, made_at
    FROM public.users u WHERE u.username = maker
    RETURNING id
$$;
REVOKE ALL ON FUNCTION bring_in_order(text, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bring_in_order(text, text, text, timestamptz) TO mgg_admin;
