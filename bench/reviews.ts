import { defineAccess } from '../upheld/src/guards/access/index.ts'
import { apiKeys } from '../upheld/src/guards/keys/index.ts'
import { allSources, reviews } from '../upheld/src/guards/reviews/index.ts'
import { openMembers } from '../upheld/src/sealed-rows.ts'
import { tapWire, testPeople, type TestPeople } from '../upheld/src/testing/index.ts'

export interface ReviewResult {
  readonly members: number
  /** Members, roles, exceptions and keys. */
  readonly lines: number
  /** From the call to the commit, once for each round. */
  readonly seconds: readonly number[]
  /** Times that the client waited for the server: the same however many members there are. */
  readonly roundTrips: number
}

const shop = defineAccess({
  permissions: {
    'thing.read': { says: 'See things.', keys: true },
    'thing.purge': { says: 'Destroy things.', privileged: true },
  },
  roles: { owner: 'all', admin: ['thing.read', 'thing.purge'], agent: ['thing.read'] },
})

/** A review of an organization of so many members begins: one in ten has an exception, one in fifty a key. */
export async function reviewBench(sizes: readonly number[], rounds: number): Promise<readonly ReviewResult[]> {
  const people = await testPeople()
  try {
    const results = []
    for (const members of sizes) results.push(await measured(people, members, rounds))
    return results
  } finally {
    await people.close()
  }
}

async function measured(people: TestPeople, members: number, rounds: number): Promise<ReviewResult> {
  const plain = over(people, people.platform.urls.identity)
  const seconds: number[] = []
  let lines = 0
  try {
    for (let round = 0; round < rounds; round++) {
      const { id, owner } = await crowd(people, members)
      await plain.reviews.list(id)
      const started = performance.now()
      lines = (await plain.reviews.begin(id, { memberId: owner })).lines
      seconds.push((performance.now() - started) / 1000)
    }
  } finally {
    await plain.close()
  }
  return { members, lines, seconds, roundTrips: await roundTripsOf(people, members) }
}

/** Counted apart: looking at every byte on the way takes as long as the rest. */
async function roundTripsOf(people: TestPeople, members: number): Promise<number> {
  const tap = await tapWire(people.platform.urls.identity)
  const tapped = over(people, tap.url)
  try {
    const { id, owner } = await crowd(people, members)
    await tapped.reviews.list(id)
    tap.take()
    await tapped.reviews.begin(id, { memberId: owner })
    return tap.take().roundTrips
  } finally {
    await tapped.close()
    await tap.close()
  }
}

function over(people: TestPeople, url: string) {
  const contextKeys = { current: () => people.platform.key }
  const handle = openMembers({ databaseUrl: url, connectionsMax: 1, contextKeys, statementTimeoutMs: 30_000 })
  const clock = { now: () => new Date(), monotonicMs: () => performance.now() }
  const ports = { tenancy: handle, access: shop, clock }
  const sources = allSources({ ...ports, platform: handle, keys: apiKeys({ ...ports, application: handle }) })
  return { reviews: reviews({ ...ports, sources }), close: () => handle.close() }
}

/** An organization with two owners; everybody else is an agent. */
async function crowd(people: TestPeople, members: number) {
  const name = `crowd-${Math.trunc(performance.now() * 1000)}`
  const [first, second] = [await people.person(`a@${name}.example`), await people.person(`b@${name}.example`)]
  const owners = [first, second].map(personId => ({ personId, roles: ['owner'] }))
  const { organization, memberIds } = await people.organization(name, owners)
  const { admin } = people.platform
  const at = [organization.id, name, members - owners.length, memberIds[0]]
  await admin.query(
    `with someone as (
       insert into upheld_identity.person (email, email_verified_at, name)
       select n || '@' || $2, now(), 'somebody' from generate_series(1, $3::integer) n returning id
     )
     insert into upheld_access.member (organization_id, person_id, roles, source, seen_at)
     select $1, id, '{agent}', 'invitation', now() from someone where $4::uuid is not null`,
    at,
  )
  await admin.query(
    `insert into upheld_access.override (organization_id, member_id, permission, effect, author_id, reason, created_at, expires_at, review_at)
     select $1, id, 'thing.purge', 'allow', $2, 'for a month', now(), now() + interval '30 days', now() + interval '15 days'
     from (select m.id, row_number() over () as n from upheld_access.member m where m.organization_id = $1 and m.id <> $2) m where n % 10 = 0`,
    [organization.id, memberIds[0]],
  )
  await organization.as({ type: 'member', id: memberIds[0] ?? '', purpose: 'bench' }).sql`
    insert into upheld_access.api_key (organization_id, name, hash, scopes, made_by, created_at, expires_at)
    select ${organization.id}, 'robot', sha256(n::text::bytea), '{thing.read}', ${memberIds[0]}, now(), now() + interval '30 days'
    from generate_series(1, ${Math.floor(members / 50)}::integer) n`
  await admin.query('analyze upheld_access.member')
  return { id: organization.id, owner: memberIds[0] ?? '' }
}
