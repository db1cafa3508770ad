import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { checkParseSchema, preparsePolicySet, statefulIsAuthorized, validate } from '@cedar-policy/cedar-wasm/nodejs'
import fc from 'fast-check'
import { defineAccess, toCedar, type Access, type MemberAccess, type MemberOverride } from './index.ts'

const start = Date.UTC(2026, 0, 1)
/** Names that the definition may know, and some that it never does. */
const names = Array.from({ length: 40 }, (_, at) => `area-${at % 7}.act-${at}`)
const ghosts = ['area-0.gone', 'gone', 'constructor', '__proto__', 'toString', '']
const extraRoles = ['billing', 'auditor', 'night-shift', 'trainee']
const ghostRoles = ['gone', 'constructor', '__proto__', 'ow"ner', 'Owner', 'área', '']

const definitions = fc
  .record({
    permissions: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 40 }),
    extra: fc.subarray(extraRoles),
    seed: fc.infiniteStream(fc.boolean()),
  })
  .map(({ permissions, extra, seed }): Access => {
    const some = () => permissions.filter(() => seed.next().value)
    const roles = { owner: 'all' as const, admin: some(), agent: some() }
    const more = Object.fromEntries(extra.map(role => [role, some()]))
    return defineAccess({
      permissions: Object.fromEntries(permissions.map(name => [name, { says: `Act as ${name}.` }])),
      roles: { ...more, ...roles },
    })
  })

const ends = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }).map(ms => new Date(start + ms)) },
  { weight: 2, arbitrary: fc.integer({ min: -1e12, max: 1e12 }).map(ms => new Date(start + ms)) },
  { weight: 1, arbitrary: fc.constant(new Date(NaN)) },
)
const overrides: fc.Arbitrary<MemberOverride> = fc.record({
  id: fc.uuid(),
  permission: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...names.slice(0, 12)) },
    { weight: 1, arbitrary: fc.constantFrom(...ghosts) },
  ),
  effect: fc.constantFrom('allow', 'deny'),
  expiresAt: ends,
})
const members: fc.Arbitrary<MemberAccess> = fc.record({
  memberId: fc.oneof(fc.uuid(), fc.string({ unit: 'grapheme' })),
  roles: fc.array(fc.constantFrom('owner', 'admin', 'agent', ...extraRoles, ...ghostRoles), { maxLength: 4 }),
  overrides: fc.array(overrides, { maxLength: 10 }),
  suspended: fc.nat(9).map(n => n === 0),
})
const staff = fc.uniqueArray(members, { minLength: 1, maxLength: 4, selector: ({ memberId }) => memberId })

/** Everything that may be asked: what is defined, what is not, and what an override names. */
function questions(access: Access, member: MemberAccess): readonly string[] {
  return [
    ...new Set([
      ...Object.keys(access.permissions),
      ...member.overrides.map(({ permission }) => permission),
      ...ghosts,
    ]),
  ]
}

function cedarOver(access: Access, group: readonly MemberAccess[]) {
  const { policies, schema, entities } = toCedar(access, group)
  const parsed = preparsePolicySet('people', { staticPolicies: policies })
  assert.equal(parsed.type, 'success', JSON.stringify(parsed))
  const given = entities.map(({ uid, parents }) => ({ uid, attrs: {}, parents: [...parents] }))
  return {
    policies,
    schema,
    may(memberId: string, permission: string, nowMs: number): boolean {
      const answer = statefulIsAuthorized({
        principal: { type: 'Member', id: memberId },
        action: { type: 'Action', id: permission },
        resource: { type: 'Organization', id: 'here' },
        context: { now: nowMs },
        preparsedPolicySetId: 'people',
        entities: given,
      })
      assert.ok(answer.type === 'success', JSON.stringify(answer))
      assert.deepEqual(answer.response.diagnostics.errors, [])
      return answer.response.decision === 'allow'
    },
  }
}

suite('decisions against Cedar, which was written by others', () => {
  test('on random definitions, members and overrides that end, there is no difference', context => {
    const count = { decisions: 0, allowed: 0 }
    const property = fc.property(definitions, staff, fc.integer({ min: -3, max: 3 }), (access, group, ms) => {
      const cedar = cedarOver(access, group)
      for (const member of group) {
        const set = access.setOf(member, new Date(start + ms))
        for (const permission of questions(access, member)) {
          const ours = set.may(permission)
          assert.equal(ours, cedar.may(member.memberId, permission, start + ms), set.explain(permission).says)
          assert.equal(set.explain(permission).allowed, ours)
          count.decisions++
          if (ours) count.allowed++
        }
      }
    })
    fc.assert(property, { numRuns: 120 })
    context.diagnostic(`${count.decisions} decisions, ${count.allowed} allowed, no difference`)
    // Positive control: both answers are well represented.
    assert.ok(count.decisions > 4_000)
    assert.ok(count.allowed > 500 && count.decisions - count.allowed > 500)
  })

  test('the comparison would see a denial that does not win, and an end that does not count', () => {
    const access = defineAccess({
      permissions: { 'a.b': { says: 'Do it.' } },
      roles: { owner: 'all', admin: ['a.b'], agent: [] },
    })
    const member = (effect: 'allow' | 'deny', role: string): MemberAccess => ({
      memberId: 'm',
      roles: [role],
      overrides: [{ id: 'o', permission: 'a.b', effect, expiresAt: new Date(start) }],
      suspended: false,
    })
    const denied = cedarOver(access, [member('deny', 'admin')])
    assert.deepEqual([denied.may('m', 'a.b', start - 1), denied.may('m', 'a.b', start)], [false, true])
    const given = cedarOver(access, [member('allow', 'agent')])
    assert.deepEqual([given.may('m', 'a.b', start - 1), given.may('m', 'a.b', start)], [true, false])
  })

  test('what is exported holds before the validator of Cedar', () => {
    fc.assert(
      fc.property(definitions, staff, (access, group) => {
        const { policies, schema } = cedarOver(access, group)
        assert.equal(checkParseSchema(schema).type, 'success')
        const validated = validate({ schema, policies: { staticPolicies: policies } })
        assert.ok(validated.type === 'success', JSON.stringify(validated))
        assert.deepEqual(validated.validationErrors, [])
      }),
      { numRuns: 30 },
    )
  })
})

suite('what must hold of every set', () => {
  const now = new Date(start)
  const shuffled = <T>(all: readonly T[]) => fc.shuffledSubarray([...all], { minLength: all.length })

  test('order never matters: roles and overrides in any order give the same set', () => {
    const both = members.chain(member =>
      fc.record({ member: fc.constant(member), roles: shuffled(member.roles), overrides: shuffled(member.overrides) }),
    )
    fc.assert(
      fc.property(definitions, both, (access, { member, roles, overrides: moved }) => {
        const set = access.setOf(member, now)
        const other = access.setOf({ ...member, roles, overrides: moved }, now)
        assert.deepEqual(other.list(), set.list())
        assert.deepEqual([other.untilMs, other.privileged], [set.untilMs, set.privileged])
      }),
      { numRuns: 500 },
    )
  })

  test('one denial more never allows more; one role or allow more never takes away', () => {
    fc.assert(
      fc.property(
        definitions,
        members,
        overrides,
        fc.constantFrom('owner', ...ghostRoles),
        (access, member, one, role) => {
          const before = access.setOf(member, now).list()
          const after = access.setOf({ ...member, overrides: [...member.overrides, one] }, now).list()
          const [less, more] = one.effect === 'deny' ? [after, before] : [before, after]
          for (const permission of less) assert.ok(more.includes(permission))
          const wider = access.setOf({ ...member, roles: [...member.roles, role] }, now).list()
          for (const permission of before) assert.ok(wider.includes(permission))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('a set holds exactly until it says: nothing changes before, and `at` gives what the rows say then', () => {
    fc.assert(
      fc.property(definitions, members, fc.integer({ min: -3, max: 6 }), (access, member, ms) => {
        const set = access.setOf(member, now)
        const later = new Date(start + ms)
        const fresh = access.setOf(member, later)
        assert.deepEqual(set.at(later).list(), fresh.list())
        if (later >= now && later.getTime() < set.untilMs) {
          assert.equal(set.at(later), set)
          assert.deepEqual(set.list(), fresh.list())
        }
      }),
      { numRuns: 500 },
    )
  })

  test('narrowed to scopes, a set holds no more than before, and no more than the scopes, whatever comes later', () => {
    const scopes = fc.array(fc.constantFrom(...names, ...ghosts), { maxLength: 8 })
    fc.assert(
      fc.property(definitions, members, scopes, scopes, (access, member, first, second) => {
        const set = access.setOf(member, now)
        const expected = set.list().filter(name => first.includes(name) && second.includes(name))
        assert.deepEqual(set.only(first).only(second).list(), expected)
        assert.deepEqual(
          set
            .only(first)
            .only(second)
            .at(new Date(start + 1))
            .list(),
          access
            .setOf(member, new Date(start + 1))
            .list()
            .filter(name => first.includes(name) && second.includes(name)),
        )
        assert.ok(access.permissionsWithin(expected, set) && !set.only(first).inPerson)
      }),
      { numRuns: 300 },
    )
  })
})
