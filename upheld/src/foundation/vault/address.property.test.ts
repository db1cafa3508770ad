import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newOrganizationId, type OrganizationId } from '../../core/ids.ts'
import type { Address } from '../../core/ports.ts'
import { contextOf, placeOf } from './address.ts'

const organizations = [newOrganizationId(), newOrganizationId()]
/** Few letters, so that words often meet: their borders are what is tried. */
const word = fc.string({ unit: fc.constantFrom('a', '.', '\u0001', 'ä', '😀'), minLength: 1, maxLength: 3 })
const address: fc.Arbitrary<Address> = fc.record(
  { table: word, column: word, row: word, subject: word, revision: word },
  { requiredKeys: ['table', 'column', 'row'] },
)
interface Placed {
  readonly deployment: string
  readonly organization: OrganizationId
  readonly address: Address
  readonly header: Uint8Array
}
const place: fc.Arbitrary<Placed> = fc.record({
  deployment: word,
  organization: fc.constantFrom(...organizations),
  address,
  header: fc.uint8Array({ minLength: 12, maxLength: 12 }),
})

const contextAt = ({ deployment, organization, address: at, header }: Placed): string =>
  contextOf(placeOf(deployment, organization, at), header).toString('hex')

test('another deployment, organization or header, or any one other word, is another context', () => {
  fc.assert(
    fc.property(place, place, (one, two) => {
      const turned: Placed[] = [
        { ...one, deployment: two.deployment },
        { ...one, organization: two.organization },
        { ...one, header: two.header },
        { ...one, address: { ...one.address, table: two.address.table } },
        { ...one, address: { ...one.address, column: two.address.column } },
        { ...one, address: { ...one.address, row: two.address.row } },
        { ...one, address: { ...one.address, subject: two.address.subject ?? 'nobody' } },
        { ...one, address: { ...one.address, revision: two.address.revision ?? 'none' } },
      ]
      for (const other of turned) assert.equal(contextAt(one) === contextAt(other), textOf(one) === textOf(other))
    }),
    { numRuns: 1_000 },
  )
})

function textOf({ deployment, organization, address: at, header }: Placed): string {
  return JSON.stringify([deployment, organization, words(at), [...header]])
}

test('no two places have the same context, and the same place has always the same', () => {
  fc.assert(
    fc.property(place, place, (one, two) => {
      assert.equal(contextAt(one) === contextAt(two), textOf(one) === textOf(two))
      assert.equal(contextAt(one), contextAt({ ...one, address: { ...one.address } }))
    }),
    { numRuns: 3_000 },
  )
})

test('moving the border between two words changes the context', () => {
  fc.assert(
    fc.property(word, word, fc.uint8Array({ minLength: 12, maxLength: 12 }), (left, right, header) => {
      const [organization] = organizations
      assert.ok(organization !== undefined)
      const letters = Array.from(left + right)
      const contexts = letters.slice(1).map((_, at) => {
        const [table, column] = [letters.slice(0, at + 1).join(''), letters.slice(at + 1).join('')]
        return contextOf(placeOf('d', organization, { table, column, row: 'r' }), header).toString('hex')
      })
      assert.equal(new Set(contexts).size, contexts.length)
    }),
  )
})

function words({ table, column, row, subject, revision }: Address): (string | null)[] {
  return [table, column, row, subject ?? null, revision ?? null]
}
