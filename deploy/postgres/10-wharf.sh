#!/bin/sh
# Run once by PostgreSQL's image when the database is made: wharf's user, which may make its schema and no more, and one that
# reads what wharf publishes there (a BI tool's).
set -eu
psql -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" \
    -v wharf="$WHARF_PASSWORD" -v reader="$READER_PASSWORD" <<'SQL'
create role wharf login password :'wharf';
create role reader login password :'reader';
create schema wharf authorization wharf;
grant usage on schema wharf to reader;
alter default privileges for role wharf in schema wharf grant select on tables to reader;
SQL
