import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { catalogueWith, plannedClaims } from '../claims/index.ts'
import { checkSource, claimsOfKind, pageKinds, pageTemplate } from './index.ts'
import { sampleClaims } from './sample.ts'

test('every claim of the catalogue is marked for at least one kind of page, and nothing else is', () => {
  const marked = new Set(pageKinds.flatMap(claimsOfKind))
  assert.deepEqual([...marked].toSorted(), plannedClaims.map(({ id }) => id).toSorted())
})

suite('each template', () => {
  for (const kind of pageKinds) {
    test(`${kind}: builds against a catalogue of plans alone, of which it promises nothing`, () => {
      const { page, problems, heldBack, citations } = checkSource(pageTemplate(kind), catalogueWith([]))
      // Strong words of sentences that are carried once their claims are proven are all that a bare catalogue refuses.
      assert.deepEqual(
        problems.filter(({ says }) => !says.includes('promises more than')),
        [],
      )
      assert.deepEqual(page.sections, [])
      assert.equal(heldBack.length, citations.length)
    })

    test(`${kind}: speaks of every claim that is marked for it`, () => {
      const cited = new Set(checkSource(pageTemplate(kind), sampleClaims).citations.flatMap(({ claims }) => claims))
      assert.ok(claimsOfKind(kind).length >= 15)
      assert.deepEqual(
        claimsOfKind(kind).filter(id => !cited.has(id)),
        [],
      )
    })
  }
})
