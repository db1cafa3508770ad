import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { writeContextKey } from '../../src/adapters/keys/index.ts'
import { newOrganizationId } from '../../src/core/ids.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import type { ResealPorts, Vault } from '../../src/foundation/vault/index.ts'
import { openSealedRows } from '../../src/sealed-rows.ts'
import { testPlatform, type TestPlatform } from '../../src/testing/index.ts'
import { testKeys, token, type Keys } from './keys.ts'

export const ward = { tenantSchemas: ['ward'], migrations: new URL('../schemas/sealed/', import.meta.url) }
const operator = { type: 'operator', id: 'test', purpose: 'test' } as const

/** Keys, and a database with sealed columns. */
export interface Ward extends Keys {
  readonly platform: TestPlatform
  organization(): Promise<Organization>
  /** For a job: with a vault of its own. */
  reseal(): ResealPorts
  close(): Promise<void>
}

export async function openWard(): Promise<Ward> {
  const keys = testKeys()
  const platform = await testPlatform(ward)
  writeContextKey(join(keys.folder, 'context.key'), platform.key)
  const rows = openSealedRows(platform.upheld, operator, {
    databaseUrl: platform.urls.identity,
    connectionsMax: 4,
    contextKeys: { current: () => platform.key },
  })
  return {
    ...keys,
    platform,
    organization: () => platform.upheld.createOrganization({ id: newOrganizationId() }),
    reseal: () => ({ store: keys.ports.store, rows, sealer: keys.vault() }),
    async close() {
      await rows.close()
      await platform.close()
      keys.remove()
    },
  }
}

/** Writes so many tokens, `secret 0` and on. Gives their ids. */
export async function plantTokens(organization: Organization, vault: Vault, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID())
  const rows = await Promise.all(
    ids.map(async (row, nth) => ({
      row,
      secret: await vault.seal(organization.id, { ...token, row }, `secret ${nth}`),
      index: await vault.blindIndex(organization.id, token, `secret ${nth}`),
    })),
  )
  await organization.query(
    `insert into ward.token (organization_id, id, secret, secret_index)
     select $1, * from unnest($2::uuid[], $3::bytea[], $4::bytea[])`,
    [organization.id, rows.map(({ row }) => row), rows.map(({ secret }) => secret), rows.map(({ index }) => index)],
  )
  return ids
}

interface Token {
  readonly id: string
  readonly secret: Buffer
  readonly secret_index: Buffer
}

export async function tokens(organization: Organization): Promise<Token[]> {
  return organization.sql<Token>`select id, secret::bytea as secret, secret_index::bytea as secret_index from ward.token order by id`
}

/** Every token opened, by its id. */
export async function opened(organization: Organization, vault: Vault): Promise<Map<string, string>> {
  const all = await tokens(organization)
  const texts = all.map(async ({ id, secret }) => {
    const value = await vault.open(organization.id, { ...token, row: id }, secret)
    return [id, value.reveal()] as const
  })
  return new Map(await Promise.all(texts))
}
