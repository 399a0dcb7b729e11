#!/bin/sh
# 首次启动时建立角色与数据库；权限由 herun migrate 授予。
# Makes the roles and databases when the volume is new; the grants come with `herun migrate`.
set -eu

psql --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
  --set=owner="$OWNER_PASSWORD" --set=ledger="$LEDGER_PASSWORD" --set=door="$DOOR_PASSWORD" \
  --set=reader="$READER_PASSWORD" --set=temporal="$TEMPORAL_PASSWORD" <<'SQL'
CREATE ROLE herun_owner LOGIN PASSWORD :'owner';
CREATE ROLE herun_ledger LOGIN PASSWORD :'ledger';
CREATE ROLE herun_door LOGIN PASSWORD :'door';
CREATE ROLE herun_reader LOGIN PASSWORD :'reader';
CREATE ROLE temporal LOGIN PASSWORD :'temporal';

CREATE DATABASE herun OWNER herun_owner TEMPLATE template0
  ENCODING 'UTF8' LOCALE_PROVIDER builtin LOCALE 'C.UTF-8';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;

REVOKE CONNECT ON DATABASE herun FROM PUBLIC;
GRANT CONNECT ON DATABASE herun TO herun_ledger, herun_door, herun_reader;
REVOKE CONNECT ON DATABASE temporal, temporal_visibility FROM PUBLIC;
SQL
