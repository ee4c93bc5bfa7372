import type { Migration } from '../../sqlite/migrate.ts'

/** Version 1: the truth. Text columns hold TEXT or, where UTF-8 cannot say the string, its UTF-16LE bytes. */
export const recordsMigration: Migration = {
  version: 1,
  name: 'records',
  up: ({ db }) => void db.exec(RECORDS),
}

/** Version 2: what indexes in the same file know of themselves. */
export const indexesMigration: Migration = {
  version: 2,
  name: 'indexes',
  up: ({ db }) => void db.exec(INDEXES),
}

/** Version 3: what a server keeps. Access and error columns hold what the ports say, as text and as JSON. */
export const servingMigration: Migration = {
  version: 3,
  name: 'serving',
  up: ({ db }) => void db.exec(SERVING),
}

const RECORDS = `
create table if not exists spaces (
  key integer primary key autoincrement,
  fingerprint text not null,
  dimensions integer not null,
  unique (fingerprint, dimensions)
) strict;

create table if not exists collections (
  key integer primary key autoincrement,
  name any not null unique,
  model text,
  space integer not null references spaces (key),
  roots text not null,
  created_at real not null,
  last_run_at real,
  sequence integer not null default 0
) strict;

create table if not exists documents (
  key integer primary key autoincrement,
  collection integer not null references collections (key) on delete cascade,
  id any not null,
  path any,
  title any,
  format text not null,
  metadata text not null,
  content_hash any not null,
  chunking_fingerprint any not null,
  created_at real not null,
  updated_at real not null,
  chunks integer not null,
  pending integer not null,
  failed integer not null,
  unique (collection, id)
) strict;
create index if not exists documents_by_path on documents (path) where path is not null;
create index if not exists documents_by_state on documents (collection, chunks, pending, failed);
create index if not exists documents_by_collection on documents (collection);

create table if not exists texts (
  document integer primary key references documents (key) on delete cascade,
  text any not null
) strict;

create table if not exists chunks (
  key integer primary key autoincrement,
  document integer not null references documents (key) on delete cascade,
  collection integer not null,
  position integer not null,
  begins integer not null,
  ends integer not null,
  line_from integer not null,
  line_to integer not null,
  heading text not null,
  symbol any,
  embedding_hash any not null,
  error text
) strict;
create index if not exists chunks_by_document on chunks (document, position);
create index if not exists chunks_by_hash on chunks (collection, embedding_hash);

create table if not exists vectors (
  key integer primary key autoincrement,
  chunk integer not null references chunks (key) on delete cascade,
  collection integer not null,
  space integer not null references spaces (key),
  vector blob not null,
  unique (chunk, space)
) strict;
create index if not exists vectors_by_collection on vectors (collection, space);

create table if not exists files (
  collection integer not null references collections (key) on delete cascade,
  path any not null,
  document integer references documents (key) on delete cascade,
  size real not null,
  modified_at real not null,
  inode real not null,
  checked_at real not null,
  error text,
  primary key (collection, path)
) strict, without rowid;
create index if not exists files_by_document on files (document);

create table if not exists changes (
  sequence integer primary key autoincrement,
  collection any not null,
  document any not null,
  kind text not null
) strict;
`

const INDEXES = `
create table if not exists index_states (
  name text not null,
  collection integer not null,
  space integer not null,
  version text not null,
  applied integer not null,
  primary key (name, collection)
) strict, without rowid;

create table if not exists moments (
  collection integer primary key,
  space integer not null,
  count integer not null,
  folded integer not null,
  revision integer not null,
  sums blob not null
) strict;

create table if not exists moment_removals (
  key integer primary key autoincrement,
  collection integer not null,
  vector blob not null
) strict;
create index if not exists moment_removals_by_collection on moment_removals (collection);
`

const SERVING = `
create table if not exists keys (
  id text primary key,
  name any not null,
  access text not null,
  digest text not null,
  created_at real not null,
  expires_at real,
  last_used_at real,
  revoked_at real
) strict, without rowid;

create table if not exists jobs (
  key integer primary key autoincrement,
  id text not null unique,
  operation text not null,
  input text not null,
  state text not null,
  progress text,
  result text,
  result_bytes real,
  error text,
  owner text,
  runner text,
  attempts integer not null default 0,
  cancelling integer not null default 0,
  revision integer not null default 0,
  bytes real not null,
  beat_at real not null,
  created_at real not null,
  started_at real,
  finished_at real
) strict;
create index if not exists jobs_by_state on jobs (state, key);
`
