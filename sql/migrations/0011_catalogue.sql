-- The catalogue as it is edited: device details, calibrations, and a history that nothing goes past.

SET LOCAL ROLE mgg_owner;

-- when it was fired, where known; else the day it was stored counts
ALTER TABLE test_results ADD COLUMN tested_on date
    CHECK (tested_on >= '1900-01-01' AND tested_on < '2200-01-01');
GRANT UPDATE (tested_on) ON test_results TO mgg_engineer;

-- An entry's version counts its changes, so that who edits what somebody else has edited meanwhile
-- is told so instead of overwriting it.
ALTER TABLE igniter_types ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE nc_types ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE gp_types ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE vessels ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE test_devices
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN maker text NOT NULL DEFAULT '' CHECK (length(maker) <= 200 AND maker !~ '[[:cntrl:]]'),
    ADD COLUMN serial_number text NOT NULL DEFAULT ''
        CHECK (length(serial_number) <= 200 AND serial_number !~ '[[:cntrl:]]'),
    -- the full range of the sensor at the device, where it has one of its own
    ADD COLUMN sensor_range_mpa double precision
        CHECK (sensor_range_mpa > 0 AND sensor_range_mpa <= 10000);

-- Calibrations of test devices.  One that was wrong is withdrawn, with a reason; none goes away.
CREATE TABLE device_calibrations (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device             text NOT NULL REFERENCES test_devices,
    calibrated_on      date NOT NULL CHECK (calibrated_on >= '1900-01-01'),
    -- the last day on which it holds
    valid_until        date NOT NULL CHECK (valid_until < '2200-01-01'),
    certificate        text NOT NULL DEFAULT ''
                       CHECK (length(certificate) <= 200 AND certificate !~ '[[:cntrl:]]'),
    note               text NOT NULL DEFAULT ''
                       CHECK (length(note) <= 1000 AND note !~ '[[:cntrl:]]'),
    created_by         integer NOT NULL REFERENCES users DEFAULT mgg_actor_id(),
    created_at         timestamptz NOT NULL DEFAULT now(),
    withdrawn_at       timestamptz,
    withdrawn_by       integer REFERENCES users,
    withdrawn_because  text CHECK (btrim(withdrawn_because) <> '' AND length(withdrawn_because) <= 1000
                                   AND withdrawn_because !~ '[[:cntrl:]]'),
    CONSTRAINT device_calibrations_period CHECK (calibrated_on < valid_until),
    CONSTRAINT device_calibrations_withdrawn CHECK (
        (withdrawn_at IS NULL) = (withdrawn_by IS NULL)
        AND (withdrawn_at IS NULL) = (withdrawn_because IS NULL))
);
CREATE UNIQUE INDEX device_calibrations_once
    ON device_calibrations (device, calibrated_on, valid_until, certificate)
    WHERE withdrawn_at IS NULL;
CREATE INDEX device_calibrations_device_idx ON device_calibrations (device, calibrated_on);
CREATE INDEX device_calibrations_created_by_idx ON device_calibrations (created_by);
CREATE INDEX device_calibrations_withdrawn_by_idx ON device_calibrations (withdrawn_by);

-- Who changed what in the catalogue, written by triggers and by nothing else.
CREATE TABLE catalogue_history (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at    timestamptz NOT NULL,
    -- who acted, as the program says; the login where it says nothing
    actor          text NOT NULL,
    -- who was logged in to PostgreSQL, which nobody can forge
    session_actor  name NOT NULL,
    -- the table that holds the entry
    kind           text NOT NULL,
    code           text NOT NULL,
    action         text NOT NULL CHECK (action IN ('added', 'changed', 'withdrawn', 'removed')),
    -- the row as it was and as it is
    before         jsonb,
    after          jsonb,
    CONSTRAINT catalogue_history_some_row CHECK (num_nonnulls(before, after) > 0)
);
CREATE INDEX catalogue_history_entry_idx ON catalogue_history (kind, code, id DESC);

CREATE FUNCTION keep_catalogue_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was   jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    is_   jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    row_  jsonb := coalesce(is_, was);
BEGIN
    IF was = is_ THEN
        RETURN NULL;
    END IF;
    INSERT INTO public.catalogue_history
        (recorded_at, actor, session_actor, kind, code, action, before, after)
    VALUES (clock_timestamp(), coalesce(public.mgg_actor(), session_user), session_user,
        TG_TABLE_NAME, coalesce(row_ ->> 'code', row_ ->> 'device'),
        CASE WHEN was IS NULL THEN 'added'
             WHEN is_ IS NULL THEN 'removed'
             WHEN is_ ->> 'withdrawn_at' IS NOT NULL THEN 'withdrawn'
             ELSE 'changed' END,
        was, is_);
    RETURN NULL;
END
$$;

CREATE FUNCTION check_catalogue_entry() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.version := 1;
    ELSIF to_jsonb(NEW) - 'version' = to_jsonb(OLD) - 'version' THEN
        NEW.version := OLD.version;
    ELSE
        NEW.version := OLD.version + 1;
    END IF;
    -- Longer ones may be there from before: they stay until they are edited.
    IF (TG_OP = 'INSERT' OR NEW.description <> OLD.description)
       AND (length(NEW.description) > 1000 OR NEW.description ~ '[[:cntrl:]]') THEN
        RAISE EXCEPTION 'a description of % is no single line of up to 1000 signs', TG_TABLE_NAME
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;

-- How many tests and imported products, of all teams, were fired in a vessel.
CREATE FUNCTION vessel_uses(wanted text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT (SELECT count(*) FROM public.test_results t JOIN public.recipes r ON r.id = t.recipe_id
            WHERE r.vessel = wanted)
         + (SELECT count(*) FROM public.recipe_records p JOIN public.recipes r ON r.id = p.recipe_id
            WHERE r.vessel = wanted)
$$;

-- What was measured in a vessel was measured in its volume.
CREATE FUNCTION check_vessel_volume() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.volume_ml IS DISTINCT FROM OLD.volume_ml THEN
        -- Whoever stores a test at this moment is waited for, and then counted.
        LOCK TABLE public.test_results, public.recipe_records IN SHARE MODE;
        IF public.vessel_uses(OLD.code) > 0 THEN
            RAISE EXCEPTION 'tests were fired in the vessel %, so its volume stays', OLD.code
                USING ERRCODE = 'restrict_violation', HINT = 'Add a new code for the new volume.';
        END IF;
    END IF;
    RETURN NEW;
END
$$;

-- A calibration changes once: when it is withdrawn.  Who and when are filled in here.
CREATE FUNCTION keep_calibration() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    apart constant text[] := ARRAY['withdrawn_at', 'withdrawn_by', 'withdrawn_because'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'rows of % are not removed', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', HINT = 'Withdraw the calibration instead.';
    END IF;
    IF OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_because IS NULL
       OR to_jsonb(NEW) - apart <> to_jsonb(OLD) - apart THEN
        RAISE EXCEPTION 'a calibration does not change, and is withdrawn once'
            USING ERRCODE = 'restrict_violation';
    END IF;
    NEW.withdrawn_at := now();
    NEW.withdrawn_by := public.mgg_actor_id();
    RETURN NEW;
END
$$;

CREATE TRIGGER device_calibrations_keep BEFORE UPDATE OR DELETE ON device_calibrations
    FOR EACH ROW EXECUTE FUNCTION keep_calibration();
CREATE TRIGGER vessels_volume BEFORE UPDATE OF volume_ml ON vessels
    FOR EACH ROW EXECUTE FUNCTION check_vessel_volume();
CREATE TRIGGER catalogue_history_append_only BEFORE UPDATE OR DELETE ON catalogue_history
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER catalogue_history_no_truncate BEFORE TRUNCATE ON catalogue_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['igniter_types', 'nc_types', 'gp_types', 'vessels', 'test_devices',
                                'device_calibrations'] LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I'
                       ' FOR EACH ROW EXECUTE FUNCTION keep_catalogue_history()', kept || '_history', kept);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()', kept || '_no_truncate', kept);
        IF kept <> 'device_calibrations' THEN
            EXECUTE format('CREATE TRIGGER %I BEFORE INSERT OR UPDATE ON %I'
                           ' FOR EACH ROW EXECUTE FUNCTION check_catalogue_entry()', kept || '_check', kept);
        END IF;
    END LOOP;
END
$$;

-- Was a device in calibration on a day?  A day between two calibrations comes after the first one.
CREATE FUNCTION device_calibration_state(wanted text, day date) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE
        WHEN day IS NULL OR count(*) = 0 THEN 'unknown'
        WHEN bool_or(day BETWEEN c.calibrated_on AND c.valid_until) THEN 'calibrated'
        WHEN day < min(c.calibrated_on) THEN 'not yet'
        ELSE 'expired' END
    FROM public.device_calibrations c
    WHERE c.device = wanted AND c.withdrawn_at IS NULL
$$;

-- Calibrations are shared by all teams, as the devices are.
ALTER TABLE device_calibrations ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_see ON device_calibrations FOR SELECT TO mgg_user USING (true);
CREATE POLICY made_by_actor ON device_calibrations FOR INSERT TO mgg_user
    WITH CHECK (created_by = (SELECT mgg_actor_id()));
CREATE POLICY own_or_admin ON device_calibrations FOR UPDATE TO mgg_user
    USING (created_by = (SELECT mgg_actor_id()) OR (SELECT mgg_is_admin()));

-- Whether the device of each test was in calibration on its day: asked when it is read, since a
-- calibration may be entered later.
CREATE VIEW v_test_calibration WITH (security_invoker) AS
    SELECT q.test_result_id, q.name, q.device, q.tested_on, q.tested_on_is_known,
           device_calibration_state(q.device, q.tested_on) AS state, q.is_deleted
    FROM (
        SELECT t.id AS test_result_id, t.name, r.test_device AS device,
               coalesce(t.tested_on, t.created_at::date) AS tested_on,
               t.tested_on IS NOT NULL AS tested_on_is_known, t.deleted_at IS NOT NULL AS is_deleted
        FROM test_results t
        LEFT JOIN recipes r ON r.id = t.recipe_id
    ) q;

CREATE VIEW v_tests_out_of_calibration WITH (security_invoker) AS
    SELECT v.test_result_id, v.name, v.device, v.tested_on, v.tested_on_is_known, v.state
    FROM v_test_calibration v
    WHERE v.state IN ('expired', 'not yet') AND NOT v.is_deleted;

REVOKE ALL ON FUNCTION keep_catalogue_history(), check_catalogue_entry(), check_vessel_volume(),
    keep_calibration(), vessel_uses(text), device_calibration_state(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION device_calibration_state(text, date) TO mgg_user;
GRANT EXECUTE ON FUNCTION vessel_uses(text) TO mgg_engineer;
GRANT SELECT ON device_calibrations, catalogue_history, v_test_calibration,
    v_tests_out_of_calibration TO mgg_user;
GRANT UPDATE (volume_ml) ON vessels TO mgg_engineer;
GRANT UPDATE (maker, serial_number, sensor_range_mpa) ON test_devices TO mgg_engineer;
GRANT INSERT (device, calibrated_on, valid_until, certificate, note), UPDATE (withdrawn_because)
    ON device_calibrations TO mgg_engineer;
