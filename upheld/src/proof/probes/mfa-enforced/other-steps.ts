import { systemClock } from '../../../core/clock.ts'
import type { PeopleBend } from '../../../people-bend.ts'
import { codeAt, seedOf, stepAt } from '../people/codes.ts'

/** A system that takes codes of steps that are not due: `from` to `to` steps after this one, before it when negative. */
export function takingSteps({ from, to }: { readonly from: number; readonly to: number }): PeopleBend {
  const seeds = new Map<string, Buffer>()
  return {
    factors: sound => ({
      ...sound,
      totp: {
        ...sound.totp,
        async begin(of) {
          const begun = await sound.totp.begin(of)
          seeds.set(of.personId, seedOf(begun.secret))
          return begun
        },
        async check(given) {
          const said = await sound.totp.check(given)
          const seed = seeds.get(given.personId)
          if (said.passed || seed === undefined) return said
          const now = stepAt(systemClock.now().getTime())
          for (let step = now + from; step <= now + to; step++)
            if (codeAt(seed, step) === given.code)
              return { passed: true, method: 'totp', personId: given.personId, factorId: 'totp' }
          return said
        },
      },
    }),
  }
}
