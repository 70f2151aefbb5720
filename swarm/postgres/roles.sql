-- Brings database, roles, limits and grants to what Flotilla needs. Safe to repeat; entrypoint.sh runs it at every start,
-- so that a changed cap takes effect with a restart. Grants that a migration gave or took away on single tables are left
-- alone: tables get theirs by default privileges when they are created.
-- Passwords are not set here, but by migrate through roles.set_password: a server that held them would have to be
-- restarted for each that is rotated. Where the owner has none yet, the first password lets migrate in once.
\set ON_ERROR_STOP on
\set first_password `cat /run/secrets/db_first_password`

SET log_min_error_statement = panic;    -- a statement that fails must not put a password into the log
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['flotilla_owner', 'flotilla_app', 'flotilla_metrics', 'flotilla_captain', 'flotilla_reader',
    'flotilla_worker', 'flotilla_doorkeeper', 'flotilla_content', 'flotilla_operator']) AS name
WHERE name NOT IN (SELECT rolname FROM pg_roles) \gexec

ALTER ROLE flotilla_owner WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    CONNECTION LIMIT :owner_connections;
ALTER ROLE flotilla_app WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    CONNECTION LIMIT :app_connections;
ALTER ROLE flotilla_metrics WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    CONNECTION LIMIT :metrics_connections;
-- Writes captain's audit and reads it; of nothing else it knows that it is there.
ALTER ROLE flotilla_captain WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    CONNECTION LIMIT :captain_connections;
-- What the app takes on for one transaction (app/acting.py): readers see what is published, the worker's jobs a few columns of
-- all organisations, the doorkeeper the one row that a secret opens, content what one organisation has published, the operator in
-- Studio whatever belongs to anybody (docs/decisions/0013-studio.md). Nobody logs in as these, and the app has their rights only
-- while it has taken one on.
ALTER ROLE flotilla_reader WITH NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
ALTER ROLE flotilla_worker WITH NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
ALTER ROLE flotilla_doorkeeper WITH NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
ALTER ROLE flotilla_content WITH NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
ALTER ROLE flotilla_operator WITH NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
GRANT flotilla_reader, flotilla_worker, flotilla_doorkeeper, flotilla_content, flotilla_operator TO flotilla_app
    WITH ADMIN FALSE, INHERIT FALSE, SET TRUE;
SELECT format('ALTER ROLE flotilla_owner PASSWORD %L', :'first_password')
FROM pg_authid WHERE rolname = 'flotilla_owner' AND rolpassword IS NULL \gexec
GRANT pg_monitor TO flotilla_metrics;
-- Migrations and metrics get in even if others take what is left.
GRANT pg_use_reserved_connections TO flotilla_owner, flotilla_metrics;
-- A transaction that somebody forgot must not hold one of the few connections for ever.
ALTER ROLE flotilla_app SET idle_in_transaction_session_timeout = '60s';

SELECT 'CREATE DATABASE flotilla OWNER flotilla_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'flotilla') \gexec
ALTER DATABASE flotilla OWNER TO flotilla_owner;
REVOKE ALL ON DATABASE flotilla, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE flotilla TO flotilla_app, flotilla_metrics, flotilla_captain;

\connect flotilla
SET client_min_messages = warning;
ALTER SCHEMA public OWNER TO flotilla_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO flotilla_app, flotilla_reader, flotilla_worker, flotilla_doorkeeper, flotilla_content,
    flotilla_operator, flotilla_captain;
ALTER DEFAULT PRIVILEGES FOR ROLE flotilla_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO flotilla_app;
ALTER DEFAULT PRIVILEGES FOR ROLE flotilla_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO flotilla_app;

-- The owner changes passwords of these roles, its own too, and nothing else of any role. It gives a verifier, so that no
-- password comes near a log.
CREATE SCHEMA IF NOT EXISTS roles;
CREATE OR REPLACE FUNCTION roles.set_password(role text, verifier text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET log_min_error_statement = panic AS $$
BEGIN
    IF role NOT IN ('flotilla_owner', 'flotilla_app', 'flotilla_metrics', 'flotilla_captain')
        OR verifier NOT LIKE 'SCRAM-SHA-256$%'
    THEN
        RAISE EXCEPTION 'only verifiers of Flotilla''s own roles can be set';
    END IF;
    EXECUTE format('ALTER ROLE %I PASSWORD %L', role, verifier);
END
$$;
REVOKE ALL ON FUNCTION roles.set_password FROM PUBLIC;
GRANT USAGE ON SCHEMA roles TO flotilla_owner;
GRANT EXECUTE ON FUNCTION roles.set_password TO flotilla_owner;
