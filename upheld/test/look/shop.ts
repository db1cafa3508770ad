import { randomBytes } from 'node:crypto'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Database } from '../../src/core/ports.ts'
import { testDatabase, testServer } from '../../src/testing/index.ts'

/** A database that never heard of Upheld, with a login of its own that may look and nothing else. */
export interface Shop {
  readonly adminUrl: string
  /** A login without a right to write anything, and without a right to read a row. */
  readonly lookerUrl: string
  readonly appRole: string
  run(sql: string): Promise<void>
  value(sql: string): Promise<string>
  /** A scratch copy of it as it stands, for its owner. */
  copy(): Promise<Copy>
  close(): Promise<void>
}

interface Copy {
  readonly url: string
  value(sql: string): Promise<string>
  drop(): Promise<void>
}

const schema = `
create schema shop;
create table shop.tenant (id uuid primary key, name text not null);
create table shop.parcel (
  tenant_id uuid not null references shop.tenant,
  id        bigint not null,
  note      text not null default '',
  primary key (tenant_id, id)
);
alter table shop.tenant enable row level security, force row level security;
alter table shop.parcel enable row level security, force row level security;
create policy own on shop.tenant using (id = nullif(current_setting('app.tenant_id', true), '')::uuid);
create policy own on shop.parcel using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);`

/** A hole that the linter calls critical: every organization's parcels are everybody's. */
export const hole = 'alter table shop.parcel disable row level security'
export const mend = 'alter table shop.parcel enable row level security'

export async function openShop(): Promise<Shop> {
  const place = await testDatabase(await testServer())
  const suffix = randomBytes(4).toString('hex')
  const [looker, app] = [`looker_${suffix}`, `shopfront_${suffix}`]
  const admin = openDatabase(place.adminUrl, { connectionsMax: 1 })
  await admin.query(schema)
  await admin.query(`create role ${looker} login password 'hunter2'; create role ${app} login password 'hunter2'`)
  await admin.query(`revoke all on database ${place.name} from public`)
  await admin.query(`revoke all on schema public from public`)
  await admin.query(`grant connect on database ${place.name} to ${looker}, ${app}`)
  await admin.query(`grant usage on schema shop to ${app}; grant select, insert on shop.parcel to ${app}`)
  return {
    adminUrl: place.adminUrl,
    lookerUrl: place.urlFor(looker, 'hunter2'),
    appRole: app,
    async run(sql) {
      await admin.query(sql)
    },
    value: sql => valueOf(admin, sql),
    async copy() {
      const name = `${place.name}_copy_${randomBytes(3).toString('hex')}`
      const server = openDatabase(Object.assign(new URL(place.adminUrl), { pathname: '/postgres' }).href)
      // A template must have no session: ours in the shop is closed by its pool, and opened again when it is asked.
      await server.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
        [place.name],
      )
      await server.query(`create database ${name} template ${place.name}`)
      const url = Object.assign(new URL(place.adminUrl), { pathname: `/${name}` }).href
      const inside = openDatabase(url, { connectionsMax: 1 })
      return {
        url,
        value: sql => valueOf(inside, sql),
        async drop() {
          await inside.close()
          await server.query(`drop database ${name} with (force)`)
          await server.close()
        },
      }
    },
    async close() {
      await admin.query(`drop owned by ${looker}, ${app}; drop role ${looker}, ${app}`)
      await admin.close()
      await place.drop()
    },
  }
}

async function valueOf(database: Database, sql: string): Promise<string> {
  const { rows } = await database.query(`select (${sql})::text as value`)
  return String(rows[0]?.['value'])
}
