import type { Bend } from '../../../custody.ts'
import { organizationId } from '../../../core/ids.ts'
import type { Keys, Sabotage, TwinWorld, World } from '../../claims/index.ts'
import { sabotage } from '../breaking.ts'

const source = import.meta.url

/** The twin with parts of its custody changed in their code. */
function bent(twin: TwinWorld, bend: Bend): World {
  return {
    ...twin,
    open: options => twin.open({ ...options, bend }),
    keys: more => twin.keys(both(bend, more)),
  }
}

/** First what was broken, then what a probe puts over it. */
function both(broken: Bend, { store, ...rest }: Bend = {}): Bend {
  return { ...broken, ...rest, store: honest => (store ?? (same => same))(broken.store?.(honest) ?? honest) }
}

function bending(name: string, says: string, bend: Bend): Sabotage {
  return sabotage(source, { name, says, apply: async twin => bent(twin, bend) })
}

/** The operator's hand on the keys, changed; over a store that a probe has put in place it is as it was. */
function handled(name: string, says: string, change: (kept: Keys, twin: TwinWorld) => Keys): Sabotage {
  return sabotage(source, {
    name,
    says,
    apply: async twin => ({
      ...twin,
      keys(more) {
        const kept = twin.keys(more)
        return kept === undefined || more !== undefined ? kept : change(kept, twin)
      },
    }),
  })
}

export const sabotages: readonly Sabotage[] = [
  bending('floor-ignored', 'a key that is older than the oldest that may open is used again when it comes back', {
    floors: honest => ({ ...honest, read: async () => 0 }),
  }),
  bending('floor-never-raised', 'nobody writes down which keys are too old', {
    floors: honest => ({ ...honest, raise: async () => undefined }),
  }),
  bending('key-left-behind', 'destroying a key leaves its wrapped copy where it was, and says that it is gone', {
    store: honest => ({
      ...honest,
      destroy: async record => [{ store: `the place of ${record.domain}`, holds: 'gone' }],
    }),
    floors: honest => ({ ...honest, raise: async () => undefined }),
  }),
  bending('one-key-for-all', 'what is sealed for any organization is sealed with the keys of one', {
    vault: honest => {
      const one = organizationId('7e1f0000-0000-4000-8000-0000000000ff')
      return {
        ...honest,
        seal: (_organization, address, value) => honest.seal(one, address, value),
        open: (_organization, address, envelope) => honest.open(one, address, envelope),
      }
    },
  }),
  bending('rotation-in-name', 'changing keys makes new ones, and the old ones go on opening', {
    store: honest => ({ ...honest, destroy: async record => honest.holders(record) }),
    floors: honest => ({ ...honest, raise: async () => undefined }),
  }),
  handled('key-in-the-database', 'data keys are kept in clear in a table', (kept, { admin }) => ({
    ...kept,
    vault() {
      const honest = kept.vault()
      return {
        ...honest,
        async seal(organization, address, value) {
          const sealed = await honest.seal(organization, address, value)
          const { key } = await honest.dataKey(organization, `table:${address.table}`)
          await admin.query('create table if not exists public.kept (value bytea)')
          await admin.query('insert into public.kept values ($1)', [key.export()])
          return sealed
        },
      }
    },
  })),
  handled('said-destroyed', 'an erasure says that all is destroyed while a place may still hold a key', kept => ({
    ...kept,
    shred: async shredding => ({ ...(await kept.shred(shredding)), state: 'destroyed' }),
  })),
]
