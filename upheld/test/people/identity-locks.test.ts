import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, suite, test } from 'node:test'
import { UpheldError } from '../../src/core/errors.ts'
import { identityStage, password, visitor, type Somebody, type Stage } from './identity-stage.ts'

const next = 'eight green boats at dusk'

type Person = Somebody & { readonly seed: Uint8Array }

suite(
  'acts on one person at once take their turns: none waits crosswise for another, and none is ended by the database',
  () => {
    let stage: Stage
    before(async () => {
      stage = await identityStage()
    })
    after(() => stage.close())

    /** What each needs is made before; then the act itself. */
    const acts: Readonly<Record<string, (one: Person) => Promise<() => Promise<unknown>>>> = {
      'to disable the person': async one => () => stage.identity.disablePerson(one.personId),
      'to delete the account': async one => () => stage.identity.deletePerson(one.token),
      'a new password by a link': async one => {
        const link = await resetLink(one)
        return () => stage.identity.reset({ link, password: next }, visitor())
      },
      'the second factor of a sign-in': async one => {
        const from = { ...visitor(), device: one.device }
        const waiting = await stage.identity.signIn({ email: one.email, password }, from)
        assert.ok(waiting.needs === 'second-factor')
        return () => stage.identity.second(waiting.ticket, { totp: stage.nextCode(one.seed) }, from)
      },
      'a sign-in that ends the session of its browser': async one => () =>
        stage.identity.arrive(
          { personId: one.personId, methods: ['sso-mfa'], way: 'sso-mfa' },
          { ...visitor(), device: one.device, session: one.token },
        ),
      'a fresh proof': async one => () =>
        stage.identity.stepUp(one.token, { totp: stage.nextCode(one.seed) }, visitor()),
      'to change the password': async one => () =>
        stage.identity.changePassword(one.token, { old: password, next }, visitor()),
      'to change factors': async one => () =>
        stage.identity.changeFactors(one.token, visitor(), async (made, { personId }) => {
          const { change } = await made.recovery.renew(personId)
          return { result: undefined, change }
        }),
      'to end the other sessions': async one => () => stage.identity.endOtherSessions(one.token, visitor()),
      'to confirm another address': async one => {
        const link = await proveLink(one)
        return () => stage.identity.confirmEmailChange(link, visitor())
      },
      'to take another address back': async one => {
        stage.people.clock.turn(60)
        await stage.identity.confirmEmailChange(await proveLink(one), visitor())
        const link = await stage.link(one.email)
        return () => stage.identity.undoEmailChange(link, visitor())
      },
    }

    async function resetLink(one: Person): Promise<string> {
      await stage.identity.askReset(one.email)
      return stage.link(one.email)
    }

    async function proveLink(one: Person): Promise<string> {
      const email = `new-${one.email}`
      await stage.identity.askEmailChange(one.token, email, visitor())
      return stage.link(email)
    }

    /** A link of each kind that others hold as well, so that an act that voids them has something to hold. */
    async function somebodyWithLinks(): Promise<Person> {
      const one = await stage.withApp()
      await resetLink(one)
      await stage.identity.arrive({ personId: one.personId, methods: ['sso-mfa'], way: 'sso-mfa' }, visitor())
      return one
    }

    for (const [name, prepare] of Object.entries(acts))
      test(`${name}: while the person is held by another, it holds no link and no session`, async () => {
        const one = await somebodyWithLinks()
        const act = await prepare(one)
        let done = false
        const { acting, held } = await stage.people.platform.admin.transaction(async holder => {
          await holder.query('select from upheld_identity.person where id = $1 for update', [one.personId])
          const begun = act().finally(() => (done = true))
          assert.ok(await blockedOn(stage, () => done), 'it waits for whoever holds the person')
          return { acting: { begun }, held: await lockedRows(stage, one.personId) }
        })
        await acting.begun
        assert.deepEqual(held, { links: 0, sessions: 0 })
      })

    for (const [name, prepare] of Object.entries(acts))
      test(`${name}: of a person who is deleted meanwhile, ends well or with a refusal of ours`, async () => {
        const one = await somebodyWithLinks()
        const act = await prepare(one)
        let done = false
        const { acting } = await stage.people.platform.admin.transaction(async holder => {
          await holder.query('select from upheld_identity.person where id = $1 for update', [one.personId])
          const begun = act().then(
            () => undefined,
            (failure: unknown) => failure,
          )
          assert.ok(await blockedOn(stage, () => done))
          await holder.query('delete from upheld_identity.person where id = $1', [one.personId])
          return { acting: { begun: begun.finally(() => (done = true)) } }
        })
        const failure = await acting.begun
        assert.ok(failure === undefined || failure instanceof UpheldError, String(failure))
      })

    test('any two of them at once: each ends well or with a refusal of ours', async () => {
      const names = Object.keys(acts)
      for (const [at, first] of names.entries()) {
        const second = names[(at * 5 + 3) % names.length] ?? first
        const one = await somebodyWithLinks()
        const both = [await acts[first]?.(one), await acts[second]?.(one)].filter(act => act !== undefined)
        for (const ended of await Promise.allSettled(both.map(act => act())))
          if (ended.status === 'rejected')
            assert.ok(ended.reason instanceof UpheldError, `${first}, ${second}: ${ended.reason}`)
      }
    })
  },
)

/** Until some statement of this database waits for a lock; false when the act ended before. */
async function blockedOn({ people: { platform } }: Stage, ended: () => boolean): Promise<boolean> {
  while (!ended()) {
    const { rows } = await platform.admin.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rows.length > 0) return true
    await sleep(5)
  }
  return false
}

/** Rows that somebody else holds are skipped. */
async function lockedRows({ people: { platform } }: Stage, personId: string): Promise<object> {
  const missing = async (table: string, column: string, value: string): Promise<number> => {
    const all = `select from upheld_identity.${table} where ${column} = $1`
    const [every, free] = [
      await platform.admin.query(all, [value]),
      await platform.admin.query(`${all} for update skip locked`, [value]),
    ]
    return every.rows.length - free.rows.length
  }
  return {
    links: await missing('once', 'owner', `person:${personId}`),
    sessions: await missing('session', 'person_id', personId),
  }
}
