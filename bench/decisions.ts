import { createMongoAbility, type MongoAbility } from '@casl/ability'
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import { defineAccess, toCedar, type MemberAccess } from '../upheld/src/guards/access/index.ts'
import { contest, type Contestant, type Score, type Sizes } from './harness.ts'

export interface DecisionResult {
  readonly what: string
  /** What one operation of the scores is made of. */
  readonly times: number
  readonly scores: readonly Score[]
}

interface DecisionSizes {
  readonly rounds: number
  /** Operations of the fast ones, of 2,000 decisions or 500 sets each. */
  readonly operations: number
  /** Operations where Cedar takes part, of 200 decisions each. */
  readonly cedarOperations: number
}

const now = new Date('2026-01-01T00:00:00Z')
const resources = Array.from({ length: 25 }, (_, at) => `thing-${at}`)
const names = resources.flatMap(resource => ['read', 'write', 'share', 'delete'].map(verb => `${resource}.${verb}`))
const ofRole = names.filter((_, at) => at % 5 === 0)
const [granted = '', denied = ''] = [names[1], ofRole[3]]

const access = defineAccess({
  permissions: Object.fromEntries(names.map(name => [name, { says: `Work on ${name}.` }])),
  roles: { owner: 'all', admin: names, agent: ofRole },
})
/** A role of 20 permissions, one more, and one less. */
const member: MemberAccess = {
  memberId: '7d0c7b1e-7a2c-4a49-9a35-0c1f6f1f3c11',
  roles: ['agent'],
  overrides: [
    { id: 'more', permission: granted, effect: 'allow', expiresAt: new Date('2027-01-01T00:00:00Z') },
    { id: 'less', permission: denied, effect: 'deny', expiresAt: new Date('2027-01-01T00:00:00Z') },
  ],
  suspended: false,
}

/** What is asked, in turn: half of it allowed. */
const questions = [...ofRole, granted, ...names.filter((_, at) => at % 5 === 2)].map(name => {
  const [subject = '', action = ''] = name.split('.')
  return { name, action, subject }
})
type Question = (typeof questions)[number]

/** Everyone answers the same questions; the digest of all answers is compared. */
function asking(name: string, times: number, may: (question: Question) => boolean): Contestant {
  return {
    name,
    run: async index => {
      let seen = index
      for (let at = 0; at < times; at++) {
        const question = questions[(index + at) % questions.length]
        seen = (Math.imul(seen, 31) + (question !== undefined && may(question) ? 1 : 0)) | 0
      }
      return String(seen)
    },
  }
}

function caslAbility(): MongoAbility {
  const rule = (name: string, inverted: boolean) => {
    const [subject = '', action = ''] = name.split('.')
    return { action, subject, inverted }
  }
  return createMongoAbility([...[...ofRole, granted].map(name => rule(name, false)), rule(denied, true)])
}

function cedarMay(): (question: Question) => boolean {
  const { policies, entities } = toCedar(access, [member])
  preparsePolicySet('bench', { staticPolicies: policies })
  const given = entities.map(({ uid, parents }) => ({ uid, attrs: {}, parents: [...parents] }))
  return ({ name }) => {
    const answer = statefulIsAuthorized({
      principal: { type: 'Member', id: member.memberId },
      action: { type: 'Action', id: name },
      resource: { type: 'Organization', id: 'here' },
      context: { now: now.getTime() },
      preparsedPolicySetId: 'bench',
      entities: given,
    })
    return answer.type === 'success' && answer.response.decision === 'allow'
  }
}

/** A decision, and the set that it is taken from. Pure computation in one thread: no database. */
export async function decisionBench(sizes: DecisionSizes): Promise<readonly DecisionResult[]> {
  const set = access.setOf(member, now)
  const ability = caslAbility()
  const ours = (question: Question) => set.may(question.name)
  const casls = ({ action, subject }: Question) => ability.can(action, subject)
  const fast: Sizes = { rounds: sizes.rounds, operations: sizes.operations, concurrency: 1 }
  const slow: Sizes = { ...fast, operations: sizes.cedarOperations }
  const building = (name: string, build: () => (question: Question) => boolean): Contestant =>
    asking(name, 500, question => build()(question))
  return [
    {
      what: 'a decision, warm',
      times: 2_000,
      scores: await contest([asking('CASL, built before', 2_000, casls), asking('upheld', 2_000, ours)], fast),
    },
    {
      what: 'a decision, with Cedar',
      times: 200,
      scores: await contest([asking('Cedar wasm, parsed before', 200, cedarMay()), asking('upheld', 200, ours)], slow),
    },
    {
      what: 'a set built, and one decision',
      times: 500,
      scores: await contest(
        [
          building('CASL', () => {
            const built = caslAbility()
            return ({ action, subject }) => built.can(action, subject)
          }),
          building('upheld', () => {
            const built = access.setOf(member, now)
            return ({ name }) => built.may(name)
          }),
        ],
        { ...fast, operations: Math.ceil(fast.operations / 20) },
      ),
    },
  ]
}
