import { createHash } from 'node:crypto'
import { takingSteps } from '../../src/proof/probes/mfa-enforced/other-steps.ts'
import type { PeopleBend, Sabotage, TwinWorld, World } from '../../src/index.ts'

// Ways to spoil second factors that their claim does not know of.

function unseen(name: string, bend: (twin: TwinWorld) => PeopleBend): Sabotage {
  return {
    name,
    says: 'somebody did something that nobody thought of',
    source: import.meta.url,
    async apply(twin): Promise<World> {
      const origin = await twin.serve(page => page, undefined, bend(twin))
      return { ...twin, origin: async () => origin }
    },
  }
}

const stored = (token: string): Buffer => createHash('sha256').update(`session\n${token}`).digest()
/** And more: from a minute and a half ago to twenty. */
const tenMinutesAgo = { from: -39, to: -3 } as const

export const unseenProofs: readonly Sabotage[] = [
  unseen('unverified-passkey', twin => ({
    factors: sound => ({
      ...sound,
      passkeys: {
        ...sound.passkeys,
        async check(given) {
          const said = await sound.passkeys.check(given)
          if (said.passed || said.kind !== 'not-verified' || said.personId === undefined) return said
          const { personId } = said
          const { rows } = await twin.admin.query('select id from upheld_identity.passkey where person_id = $1', [
            personId,
          ])
          return { passed: true, method: 'passkey', personId, factorId: String(rows[0]?.['id']) }
        },
      },
    }),
  })),
  unseen('passkey-answered-twice', () => ({
    factors: sound => {
      const taken = new Map<string, Awaited<ReturnType<typeof sound.passkeys.check>>>()
      return {
        ...sound,
        passkeys: {
          ...sound.passkeys,
          async check(given) {
            const key = JSON.stringify(given.response)
            const said = await sound.passkeys.check(given)
            if (said.passed) taken.set(key, said)
            return said.passed ? said : (taken.get(key) ?? said)
          },
        },
      }
    },
  })),
  unseen('codes-of-before', () => takingSteps(tenMinutesAgo)),
  unseen('lists-of-before', () => ({
    factors: sound => {
      const made = new Map<string, string>()
      const plain = (code: string): string => code.replaceAll('-', '')
      return {
        ...sound,
        recovery: {
          ...sound.recovery,
          async renew(personId) {
            const renewed = await sound.recovery.renew(personId)
            for (const code of renewed.codes) made.set(plain(code), personId)
            return renewed
          },
          async check(given) {
            const said = await sound.recovery.check(given)
            const code = plain(given.code)
            if (said.passed || said.kind === 'used') made.delete(code)
            if (said.passed || said.kind === 'used' || made.get(code) !== given.personId) return said
            return { passed: true, method: 'recovery', personId: given.personId, factorId: 'recovery', left: 3 }
          },
        },
      }
    },
  })),
  unseen('privileges-by-name', () => ({
    access: sound => ({ ...sound, setOf: (member, now) => ({ ...sound.setOf(member, now), privileged: false }) }),
  })),
  unseen('trusted-when-switching', twin => ({
    identity: sound => {
      const entered = new Map<string, string>()
      return {
        ...sound,
        async enter(token, organization, errand) {
          const entrance = await sound.enter(token, organization, errand)
          if (entrance.needs === 'nothing') entered.set(token, organization)
          const before = entered.get(token)
          if (entrance.needs !== 'second-factor' || before === undefined || before === organization) return entrance
          const change = (set: string): Promise<unknown> =>
            twin.admin.query(`update upheld_identity.session set methods = ${set} where token_hash = $1`, [
              stored(token),
            ])
          await change(`methods || '{passkey}'`)
          const again = await sound.enter(token, organization, errand)
          await change(`array_remove(methods, 'passkey')`)
          return again
        },
      }
    },
  })),
]
