-- Versions of the model: a note, when each was put to use and retired, and which steps there are.

SET LOCAL ROLE mgg_owner;

ALTER TABLE model_versions
    ADD COLUMN note text NOT NULL DEFAULT '' CHECK (length(note) <= 4000),
    ADD COLUMN activated_at timestamptz,
    ADD COLUMN retired_at timestamptz;

CREATE FUNCTION check_model_state() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    -- A lab must be able to go back to an earlier version, but none is proposed twice.
    IF NEW.state = 'proposed' THEN
        RAISE EXCEPTION 'Model version % was % already; it cannot be proposed again.', OLD.id, OLD.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'active' THEN
        NEW.activated_at := now();
        NEW.retired_at := NULL;
    ELSE
        NEW.retired_at := now();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER model_versions_state BEFORE UPDATE OF state ON model_versions
    FOR EACH ROW EXECUTE FUNCTION check_model_state();
REVOKE ALL ON FUNCTION check_model_state() FROM PUBLIC;
