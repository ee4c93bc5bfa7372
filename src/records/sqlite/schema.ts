import type { Migration } from '../../sqlite/migrate.ts'

/** Version 1: the truth. Text columns hold TEXT or, where UTF-8 cannot say the string, its UTF-16LE bytes. */
export const recordsMigration: Migration = { version: 1, name: 'records', up: once(1, () => RECORDS) }

/** Version 2: what indexes in the same file know of themselves. */
export const indexesMigration: Migration = { version: 2, name: 'indexes', up: once(2, () => INDEXES) }

/** Version 3: what a server keeps. Access and error columns hold what the ports say, as text and as JSON. */
export const servingMigration: Migration = { version: 3, name: 'serving', up: once(3, () => SERVING) }

/**
 * Version 4: a collection's code side, what is not active, revisions, tries to embed, and moves between models.
 * `chunks.waits` is the space of the serving index that lacks the chunk's vector: the queue, of which an index holds only what
 * waits. Chunks of documents that are not active wait for nothing.
 */
export const sidesMigration: Migration = { version: 4, name: 'sides', up: once(4, () => SIDES) }

/**
 * Version 5: fewer pages for each small document. One index of a collection's documents instead of two; and the hashes of chunks
 * that wait for their vector, which nothing can be found by, are left out until they have it.
 */
export const captureMigration: Migration = { version: 5, name: 'capture', up: once(5, () => CAPTURE) }

/** A later version drops and renames what an earlier one made, which must not come back. */
function once(version: number, sql: () => string): Migration['up'] {
  return ({ db }) => {
    if ((db.pragma('user_version', { simple: true }) as number) < version) db.exec(sql())
  }
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

const SIDES = `
alter table collections add column code_model text;
alter table collections add column code_space integer references spaces (key);
alter table collections add column layout text not null default 'native';

alter table documents add column side text not null default 'text';
alter table documents add column active integer not null default 1;
alter table documents add column version integer not null default 0;
create index documents_inactive on documents (collection) where active = 0;
create index documents_by_content on documents (collection, content_hash) where path is null;
create index documents_failed on documents (collection, side) where failed > 0;
drop index documents_by_state;
create index documents_by_state on documents (collection, active, pending, failed, chunks);

alter table chunks add column waits integer;
create index chunks_waiting on chunks (collection, waits) where waits is not null;
update chunks set waits = (select space from collections where key = collection)
where error is null and document in (select key from documents where pending > 0) and not exists (
  select 1 from vectors v join collections c on c.key = v.collection where v.chunk = chunks.key and v.space = c.space);

drop index vectors_by_collection;
create index vectors_by_space on vectors (space, collection);

create table revisions (
  key integer primary key autoincrement,
  collection integer not null references collections (key) on delete cascade,
  document any not null,
  version integer not null,
  change any not null,
  at real not null,
  note text not null,
  title any,
  text any,
  metadata text,
  unique (collection, document, version)
) strict;

create table attempts (
  chunk integer not null references chunks (key) on delete cascade,
  space integer not null references spaces (key),
  collection integer not null,
  tries integer not null,
  tried_at real not null,
  next_at real not null,
  failed integer not null default 0,
  error text not null,
  primary key (chunk, space)
) strict, without rowid;
create index attempts_by_collection on attempts (collection, space, next_at);

create table migrations (
  collection integer not null references collections (key) on delete cascade,
  side text not null,
  old_model text,
  old_space integer not null references spaces (key),
  new_model text,
  new_space integer not null references spaces (key),
  serving text not null default 'old',
  started_at real not null,
  switched_at real,
  comparison text,
  primary key (collection, side)
) strict, without rowid;

alter table index_states rename to index_states_before;
create table index_states (
  name text not null,
  collection integer not null,
  space integer not null,
  version text not null,
  applied integer not null,
  primary key (name, collection, space)
) strict, without rowid;
insert into index_states select name, collection, iif(name = 'fts5', 0, space), version, applied from index_states_before;
drop table index_states_before;

alter table moments rename to moments_before;
create table moments (
  collection integer not null,
  space integer not null,
  count integer not null,
  folded integer not null,
  revision integer not null,
  sums blob not null,
  primary key (collection, space)
) strict;
insert into moments select * from moments_before;
drop table moments_before;

create table moment_changes (
  key integer primary key autoincrement,
  collection integer not null,
  space integer not null,
  sign integer not null,
  vector blob not null
) strict;
insert into moment_changes (collection, space, sign, vector)
  select r.collection, m.space, -1, r.vector from moment_removals r join moments m on m.collection = r.collection
  order by r.key;
drop table moment_removals;
create index moment_changes_by_collection on moment_changes (collection, space);
`

const CAPTURE = `
drop index documents_by_state;
drop index documents_by_collection;
create index documents_by_collection on documents (collection, key, chunks, active, pending, failed);
drop index documents_inactive;
create index documents_inactive on documents (collection, chunks) where active = 0;
drop index chunks_by_hash;
create index chunks_by_hash on chunks (collection, embedding_hash) where waits is null;
`
