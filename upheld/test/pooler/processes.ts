import { fork } from 'node:child_process'
import { once } from 'node:events'
import { z } from 'zod'
import type { TestPlatform } from '../../src/testing/index.ts'
import type { ReadingCount, ReadingOrder } from './reading.ts'

const counted = z.strictObject({ reads: z.number(), wrong: z.number(), odd: z.number() })

/** Clients in several processes, all at once, over the same pooler or server. Gives the sum of what they counted. */
export async function readInProcesses(processes: number, order: ReadingOrder): Promise<ReadingCount> {
  const each = Math.ceil(order.reads / processes)
  const counts = await Promise.all(
    Array.from({ length: processes }, async (_, index) => {
      const child = fork(new URL('reading-process.ts', import.meta.url), {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      const exited = once(child, 'exit')
      const said = new Promise<unknown>((resolve, reject) => {
        child.once('message', resolve)
        child.once('exit', code => reject(new Error(`a process of clients ended with ${code} and said nothing`)))
      })
      child.send({ ...order, reads: each, seed: order.seed + index * each })
      const count = counted.parse(await said)
      await exited
      return count
    }),
  )
  return counts.reduce((sum, one) => ({
    reads: sum.reads + one.reads,
    wrong: sum.wrong + one.wrong,
    odd: sum.odd + one.odd,
  }))
}

/** Organizations of one row each, which names its owner. */
export async function plantOwners(platform: TestPlatform, count: number): Promise<readonly string[]> {
  const organizations = await Promise.all(Array.from({ length: count }, () => platform.upheld.createOrganization()))
  for (const one of organizations) await one.sql`insert into shelf.author (id, name) values (1, ${one.id})`
  return organizations.map(({ id }) => id)
}

/**
 * The same rows where the policy believes an unsigned setting, and the right to make that setting: for controls. Gone
 * again when the work is done.
 */
export async function withOpenTwin<T>(
  platform: TestPlatform,
  ids: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  await platform.admin.query(`
    create schema open;
    grant usage on schema open to upheld_app;
    create table open.author (organization_id uuid not null, id integer not null, name text not null, primary key (organization_id, id));
    create policy tenant on open.author using (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);
    alter table open.author enable row level security;
    grant select on open.author to upheld_app;
    grant execute on function pg_catalog.set_config(text, text, boolean) to upheld_app`)
  for (const id of ids) await platform.admin.query('insert into open.author values ($1, 1, $2)', [id, id])
  try {
    return await work()
  } finally {
    await platform.admin.query(`
      drop schema open cascade;
      revoke execute on function pg_catalog.set_config(text, text, boolean) from upheld_app`)
  }
}

export function keyOf({ key }: TestPlatform): ReadingOrder['key'] {
  return { id: key.id, cell: key.cell, secret: key.secret.toString('hex') }
}
