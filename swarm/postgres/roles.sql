-- Brings database, roles, limits, passwords and grants to what Flotilla needs. Safe to repeat; entrypoint.sh runs it at
-- every start, so that a changed secret or cap takes effect with a restart. Grants that a migration gave or took away
-- on single tables are left alone: tables get theirs by default privileges when they are created.
\set ON_ERROR_STOP on
\set app_password `cat /run/secrets/db_app_password`
\set owner_password `cat /run/secrets/db_owner_password`
\set metrics_password `cat /run/secrets/db_metrics_password`

SET log_min_error_statement = panic;    -- a statement that fails must not put a password into the log
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['flotilla_owner', 'flotilla_app', 'flotilla_metrics']) AS name
WHERE name NOT IN (SELECT rolname FROM pg_roles) \gexec

ALTER ROLE flotilla_owner WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    CONNECTION LIMIT :owner_connections PASSWORD :'owner_password';
ALTER ROLE flotilla_app WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    CONNECTION LIMIT :app_connections PASSWORD :'app_password';
ALTER ROLE flotilla_metrics WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    CONNECTION LIMIT :metrics_connections PASSWORD :'metrics_password';
GRANT pg_monitor TO flotilla_metrics;
-- Migrations and metrics get in even if others take what is left.
GRANT pg_use_reserved_connections TO flotilla_owner, flotilla_metrics;
-- A transaction that somebody forgot must not hold one of the few connections for ever.
ALTER ROLE flotilla_app SET idle_in_transaction_session_timeout = '60s';

SELECT 'CREATE DATABASE flotilla OWNER flotilla_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'flotilla') \gexec
ALTER DATABASE flotilla OWNER TO flotilla_owner;
REVOKE ALL ON DATABASE flotilla, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE flotilla TO flotilla_app, flotilla_metrics;

\connect flotilla
SET client_min_messages = warning;
ALTER SCHEMA public OWNER TO flotilla_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO flotilla_app;
ALTER DEFAULT PRIVILEGES FOR ROLE flotilla_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO flotilla_app;
ALTER DEFAULT PRIVILEGES FOR ROLE flotilla_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO flotilla_app;
