import { createHash } from 'node:crypto'
import { cannotProbe, type Around, type Sabotage, type TwinWorld } from '../../claims/index.ts'
import { byDoorkeeper, byPart, byTrigger } from '../people/breaking.ts'
import { moreProof } from './ground.ts'
import { takingSteps } from './other-steps.ts'

const source = import.meta.url
const beforeSessions = 'insert on upheld_identity.session'

/** What a session has proven, said wrongly where it begins. */
const counted: readonly Sabotage[] = [
  byTrigger(
    source,
    {
      name: 'reset-skips-policy',
      says: 'whoever comes by the link for a new password counts as somebody who proved two factors',
    },
    { on: beforeSessions, body: `if new.methods = '{mail}' then new.methods := '{mail,passkey}'; end if; return new;` },
  ),
  byTrigger(
    source,
    { name: 'strength-by-number', says: 'any two proofs count as two factors: a mailbox and a password among them' },
    {
      on: beforeSessions,
      body: `if cardinality(new.methods) > 1 then new.methods := new.methods || '{passkey}'; end if; return new;`,
    },
  ),
  byPart(
    source,
    { name: 'invitation-skips-policy', says: 'whoever accepts an invitation is inside without another question' },
    twin => ({
      identity: sound => ({
        ...sound,
        async acceptInvitation(...given) {
          const accepted = await sound.acceptInvitation(...given)
          await twin.admin.query(
            `update upheld_identity.session set methods = methods || '{passkey}' where token_hash = $1`,
            [hashOf(given[0])],
          )
          return accepted
        },
      }),
    }),
  ),
  byDoorkeeper(
    source,
    { name: 'page-forgotten', says: 'one page of the application does not ask for the second factor' },
    forgetting,
  ),
]

/** Codes that open more often than once, or too early. */
const codes: readonly Sabotage[] = [
  byPart(
    source,
    { name: 'code-reusable', says: 'a code of an app passes as often as somebody likes, while it is shown' },
    () => ({
      factors: sound => ({
        ...sound,
        totp: {
          ...sound.totp,
          async check(given) {
            const said = await sound.totp.check(given)
            if (said.passed || said.kind !== 'used') return said
            return { passed: true, method: 'totp', personId: given.personId, factorId: 'totp' }
          },
        },
      }),
    }),
  ),
  byPart(source, { name: 'next-step-accepted', says: 'the code of the next step passes before any app shows it' }, () =>
    takingSteps({ from: 1, to: 1 }),
  ),
  byPart(source, { name: 'recovery-code-reusable', says: 'a recovery code opens more than once' }, () => ({
    factors: sound => ({
      ...sound,
      recovery: {
        ...sound.recovery,
        async check(given) {
          const said = await sound.recovery.check(given)
          if (said.passed || said.kind !== 'used') return said
          return { passed: true, method: 'recovery', personId: given.personId, factorId: 'recovery', left: 9 }
        },
      },
    }),
  })),
  byPart(
    source,
    { name: 'recovery-codes-kept', says: 'recovery codes are kept as they are, to be shown once more' },
    async twin => {
      await twin.admin.query('create table upheld_identity.kept_code (person_id uuid, code text)')
      await twin.admin.query('grant select on upheld_identity.kept_code to upheld_identity')
      return {
        factors: sound => ({
          ...sound,
          recovery: {
            ...sound.recovery,
            async renew(personId) {
              const made = await sound.recovery.renew(personId)
              await twin.admin.query('insert into upheld_identity.kept_code select $1, unnest($2::text[])', [
                personId,
                made.codes,
              ])
              return made
            },
          },
        }),
      }
    },
  ),
]

/** Steps that were left out. */
const steps: readonly Sabotage[] = [
  byPart(
    source,
    { name: 'ticket-is-session', says: 'what waits for the second factor opens pages like a session' },
    twin => ({
      identity: sound => ({
        ...sound,
        async signIn(...given) {
          const arrival = await sound.signIn(...given)
          if (arrival.needs === 'second-factor') await openTicket(twin, given[0].email, arrival.ticket)
          return arrival
        },
      }),
    }),
  ),
  byPart(
    source,
    {
      name: 'factor-removed-without-proof',
      says: 'factors are changed in a session, however long ago it proved who it is',
    },
    twin => ({
      identity: sound => ({
        ...sound,
        async changeFactors(token, from, work) {
          await twin.admin.query(`update upheld_identity.session set proven_at = now() where token_hash = $1`, [
            hashOf(token),
          ])
          return sound.changeFactors(token, from, work)
        },
      }),
    }),
  ),
]

async function openTicket(twin: TwinWorld, email: string, ticket: string): Promise<void> {
  await twin.admin.query(
    `insert into upheld_identity.session (person_id, token_hash, created_at, seen_at, expires_at, idle_secs, proven_at, methods, label, network)
     select id, $2, now(), now(), now() + interval '5 minutes', 300, now(), '{password}', 'a browser', 'unknown'
     from upheld_identity.person where email = $1`,
    [email, hashOf(ticket)],
  )
}

/** One page at which somebody is let in who has proven one factor. */
async function forgetting(twin: TwinWorld): Promise<Around> {
  const page = twin.entrance?.routes.declared.findLast(
    ({ method, path, roles }) =>
      method === 'GET' && roles !== 'public' && roles.includes('admin') && !path.includes(':'),
  )
  if (page === undefined) throw cannotProbe('The application has no page that an administrator may use.')
  return async (request, answer) => {
    const led = await answer(request)
    const to = led.headers.get('location') ?? ''
    if (new URL(request.url).pathname !== page.path || !to.startsWith(moreProof)) return led
    const [, token = ''] = /(?:^|; )(?:__Host-)?session=([^;]+)/.exec(request.headers.get('cookie') ?? '') ?? []
    const change = (methods: string): Promise<unknown> =>
      twin.admin.query(`update upheld_identity.session set methods = ${methods} where token_hash = $1`, [hashOf(token)])
    await change(`methods || '{passkey}'`)
    const opened = await answer(new Request(request.url, { headers: request.headers }))
    await change(`array_remove(methods, 'passkey')`)
    return opened
  }
}

/** As sessions are kept: what a table of them has in the place of a token. */
function hashOf(token: string): Buffer {
  return createHash('sha256').update(`session\n${token}`).digest()
}

/** Every way in which a second factor could be there and not be asked for. */
export const sabotages: readonly Sabotage[] = Object.freeze([...counted, ...codes, ...steps])
