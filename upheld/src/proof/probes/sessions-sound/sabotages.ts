import { createHash, randomBytes } from 'node:crypto'
import type { PeopleBend } from '../../../index.ts'
import type { Around, Sabotage, TwinWorld } from '../../claims/index.ts'
import { bySql, sabotage } from '../breaking.ts'
import { withPeople } from '../people/breaking.ts'

type Identity = Parameters<NonNullable<PeopleBend['identity']>>[0]

const source = import.meta.url

/** Identity in which something is otherwise. */
function bent(name: string, says: string, change: (sound: Identity, twin: TwinWorld) => Partial<Identity>): Sabotage {
  return sabotage(source, {
    name,
    says,
    apply: twin => withPeople(twin, { identity: sound => Object.freeze({ ...sound, ...change(sound, twin) }) }),
  })
}

/** Somebody sits before the pages of the twin. */
function before(name: string, says: string, around: (twin: TwinWorld) => Around | Promise<Around>): Sabotage {
  return sabotage(source, { name, says, apply: async twin => withPeople(twin, {}, await around(twin)) })
}

/** As guards/identity keeps a token: written anew, because a saboteur knows how. */
function stored(token: string): Buffer {
  return createHash('sha256').update(`session\n${token}`).digest()
}

const sessionOf = (request: Request): string | undefined =>
  /(?:^|; )(?:__Host-)?session=([^;]*)/.exec(request.headers.get('cookie') ?? '')?.[1]
const begun = (response: Response): string | undefined =>
  response.headers.getSetCookie().flatMap(line => /^(?:__Host-)?session=([^;]+)/.exec(line)?.[1] ?? [])[0]

async function renamed(twin: TwinWorld, from: string, to: string): Promise<void> {
  await twin.admin.query('update upheld_identity.session set token_hash = $2 where token_hash = $1', [
    stored(from),
    stored(to),
  ])
}

/** The request with another token in its cookie. */
async function withToken(request: Request, token: string): Promise<Request> {
  const headers = new Headers(request.headers)
  const cookie = headers.get('cookie') ?? ''
  headers.set('cookie', cookie.replace(/((?:^|; )(?:__Host-)?session=)[^;]*/, `$1${token}`))
  const { method, url } = request
  return new Request(url, { method, headers, ...(request.body === null ? {} : { body: await request.text() }) })
}

/** Each change of a session or its end passes through this, in the database. */
const whenever = (moment: string, body: string): string => `
  create function public.spoil() returns trigger language plpgsql as $$ begin ${body} end $$;
  create trigger spoil before ${moment} on upheld_identity.session for each row execute function public.spoil()`

const inPages: readonly Sabotage[] = [
  before('kept-in-clear', 'tokens of sessions are kept in a table, to find them faster', async twin => {
    await twin.admin.query('create table public.session_cache (token text)')
    return async (request, answer) => {
      const response = await answer(request)
      const token = begun(response)
      if (token !== undefined) await twin.admin.query('insert into public.session_cache values ($1)', [token])
      return response
    }
  }),
  before('chosen-token', 'who signs in keeps the token that the browser came with', twin => async (request, answer) => {
    const brought = new URL(request.url).pathname === '/sign-in' ? sessionOf(request) : undefined
    const response = await answer(request)
    const given = begun(response)
    if (brought === undefined || given === undefined || brought.length !== 43) return response
    await renamed(twin, given, brought)
    const headers = new Headers(response.headers)
    headers.delete('set-cookie')
    for (const line of response.headers.getSetCookie()) headers.append('set-cookie', line.replace(given, brought))
    return new Response(response.body, { status: response.status, headers })
  }),
  before('answers-kept', 'whether a session holds is remembered for a minute', () => {
    const known = new Map<string, { readonly untilMs: number; readonly body: string }>()
    return async (request, answer) => {
      const token = sessionOf(request)
      if (request.method !== 'GET' || token === undefined) return answer(request)
      const key = `${token} ${request.url}`
      const response = await answer(request)
      if (response.status === 200) {
        const body = await response.clone().text()
        known.set(key, { untilMs: performance.now() + 60_000, body })
      }
      const kept = known.get(key)
      if (response.status === 200 || kept === undefined || kept.untilMs < performance.now()) return response
      return new Response(kept.body, { headers: { 'content-type': 'text/html; charset=utf-8' } })
    }
  }),
  before('hash-opens', 'the stored hash of a token is taken like the token', twin => async (request, answer) => {
    const token = sessionOf(request)
    const hash = token === undefined ? Buffer.alloc(0) : Buffer.from(token, 'base64url')
    const { rows } = await twin.admin.query('select 1 as one from upheld_identity.session where token_hash = $1', [
      hash,
    ])
    if (rows.length === 0) return answer(request)
    const shadow = randomBytes(32).toString('base64url')
    await twin.admin.query(
      `insert into upheld_identity.session (person_id, token_hash, created_at, seen_at, expires_at, idle_secs, proven_at, methods, label, network)
       select person_id, $2, created_at, seen_at, expires_at, idle_secs, proven_at, methods, label, network
       from upheld_identity.session where token_hash = $1`,
      [hash, stored(shadow)],
    )
    return answer(await withToken(request, shadow))
  }),
]

const inParts: readonly Sabotage[] = [
  bent('sign-out-forgets', 'signing out takes the cookie away, and the session goes on', () => ({
    signOut: async () => undefined,
  })),
  bent('same-token-after-proof', 'a fresh proof leaves the token as it was', (sound, twin) => ({
    async stepUp(token, proof, from) {
      const renewed = await sound.stepUp(token, proof, from)
      await renamed(twin, renewed.token, token)
      return { ...renewed, token }
    },
  })),
  bent('password-keeps-others', 'other sessions outlive a change of the password', sound => ({
    changePassword: (token, change, from) => sound.changePassword(token, { ...change, keepOthers: true }, from),
  })),
  bent('factor-keeps-others', 'other sessions outlive a change of factors', sound => ({
    changeFactors: (token, from, work) =>
      sound.changeFactors(token, from, async (factors, session) => {
        const made = await work(factors, session)
        return made.change === undefined ? made : { ...made, change: { ...made.change, endOtherSessions: false } }
      }),
  })),
]

export const sabotages: readonly Sabotage[] = Object.freeze([
  ...inPages,
  ...inParts,
  ...bySql(source, [
    {
      name: 'never-idle',
      says: 'a session that nobody uses stays open for a month',
      sql: () => whenever('insert', 'new.idle_secs := 2592000; return new;'),
    },
    {
      name: 'life-grows',
      says: 'every use of a session makes its life longer',
      sql: () =>
        whenever(
          'update',
          `if new.seen_at > old.seen_at then new.expires_at := new.seen_at + interval '12 hours'; end if; return new;`,
        ),
    },
    {
      name: 'closed-account-lives',
      says: 'sessions of an account that the operator closed go on',
      sql: () =>
        whenever(
          'delete',
          `if exists (select from upheld_identity.person p where p.id = old.person_id and p.disabled_at is not null) then return null; end if; return old;`,
        ),
    },
  ]),
])
