import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import type { TestPlatform } from '../../src/testing/index.ts'
import { contract } from './contract.ts'
import { shelfPlatform } from './stage.ts'
import { drizzleTrial } from './subjects/drizzle.ts'
import { kyselyTrial } from './subjects/kysely.ts'
import { poolTrial } from './subjects/pool.ts'
import { prismaTrial } from './subjects/prisma.ts'

suite('a query builder over one organization', () => {
  const trials = [poolTrial, kyselyTrial, drizzleTrial, prismaTrial]
  let opened: Promise<TestPlatform> | undefined
  const platform = (): Promise<TestPlatform> => (opened ??= shelfPlatform())
  after(async () => (await opened)?.close())

  for (const trial of trials) contract(platform, trial, 'on connections of its own')

  test('all that are offered are tried', () => {
    assert.deepEqual(
      trials.map(({ name }) => name),
      ['pg.Pool', 'Kysely', 'Drizzle', 'Prisma'],
    )
  })
})
