-- Phone numbers and e-mail addresses are sealed by the program; people get database logins of their own.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mgg_logins') THEN
        CREATE ROLE mgg_logins NOLOGIN CREATEROLE;
    END IF;
END
$$;
GRANT mgg_engineer, mgg_admin TO mgg_logins WITH ADMIN OPTION;
GRANT mgg_logins TO CURRENT_USER;
GRANT USAGE, CREATE ON SCHEMA public TO mgg_logins;

SET LOCAL ROLE mgg_owner;

-- What was written before is sealed by the migration, in this transaction.
ALTER TABLE users
    DROP CONSTRAINT users_email_key,
    DROP CONSTRAINT users_email_check,
    DROP CONSTRAINT users_phone_check;
UPDATE users SET email = NULL, phone = NULL WHERE email IS NOT NULL OR phone IS NOT NULL;
ALTER TABLE users
    ADD CONSTRAINT users_email_check CHECK (email ~ '^v1:[0-9]+:[A-Za-z0-9_-]+$'),
    ADD CONSTRAINT users_phone_check CHECK (phone ~ '^v1:[0-9]+:[A-Za-z0-9_-]+$');

CREATE OR REPLACE FUNCTION mgg_account(wanted text)
RETURNS TABLE (id integer, username text, display_name text, role text, team text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT u.id, u.username, u.display_name, u.role, t.name
    FROM public.users u JOIN public.teams t ON t.id = u.team_id
    WHERE u.is_active AND u.username = coalesce(
        (SELECT o.username FROM public.users o WHERE o.database_login = session_user), wanted)
$$;

REVOKE UPDATE (database_login) ON users FROM mgg_admin;
GRANT EXECUTE ON FUNCTION mgg_account(text) TO mgg_user;
GRANT EXECUTE ON FUNCTION mgg_is_admin() TO mgg_logins;
GRANT SELECT (username, role, is_active, database_login), UPDATE (database_login) ON users TO mgg_logins;
CREATE POLICY for_logins ON users TO mgg_logins USING (true) WITH CHECK (true);

RESET ROLE;
SET LOCAL ROLE mgg_logins;

-- Makes a person's own login, or gives the one that is there another password.  Only the password's
-- SCRAM verifier comes here, so that no statement and no log of the server holds the password.
CREATE FUNCTION database_login_make(account text, verifier text) RETURNS name
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person   record;
    login    name := 'lab_' || account;
BEGIN
    IF NOT public.mgg_is_admin() THEN
        RAISE EXCEPTION 'only an administrator makes logins' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF verifier !~ '^SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$' THEN
        RAISE EXCEPTION 'this is no SCRAM verifier' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT u.role, u.is_active, u.database_login INTO person
    FROM public.users u WHERE u.username = account FOR UPDATE;
    IF person.role IS NULL OR NOT person.is_active OR person.role = 'user' OR account = 'system' THEN
        RAISE EXCEPTION 'this account gets no login' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF person.database_login = login AND EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
        EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', login, verifier);
        RETURN login;
    END IF;
    -- Asked first: the error of CREATE ROLE would show the verifier.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
        RAISE EXCEPTION 'the role % is not this account''s', login USING ERRCODE = 'unique_violation';
    END IF;
    EXECUTE format('CREATE ROLE %I LOGIN CONNECTION LIMIT 20 PASSWORD %L', login, verifier);
    EXECUTE format('GRANT %I TO %I', 'mgg_' || person.role, login);
    UPDATE public.users SET database_login = login WHERE username = account;
    RETURN login;
END
$$;

-- Ends it.  What is connected as it is nobody from then on.
CREATE FUNCTION database_login_end(account text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT public.mgg_is_admin() THEN
        RAISE EXCEPTION 'only an administrator ends logins' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.users SET database_login = NULL
    WHERE username = account AND database_login IS NOT NULL;
    RETURN FOUND;
END
$$;

-- A login ends with its account, and with the role that it was made for.
CREATE FUNCTION keep_database_login() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT NEW.is_active OR NEW.role <> OLD.role THEN
        NEW.database_login := NULL;
    END IF;
    IF NEW.database_login IS NULL AND OLD.database_login = 'lab_' || OLD.username
       AND EXISTS (SELECT FROM pg_roles WHERE rolname = OLD.database_login) THEN
        EXECUTE format('DROP ROLE %I', OLD.database_login);
    END IF;
    RETURN NEW;
END
$$;

REVOKE ALL ON FUNCTION database_login_make(text, text), database_login_end(text), keep_database_login() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION database_login_make(text, text), database_login_end(text) TO mgg_admin;
GRANT EXECUTE ON FUNCTION keep_database_login() TO mgg_owner;

RESET ROLE;
SET LOCAL ROLE mgg_owner;

CREATE TRIGGER users_database_login BEFORE UPDATE ON users
    FOR EACH ROW WHEN (OLD.database_login IS NOT NULL) EXECUTE FUNCTION keep_database_login();

RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM mgg_logins;
