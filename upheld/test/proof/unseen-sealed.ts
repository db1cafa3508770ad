import { createHash } from 'node:crypto'
import type { Address } from '../../src/core/ports.ts'
import type { Bend } from '../../src/custody.ts'
import type { Sabotage, TwinWorld } from '../../src/proof/claims/index.ts'

// Ways to break the vault that the claims do not know of.

const source = import.meta.url
const says = 'somebody did something that nobody thought of'

type Vault = Parameters<NonNullable<Bend['vault']>>[0]

function bending(name: string, bendFor: (twin: TwinWorld) => Bend): Sabotage {
  return {
    name,
    says,
    source,
    async apply(twin) {
      const bend = bendFor(twin)
      return {
        ...twin,
        open: options => twin.open({ ...options, bend }),
        keys: (more = {}) =>
          twin.keys({
            ...bend,
            ...more,
            store: honest => (more.store ?? (same => same))(bend.store?.(honest) ?? honest),
          }),
      }
    },
  }
}

const vault = (name: string, change: (honest: Vault) => Partial<Vault>): Sabotage =>
  bending(name, () => ({ vault: honest => ({ ...honest, ...change(honest) }) }))

const readdressed = (name: string, change: (address: Address) => Address): Sabotage =>
  vault(name, honest => ({
    seal: (organization, address, value) => honest.seal(organization, change(address), value),
    open: (organization, address, envelope) => honest.open(organization, change(address), envelope),
  }))

export const unseenOfFields: readonly Sabotage[] = [
  readdressed('row-cut-off', address => ({ ...address, row: address.row.slice(0, 13) })),
  readdressed('words-run-together', ({ table, column, row, ...rest }) => ({
    ...rest,
    table,
    column: 'any',
    row: `${column}${row}`,
  })),
  vault('same-again', honest => {
    const known = new Map<string, Promise<Buffer>>()
    return {
      seal(organization, address, value) {
        const name = JSON.stringify([organization, address, String(value)])
        const envelope = known.get(name) ?? honest.seal(organization, address, value)
        known.set(name, envelope)
        return envelope
      },
    }
  }),
  vault('end-in-clear', honest => ({
    async seal(organization, address, value) {
      const bytes = Buffer.from(value)
      const envelope = await honest.seal(organization, address, bytes.subarray(0, 1_000))
      return Buffer.concat([envelope, bytes.subarray(1_000)])
    },
    async open(organization, address, envelope) {
      const first = await honest.open(organization, address, envelope.subarray(0, 1_084))
      const rest = Buffer.from(envelope.subarray(1_084)).toString()
      return { ...first, reveal: () => first.reveal() + rest }
    },
  })),
  {
    name: 'rights-by-table',
    says,
    source,
    apply: async twin => ({
      ...twin,
      open(options) {
        const platform = twin.open(options)
        return {
          ...platform,
          organization(id: string) {
            const handle = platform.organization(id)
            const all = (opens: readonly string[]): readonly string[] =>
              opens.some(label => label.split('.').length === 3 && !label.startsWith('probe.')) ? ['*'] : opens
            return { ...handle, as: actor => handle.as({ ...actor, opens: all(actor.opens ?? []) }) }
          },
        }
      },
    }),
  },
]

export const unseenOfKeys: readonly Sabotage[] = [
  bending('root-binds-nothing', () => ({
    root: honest => ({
      uri: honest.uri,
      wrap: key => honest.wrap(key, Buffer.from('any')),
      unwrap: wrapped => honest.unwrap(wrapped, Buffer.from('any')),
    }),
  })),
  bending('refused-not-destroyed', () => ({
    store: honest => ({
      ...honest,
      destroy: async () => [{ store: 'key folder', holds: 'gone' }],
      holders: async () => [{ store: 'key folder', holds: 'gone' }],
    }),
  })),
  bending('ended-keys-kept-in-a-table', ({ admin }) => ({
    store: honest => ({
      ...honest,
      async destroy(record) {
        await admin.query('create table if not exists public.ended (id text, wrapped bytea)')
        await admin.query('insert into public.ended values ($1, $2)', [record.id, record.wrapped])
        return honest.destroy(record)
      },
    }),
  })),
  vault('index-without-a-key', () => ({
    blindIndex: async (organization, { table, column }, value) =>
      createHash('sha256')
        .update(JSON.stringify([organization, table, column, value]))
        .digest()
        .subarray(0, 16),
  })),
]
