-- The operation log is chained by hashes: who rewrites it, even past the triggers, is found out.

SET LOCAL ROLE mgg_owner;

-- SHA-256 of the columns before, and the link to the entry that was sealed before this one
ALTER TABLE operation_logs
    ADD COLUMN digest text,
    ADD COLUMN chain_number bigint,
    ADD COLUMN previous_hash text,
    ADD COLUMN hash text;
CREATE INDEX operation_logs_unsealed_idx ON operation_logs (id) WHERE hash IS NULL;

DROP TRIGGER operation_logs_append_only ON operation_logs;

-- How an entry is written down for its digest: its values in the order of the columns, each with its
-- length in bytes, so that nothing can be moved from one to the next.  mgg_kernel/audit/encoding.py
-- does the same.
CREATE FUNCTION audit_digest(
    id bigint, recorded_at timestamptz, actor text, user_id integer, session_actor text,
    log_type text, action text, object_type text, object_id text, outcome text, address text,
    application text, details jsonb
) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    told   text := 'mgg-log-1;';
    value  text;
BEGIN
    FOREACH value IN ARRAY ARRAY[id::text, (extract(epoch FROM recorded_at) * 1000000)::bigint::text,
        actor, user_id::text, session_actor, log_type, action, object_type, object_id, outcome,
        address, application, details::text]
    LOOP
        told := told || CASE WHEN value IS NULL THEN '-'
            ELSE octet_length(convert_to(value, 'UTF8')) || ':' || value || ',' END;
    END LOOP;
    RETURN encode(sha256(convert_to(told, 'UTF8')), 'hex');
END
$$;

CREATE FUNCTION audit_link(number bigint, previous text, digest text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT encode(sha256(convert_to('mgg-link-1;' || number || ';' || previous || ';' || digest,
                                    'UTF8')), 'hex')
$$;

-- Every entry gets its digest as it is written; it is linked to the one before later (audit_seal),
-- so that nobody who writes waits for somebody else's commit.
CREATE FUNCTION digest_log_entry() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.digest := public.audit_digest(NEW.id, NEW.recorded_at, NEW.actor, NEW.user_id,
        NEW.session_actor::text, NEW.log_type, NEW.action, NEW.object_type, NEW.object_id,
        NEW.outcome, NEW.address, NEW.application, NEW.details);
    NEW.chain_number := NULL;
    NEW.previous_hash := NULL;
    NEW.hash := NULL;
    RETURN NEW;
END
$$;

-- Of an entry nothing changes but that it is linked, once.
CREATE FUNCTION refuse_log_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.hash IS NULL AND NEW.digest = OLD.digest
       AND NEW.hash = public.audit_link(NEW.chain_number, NEW.previous_hash, NEW.digest)
       AND NEW.digest = public.audit_digest(NEW.id, NEW.recorded_at, NEW.actor, NEW.user_id,
           NEW.session_actor::text, NEW.log_type, NEW.action, NEW.object_type, NEW.object_id,
           NEW.outcome, NEW.address, NEW.application, NEW.details) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% takes new rows only', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'The operation log cannot be rewritten.';
END
$$;

-- What is in PostgreSQL already is taken as it is now, and sealed with what comes.
UPDATE operation_logs l
SET digest = audit_digest(l.id, l.recorded_at, l.actor, l.user_id, l.session_actor::text, l.log_type,
    l.action, l.object_type, l.object_id, l.outcome, l.address, l.application, l.details);

CREATE TRIGGER operation_logs_digest BEFORE INSERT ON operation_logs
    FOR EACH ROW EXECUTE FUNCTION digest_log_entry();
CREATE TRIGGER operation_logs_append_only BEFORE UPDATE OR DELETE ON operation_logs
    FOR EACH ROW EXECUTE FUNCTION refuse_log_change();

-- Each time that entries were linked: how far the chain reaches since.  Number 0 is where it begins,
-- with what was there before it.
CREATE TABLE audit_seals (
    last_number  bigint PRIMARY KEY CHECK (last_number >= 0),
    head         text NOT NULL CHECK (head ~ '^[0-9a-f]{64}$'),
    sealed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    note         jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(note) = 'object')
);
CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE ON audit_seals
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_seals_no_truncate BEFORE TRUNCATE ON audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

-- Links up to `most` committed entries that are not linked yet, in the order of their ids, behind the
-- last one.  An entry whose transaction ends later is linked later: the order of the chain is that in
-- which entries were sealed.  One that is not what its digest says is left, for verify to name.
CREATE FUNCTION audit_seal(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    entry     record;
    number    bigint;
    previous  text;
    ids       bigint[] := '{}';
    moments   timestamptz[] := '{}';
    numbers   bigint[] := '{}';
    hashes    text[] := '{}';
    linked    bigint;
BEGIN
    IF NOT public.mgg_is_admin() THEN
        RAISE EXCEPTION 'only an administrator seals the log' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- One sealer at a time; those who write the log never ask for this lock.
    PERFORM pg_advisory_xact_lock(7303, 2);
    SELECT s.last_number, s.head INTO STRICT number, previous
    FROM public.audit_seals s ORDER BY s.last_number DESC LIMIT 1;
    hashes := ARRAY[previous];
    FOR entry IN
        SELECT l.id, l.recorded_at, l.digest FROM public.operation_logs l
        WHERE l.hash IS NULL AND l.digest = public.audit_digest(l.id, l.recorded_at, l.actor,
            l.user_id, l.session_actor::text, l.log_type, l.action, l.object_type, l.object_id,
            l.outcome, l.address, l.application, l.details)
        ORDER BY l.id LIMIT most
    LOOP
        number := number + 1;
        previous := public.audit_link(number, previous, entry.digest);
        ids := ids || entry.id;
        moments := moments || entry.recorded_at;
        numbers := numbers || number;
        hashes := hashes || previous;
    END LOOP;
    -- In one statement: one for each entry would open all partitions each time.
    UPDATE public.operation_logs l
    SET chain_number = u.number, previous_hash = u.before, hash = u.hash
    FROM unnest(ids, moments, numbers, hashes[:cardinality(ids)], hashes[2:])
         AS u (id, moment, number, before, hash)
    WHERE l.id = u.id AND l.recorded_at = u.moment;
    GET DIAGNOSTICS linked = ROW_COUNT;
    IF linked <> cardinality(ids) THEN
        RAISE EXCEPTION '% entries of the log were to be linked, but % were', cardinality(ids), linked
            USING ERRCODE = 'data_corrupted';
    END IF;
    IF linked > 0 THEN
        INSERT INTO public.audit_seals (last_number, head) VALUES (number, previous);
    END IF;
    RETURN linked;
END
$$;


-- Where the chain begins: with the entries that are here, and with the files that hold older ones.
INSERT INTO audit_seals (last_number, head, note)
    SELECT 0, encode(sha256(convert_to('mgg-genesis-1;' || g.note::text, 'UTF8')), 'hex'), g.note
    FROM (
        SELECT jsonb_build_object(
            'database', gen_random_uuid(),
            'entries', (SELECT count(*) FROM operation_logs),
            'files', coalesce(
                (SELECT jsonb_agg(jsonb_build_array(b.path, b.sha256) ORDER BY b.id)
                 FROM archive_batches b
                 WHERE b.table_name = 'operation_logs' AND b.state = 'archived'), '[]')) AS note
    ) g;

REVOKE ALL ON FUNCTION audit_digest(bigint, timestamptz, text, integer, text, text, text, text, text,
    text, text, text, jsonb), audit_link(bigint, text, text), digest_log_entry(), refuse_log_change(),
    audit_seal(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_seal(integer) TO mgg_admin, mgg_archiver;
GRANT SELECT ON audit_seals TO mgg_admin, mgg_archiver;
