-- Reports as they are run: of a team, over a period, told once and kept as they were.

SET LOCAL ROLE mgg_owner;

ALTER TABLE report_runs
    ADD COLUMN team_id integer REFERENCES teams,
    -- what it is about, such as 2026-01-31, 2026-W05 or 2026-01, or the moment that it was due
    ADD COLUMN period text NOT NULL DEFAULT '' CHECK (length(period) <= 40),
    -- how often the same was asked for again
    ADD COLUMN repetition integer NOT NULL DEFAULT 0 CHECK (repetition >= 0),
    ADD COLUMN attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- what it comes to, in a sentence
    ADD COLUMN answer text NOT NULL DEFAULT '' CHECK (length(answer) <= 2000),
    -- the kind of error, as the program calls it
    ADD COLUMN error_name text CHECK (btrim(error_name) <> ''),
    -- of its numbers alone: the same period gives the same, whether its data are hot or cold
    ADD COLUMN numbers_digest text CHECK (numbers_digest ~ '^[0-9a-f]{64}$'),
    ADD COLUMN manifest_sha256 text CHECK (manifest_sha256 ~ '^[0-9a-f]{64}$'),
    -- where its files are, below the folder of reports
    ADD COLUMN folder text CHECK (folder ~ '^\d{4}/\d{2}/\d+$');
UPDATE report_runs SET team_id = users.team_id FROM users WHERE users.id = report_runs.created_by;
ALTER TABLE report_runs
    ALTER COLUMN team_id SET NOT NULL,
    ALTER COLUMN team_id SET DEFAULT mgg_team_id();

DROP INDEX report_runs_once;
CREATE UNIQUE INDEX report_runs_once ON report_runs (team_id, idempotency_key, repetition)
    WHERE state <> 'failed';
CREATE INDEX report_runs_name_idx ON report_runs (name, created_at DESC);
CREATE INDEX report_runs_key_idx ON report_runs (idempotency_key);

-- A run that has ended stays as it is, and none goes away.
CREATE FUNCTION keep_report_run() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'running' THEN
        RAISE EXCEPTION 'a report that was made stays as it is'
            USING ERRCODE = 'restrict_violation', HINT = 'Run it again instead.';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION keep_report_run() FROM PUBLIC;
CREATE TRIGGER report_runs_keep BEFORE UPDATE OR DELETE ON report_runs
    FOR EACH ROW EXECUTE FUNCTION keep_report_run();

DROP POLICY all_see ON report_runs;
DROP POLICY made_by_actor ON report_runs;
DROP POLICY own_or_admin ON report_runs;
CREATE POLICY team_rows ON report_runs FOR SELECT TO mgg_user
    USING (team_id = (SELECT mgg_team_id()) OR (SELECT mgg_is_admin()));
CREATE POLICY made_by_actor ON report_runs FOR INSERT TO mgg_user
    WITH CHECK (created_by = (SELECT mgg_actor_id()) AND team_id = (SELECT mgg_team_id()));
-- A run whose program was killed is ended by whoever comes next.
CREATE POLICY team_ends ON report_runs FOR UPDATE TO mgg_user
    USING (team_id = (SELECT mgg_team_id()) OR (SELECT mgg_is_admin()));
GRANT UPDATE (attempts, answer, error_name, numbers_digest, manifest_sha256, folder) ON report_runs
    TO mgg_engineer;
