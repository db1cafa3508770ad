import { inspect } from 'node:util'
import { organizationId } from '../../../core/ids.ts'
import type { Address } from '../../../core/ports.ts'
import type { Bend } from '../../../custody.ts'
import type { Sabotage, TwinWorld, World } from '../../claims/index.ts'
import { sabotage } from '../breaking.ts'

type Vault = Parameters<NonNullable<Bend['vault']>>[0]

/** The twin with a vault that was changed in its code, of the application and of its people. */
function withVault(twin: TwinWorld, vault: (honest: Vault) => Vault): World {
  const { people } = twin
  return {
    ...twin,
    open: options => twin.open({ ...options, bend: { vault } }),
    ...(people === undefined
      ? {}
      : { people: { ...people, open: (bend, origin) => people.open({ ...bend, vault }, origin) } }),
  }
}

const source = import.meta.url

function bent(name: string, says: string, vault: (honest: Vault) => Vault): Sabotage {
  return sabotage(source, { name, says, apply: async twin => withVault(twin, vault) })
}

/** Seals and opens as if the address said less than it does. */
function readdressed(name: string, says: string, change: (address: Address) => Address): Sabotage {
  return bent(name, says, honest => ({
    ...honest,
    seal: (organization, address, value) => honest.seal(organization, change(address), value),
    open: (organization, address, envelope) => honest.open(organization, change(address), envelope),
  }))
}

/** Each value is written into a table besides, in a spelling, and `after` follows. */
function keeping(name: string, says: string, spelled: (value: string) => string, after = 'select 1'): Sabotage {
  return sabotage(source, {
    name,
    says,
    async apply(twin) {
      await twin.admin.query('create table public.kept (value text)')
      return withVault(twin, honest => ({
        ...honest,
        async seal(organization, address, value) {
          await twin.admin.query('insert into public.kept values ($1)', [spelled(String(value))])
          await twin.admin.query(after)
          return honest.seal(organization, address, value)
        },
      }))
    },
  })
}

const anywhere: Address = { table: 'any.table', column: 'any', row: 'any' }

export const sabotages: readonly Sabotage[] = [
  readdressed('address-dropped', 'values are sealed for no place at all', () => anywhere),
  readdressed('row-dropped', 'values are sealed for their column, and open in every row', address => ({
    ...address,
    row: 'any',
  })),
  readdressed('column-dropped', 'values are sealed for their row, and open in every column', ({ row }) => ({
    ...anywhere,
    row,
  })),
  bent('organization-dropped', 'values of all organizations are sealed as if they were of one', honest => {
    const one = organizationId('7e1f0000-0000-4000-8000-0000000000ff')
    return {
      ...honest,
      seal: (_organization, address, value) => honest.seal(one, address, value),
      open: (_organization, address, envelope) => honest.open(one, address, envelope),
    }
  }),
  sabotage(source, {
    name: 'plaintext-taken',
    says: 'the check on sealed columns was dropped, and they take plain text',
    async apply(twin) {
      await twin.admin.query('alter domain upheld.sealed drop constraint sealed')
      return twin
    },
  }),
  bent('nothing-sealed', 'the envelope holds the value as it is', honest => ({
    ...honest,
    async seal(organization, address, value) {
      const envelope = await honest.seal(organization, address, value)
      return Buffer.concat([envelope.subarray(0, 68), Buffer.from(value), Buffer.alloc(16)])
    },
    async open(_organization, _address, envelope) {
      return opened(Buffer.from(envelope.subarray(68, envelope.length - 16)))
    },
  })),
  keeping('kept-beside', 'the value is kept in clear in a table beside the sealed one', value => value),
  keeping('kept-in-base64', 'the value is kept in base64 in a table that nobody reads', value =>
    Buffer.from(`{"v":"${value}"}`).toString('base64'),
  ),
  keeping(
    'written-and-deleted',
    'the value was in a table for a moment, and went from there into the write-ahead log',
    value => value,
    'delete from public.kept',
  ),
  bent('failure-ignored', 'a value that does not open is answered with what was there before', honest => {
    const last = new Map<string, Awaited<ReturnType<Vault['open']>>>()
    return {
      ...honest,
      async open(organization, address, envelope) {
        const place = JSON.stringify([organization, address])
        const found = await honest.open(organization, address, envelope).catch((error: unknown) => {
          const before = last.get(place)
          if (before === undefined) throw error
          return before
        })
        last.set(place, found)
        return found
      },
    }
  }),
  bent('secret-printed', 'an opened secret prints itself', honest => ({
    ...honest,
    async open(organization, address, envelope) {
      return opened(Buffer.from((await honest.open(organization, address, envelope)).reveal()))
    },
  })),
  bent('index-unkeyed', 'the blind index is a plain hash of the value', honest => ({
    ...honest,
    async blindIndex(organization, column, value) {
      const whole = await honest.blindIndex(organization, column, value)
      return Buffer.alloc(whole.length, Buffer.from(value))
    },
  })),
  sabotage(source, {
    name: 'everybody-opens',
    says: 'whoever reads a row may open what is sealed in it',
    async apply(twin) {
      return {
        ...twin,
        open(options) {
          const platform = twin.open(options)
          const all = { type: 'application', id: 'application', purpose: 'service', opens: ['*'] } as const
          return Object.freeze({
            ...platform,
            organization: (id: string) => {
              const handle = platform.organization(id).as(all)
              return Object.freeze({ ...handle, as: () => handle })
            },
          })
        },
      }
    },
  }),
]

/** An opened value without anything that hides it. */
function opened(bytes: Buffer): Awaited<ReturnType<Vault['open']>> {
  const shown = (): string => bytes.toString()
  return {
    reveal: shown,
    bytes: () => bytes,
    toString: shown,
    toJSON: shown,
    [inspect.custom]: shown,
    [Symbol.toPrimitive]: shown,
  }
}
