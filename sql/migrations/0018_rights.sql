-- Engineers restore from the cold store and hold periods; the rest of it stays with administrators.

SET LOCAL ROLE mgg_owner;

CREATE FUNCTION mgg_may_restore() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM public.users u
        WHERE u.username = public.mgg_actor() AND u.is_active AND u.role IN ('admin', 'engineer')
    )
$$;

-- Whoever writes rows back may do so and holds the archiver's lock, on this very session: the lock
-- ends when the session's last transaction has ended, not before.
CREATE FUNCTION archive_require_restorer() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT public.mgg_may_restore() THEN
        RAISE EXCEPTION 'only an engineer or an administrator restores'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT EXISTS (
        SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE l.locktype = 'advisory' AND l.classid = 7303 AND l.objid = 1 AND l.objsubid = 2
          AND l.granted AND l.pid = pg_backend_pid() AND d.datname = current_database()
    ) THEN
        RAISE EXCEPTION 'this session does not hold the archiver''s lock'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END
$$;

-- Whoever changes the books of the cold store in any other way is an administrator.
CREATE OR REPLACE FUNCTION archive_require_lock() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT public.mgg_is_admin() THEN
        RAISE EXCEPTION 'only an administrator archives' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM public.archive_require_restorer();
END
$$;

CREATE OR REPLACE FUNCTION archive_let_go(batch bigint, curves bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    PERFORM public.archive_require_restorer();
    PERFORM FROM public.archive_batches
    WHERE id = batch AND state = 'archived' AND table_name <> 'operation_logs' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'batch % holds no curves', batch
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    DELETE FROM public.archived_curves a
    WHERE a.batch_id = batch
      AND (curves IS NULL OR coalesce(a.test_result_id, a.simulation_id) = ANY (curves));
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF NOT EXISTS (SELECT FROM public.archived_curves a WHERE a.batch_id = batch) THEN
        UPDATE public.archive_batches SET state = 'restored' WHERE id = batch;
    END IF;
    RETURN gone;
END
$$;

-- A hold is put and released by whoever may restore, in the own name.
ALTER TABLE archive_holds ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_see ON archive_holds FOR SELECT TO mgg_engineer, mgg_archiver USING (true);
CREATE POLICY put_by_actor ON archive_holds FOR INSERT TO mgg_engineer, mgg_archiver
    WITH CHECK ((SELECT mgg_may_restore()) AND created_by = (SELECT mgg_actor_id()));
CREATE POLICY released_by_actor ON archive_holds FOR UPDATE TO mgg_engineer, mgg_archiver
    USING ((SELECT mgg_may_restore())) WITH CHECK (released_by = (SELECT mgg_actor_id()));

REVOKE ALL ON FUNCTION mgg_may_restore(), archive_require_restorer() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mgg_may_restore() TO mgg_engineer, mgg_archiver;
GRANT EXECUTE ON FUNCTION archive_require_restorer() TO mgg_archiver;
GRANT SELECT, INSERT (table_name, period_start, period_end, reason), UPDATE (released_at, released_by)
    ON archive_holds TO mgg_engineer;
