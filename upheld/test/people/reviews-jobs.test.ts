import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openPeopleJobs, type PeopleJobs } from '../../src/people-jobs.ts'
import { upheld, type Upheld } from '../../src/upheld.ts'
import { shop, type House } from './keys-stage.ts'
import { lineOf, reviewStage, type ReviewStage } from './reviews-stage.ts'

suite('access reviews that the jobs close', () => {
  let here: ReviewStage
  let platform: Upheld
  let jobs: PeopleJobs
  before(async () => {
    here = await reviewStage()
    const { urls, key } = here.people.platform
    const contextKeys = { current: () => key }
    // As the process of the jobs has it: no vault, no objects.
    platform = upheld(
      { databaseUrl: urls.app, staffDatabaseUrl: urls.staff, contextKeyFile: 'in memory' },
      { contextKeys },
    )
    jobs = openPeopleJobs(
      platform,
      shop,
      {
        databaseUrl: urls.jobs,
        contextKeyFile: 'in memory',
        product: 'Northwind',
        origin: 'https://desk.example',
      },
      {
        mailer: { send: () => Promise.resolve(), close: () => Promise.resolve() },
        clock: here.people.clock,
        contextKeys,
      },
    )
  })
  after(async () => {
    await jobs.close()
    await platform.close()
    await here.close()
  })

  /** A review in which the agent, their role and a key were decided against, and whose time is over. */
  const decided = async (): Promise<House & { readonly review: string }> => {
    const house = await here.house()
    await here.secondOwner(house)
    await here.keys.create(house.id, house.owner, { name: 'r', scopes: ['thing.read'], days: 99 })
    const { id: review } = await here.reviews.begin(house.id, house.owner)
    await here.decideAll(house, review, ({ kind, holder }) =>
      kind === 'api-key' || holder === house.agent.memberId ? 'remove' : 'keep',
    )
    here.people.clock.turn(15 * 86_400)
    return { ...house, review }
  }
  const run = async (): Promise<void> => {
    for (const { name, run: once } of jobs.jobs) if (name === 'reviews') await once()
  }
  const triedOf = async ({ id, agent }: House, review: string) => {
    const lines = await here.reviews.lines(id, review)
    const outcome = ({ outcome: what, tried }: (typeof lines)[number]) => [what, tried]
    return {
      key: lines.filter(({ kind }) => kind === 'api-key').map(outcome),
      role: outcome(lineOf(lines, 'role', `${agent.memberId} agent`)),
      member: outcome(lineOf(lines, 'member', agent.memberId)),
      complete: (await here.reviews.list(id))[0]?.complete,
    }
  }

  test('what the jobs took away they have tried again, by the way of its holder', async () => {
    const house = await decided()
    await run()
    const gone = ['removed', 'refused']
    assert.deepEqual(await triedOf(house, house.review), { key: [gone], role: gone, member: gone, complete: true })
  })

  test('somebody whose removal removed nothing gets in without a role too: the jobs ask at the door, and the review does not count', async () => {
    const house = await decided()
    const { admin } = here.people.platform
    // What a faulty trigger does: the statement succeeds, and nobody is out.
    await admin.query(`
      create function shop.stays() returns trigger language plpgsql as
        'begin new.suspended_at := null; return new; end';
      create trigger zz_stays before update on upheld_access.member for each row execute function shop.stays()`)
    try {
      await run()
    } finally {
      await admin.query('drop trigger zz_stays on upheld_access.member; drop function shop.stays()')
    }
    const gone = ['removed', 'refused']
    const stayed = ['removed', 'works']
    assert.deepEqual(await triedOf(house, house.review), { key: [gone], role: gone, member: stayed, complete: false })
  })
})
