import { AsyncLocalStorage } from 'node:async_hooks'
import type { Around, PeopleBend, Sabotage, TwinWorld, World } from '../../src/index.ts'

// Ways to spoil the doors of people that the claims do not know of.

function unseen(name: string, apply: (twin: TwinWorld) => Promise<World>): Sabotage {
  return { name, says: 'somebody did something that nobody thought of', source: import.meta.url, apply }
}

async function served(twin: TwinWorld, bend: PeopleBend, around?: Around): Promise<World> {
  const origin = await twin.serve(page => page, around, bend)
  return { ...twin, origin: async () => origin }
}

async function withSql(twin: TwinWorld, sql: string): Promise<TwinWorld> {
  await twin.admin.query(sql)
  return twin
}

const trigger = (on: string, event: string, body: string): string =>
  `create function public.unseen() returns trigger language plpgsql as $$ begin ${body} end $$;
   create trigger unseen before ${event} on ${on} for each row execute function public.unseen();
   alter table ${on} enable always trigger unseen`

export const unseenFactors: readonly Sabotage[] = [
  unseen('everybody-never', twin =>
    withSql(twin, trigger('upheld_access.account', 'update', `new.second_factor := 'privileged'; return new;`)),
  ),
  unseen('sessions-outlive-change', twin =>
    served(twin, {
      identity: sound => ({
        ...sound,
        changeFactors: (token, from, work) =>
          sound.changeFactors(token, from, async (factors, session) => {
            const made = await work(factors, session)
            return made.change === undefined ? made : { ...made, change: { ...made.change, endOtherSessions: false } }
          }),
      }),
    }),
  ),
]

type Takeover = Parameters<NonNullable<PeopleBend['takeover']>>[0]
type Attempt = Parameters<Takeover['ask']>[0]

function asking(change: (attempt: Attempt) => Attempt): PeopleBend {
  return { takeover: sound => ({ ...sound, ask: attempt => sound.ask(change(attempt)) }) }
}

const asked = new AsyncLocalStorage<Headers>()

/** Who asks is whoever a header says. */
const byHeader = (name: string): Sabotage =>
  unseen(name, twin =>
    served(
      twin,
      asking(attempt => {
        const address = asked.getStore()?.get('x-forwarded-for') ?? undefined
        return address === undefined ? attempt : { ...attempt, visitor: { ...attempt.visitor, address } }
      }),
      async (request, answer) => asked.run(request.headers, () => answer(request)),
    ),
  )

export const unseenGuesses: readonly Sabotage[] = [
  byHeader('believes-a-header'),
  unseen('nobody-uncounted', twin =>
    served(
      twin,
      asking(attempt =>
        'unknown' in attempt.account && attempt.account.unknown.includes('@') && attempt.factor === 'password'
          ? { ...attempt, factor: 'passkey' }
          : attempt,
      ),
    ),
  ),
  unseen('inside-uncounted', twin =>
    served(
      twin,
      asking(attempt => (attempt.known === undefined ? attempt : { ...attempt, factor: 'passkey' })),
    ),
  ),
  unseen('no-budget', twin =>
    withSql(
      twin,
      `do $$ declare written text; begin
         select replace(pg_get_functiondef(oid), 'own.streak >= budget', 'false') into written
         from pg_proc where proname = 'ask_guess';
         execute written;
       end $$`,
    ),
  ),
  unseen('forgot-begins-anew', twin =>
    served(twin, {
      identity: sound => ({
        ...sound,
        async askReset(email, from) {
          await sound.askReset(email, from)
          await twin.admin.query(
            `update upheld_identity.guess set streak = 0, open_at = now() - interval '1 minute' where kind = 'account'`,
          )
        },
      }),
    }),
  ),
  unseen('owner-not-told', twin =>
    withSql(
      twin,
      trigger(
        'upheld_identity.mail',
        'insert',
        `if new.kind = 'suspicious-attempts' then return null; end if; return new;`,
      ),
    ),
  ),
  unseen('forgot-tells', twin =>
    served(twin, {}, async (request, answer) => {
      if (request.method !== 'POST' || new URL(request.url).pathname !== '/forgot') return answer(request)
      const body = await request.text()
      const { rows } = await twin.admin.query('select from upheld_identity.person where email = $1', [
        new URLSearchParams(body).get('email'),
      ])
      const response = await answer(new Request(request.url, { method: 'POST', headers: request.headers, body }))
      if (rows.length === 0) response.headers.set('location', '/sign-up')
      return response
    }),
  ),
]

export const unseenLimits: readonly Sabotage[] = [
  byHeader('believes-a-header'),
  unseen('mails-without-end', twin =>
    served(twin, {
      identity: sound => ({
        ...sound,
        async askReset(email, from) {
          await sound.askReset(email, from)
          await twin.admin.query(
            `insert into upheld_identity.mail (recipient, kind, detail, created_at, due_at)
             select recipient, kind, detail, created_at, due_at from upheld_identity.mail where recipient = $1 limit 1`,
            [email],
          )
        },
      }),
    }),
  ),
  unseen('long-address-fails', twin =>
    served(twin, {}, async (request, answer) => {
      if (new URL(request.url).search.length > 4_000) throw new Error('too long for somebody')
      return answer(request)
    }),
  ),
  unseen('last-of-two-wins', twin =>
    served(twin, {}, async (request, answer) => {
      if (request.method !== 'POST' || !/form/.test(request.headers.get('content-type') ?? '')) return answer(request)
      const text = await request.text()
      const body =
        text.length > 1_000 ? text : new URLSearchParams(Object.fromEntries(new URLSearchParams(text))).toString()
      return answer(new Request(request.url, { method: 'POST', headers: request.headers, body }))
    }),
  ),
]
