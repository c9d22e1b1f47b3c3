#!/bin/bash
# Run once by the database's container: a role for Wren that may do nothing but use its database.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --username postgres --set password="$(cat /run/secrets/postgres)" <<'SQL'
CREATE ROLE wren LOGIN PASSWORD :'password';
CREATE DATABASE wren OWNER wren;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON DATABASE wren FROM PUBLIC;
SQL
