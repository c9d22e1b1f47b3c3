#!/bin/bash
# Run once by the database's container: a role for Wren that may do nothing but use its database.
set -euo pipefail
# On a line of its own: where it can't be read, or is empty, no role is made.
password=$(cat /run/secrets/postgres)
test -n "$password"
psql --set ON_ERROR_STOP=1 --username postgres --set password="$password" <<'SQL'
CREATE ROLE wren LOGIN PASSWORD :'password';
CREATE DATABASE wren OWNER wren;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON DATABASE wren FROM PUBLIC;
SQL
