import { cannotProbe, type Around, type Sabotage, type TwinWorld } from '../../claims/index.ts'
import { sabotage } from '../breaking.ts'
import { byDoorkeeper, byPart, byTrigger } from '../people/breaking.ts'

const source = import.meta.url

/** A function of the kernel, with one thing that it asks for taken out. */
function unasked(name: string, says: string, routine: string, from: string, to: string): Sabotage {
  return sabotage(source, {
    name,
    says,
    async apply(twin) {
      const { rows } = await twin.admin.query(
        `select pg_get_functiondef(p.oid) as text from pg_proc p where p.oid = $1::regprocedure`,
        [routine],
      )
      const text = String(rows[0]?.['text'])
      if (!text.includes(from)) throw cannotProbe(`${routine} does not ask for that any more.`)
      await twin.admin.query(text.replace(from, to))
      return twin
    },
  })
}

const verifier = 'upheld_guard.supported_organization(bytea, bytea, bytea, bytea)'

/** What the database asks of staff. */
const inDatabase: readonly Sabotage[] = [
  unasked(
    'grant-not-looked-up',
    'the database believes the context of staff, and looks up no grant',
    verifier,
    `when granted.id is null or granted.organization_id <> organization or granted.ended_at is not null
      or clock_timestamp() not between granted.starts_at and granted.expires_at then 'no_grant'`,
    `when false then 'no_grant'`,
  ),
  unasked(
    'end-forgotten',
    'ending a grant is noted with the request, and the grant lives on',
    'upheld.end_support(uuid)',
    'set ended_at = clock_timestamp()',
    'set ended_at = null',
  ),
  sabotage(source, {
    name: 'reading-login-writes',
    says: 'the login that is to read for staff may write as well',
    async apply(twin) {
      for (const schema of twin.tenantSchemas) {
        const name = `"${schema.replaceAll('"', '""')}"`
        await twin.admin.query(`grant insert, update, delete on all tables in schema ${name} to upheld_staff`)
      }
      return twin
    },
  }),
  byTrigger(
    source,
    { name: 'looks-untold', says: 'what staff reads is not written into the customer’s log' },
    {
      on: 'insert on upheld_audit.pending',
      body: `if new.body ->> 'action' = 'support.statement' then return null; end if; return new;`,
    },
  ),
  sabotage(source, {
    name: 'leaver-stays',
    says: 'what was granted to somebody who leaves the operator lives on until its time is over',
    async apply(twin) {
      await twin.admin.query('drop trigger end_grants on upheld_identity.staff')
      return twin
    },
  }),
]

const requestPath = /^\/staff\/requests\/([0-9a-f-]{36})\/agree$/

/** A colleague who never looked agrees whenever somebody may not agree to their own request. */
function agreeingToOwn(twin: TwinWorld): Around {
  return async (request, answer) => {
    const honest = await answer(request)
    const [, id] = requestPath.exec(new URL(request.url).pathname) ?? []
    if (id === undefined || honest.status !== 403) return honest
    await twin.admin.query(
      `update upheld_access.support_request r set peer_at = now(), peer_id = (
         select s.person_id from upheld_identity.staff s where s.person_id <> r.staff_id limit 1)
       where r.id = $1 and r.peer_id is null`,
      [id],
    )
    return new Response(null, { status: 303, headers: { location: '/staff' } })
  }
}

/** Where staff is led away from a page, it is shown to them as the member sees it who approved something last. */
function forgetting(): Around {
  let member: string | undefined
  return async (request, answer) => {
    const again = request.method === 'GET' ? request.clone() : undefined
    const honest = await answer(request)
    const { pathname } = new URL(request.url)
    if (/^\/support\/.*\/approve$/.test(pathname) && honest.headers.get('location') === '/support')
      member = request.headers.get('cookie') ?? undefined
    if (again === undefined || member === undefined || honest.headers.get('location') !== '/staff') return honest
    const headers = new Headers(again.headers)
    headers.set('cookie', member)
    return answer(new Request(again, { headers }))
  }
}

/** What the operator's own pages ask of staff. */
const inPages: readonly Sabotage[] = [
  byPart(source, { name: 'scope-unbounded', says: 'whatever an application does can be granted to staff' }, twin => ({
    support: sound => ({ ...sound, grantable: new Set(Object.keys(twin.people?.access.permissions ?? {})) }),
  })),
  byDoorkeeper(
    source,
    { name: 'own-request-agreed', says: 'whoever asks can agree to it in the name of a colleague' },
    agreeingToOwn,
  ),
  byDoorkeeper(
    source,
    { name: 'one-path-unasked', says: 'one way to the pages of the application does not ask for the grant' },
    forgetting,
  ),
]

export const sabotages: readonly Sabotage[] = [...inDatabase, ...inPages]
