# Run once by the image of PostgreSQL, on an empty volume. The server's user owns its database and nothing else. Queries run
# as the role velocicompanion, which owns nothing: row-level security holds it, and it cannot turn that off. The superuser
# has no password from then on, so that it logs in from within the container alone.
psql -v ON_ERROR_STOP=1 -v password="$POSTGRES_PASSWORD" --username postgres <<'SQL'
CREATE ROLE companion LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE ROLE velocicompanion NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT;
GRANT velocicompanion TO companion;
CREATE DATABASE companion OWNER companion;
REVOKE CONNECT, TEMPORARY ON DATABASE companion FROM PUBLIC;
ALTER ROLE postgres PASSWORD NULL;
SQL
