import { cannotProbe, siteOf } from '../../claims/index.ts'
import { addPasskey, answerAtDoor, askedAtDoor, comeIn } from '../people/holder.ts'
import { asserted, makePasskey } from '../people/passkey.ts'
import { enterPassword, newcomer, type Ground } from './ground.ts'
import { judge } from './used-once.ts'

type Says = Parameters<typeof asserted>[1]

/** A passkey counts as two factors: so it must have made sure of its user, here, now, once, and with its own key. */
export async function attackByPasskey(ground: Ground): Promise<void> {
  const { crowd, world } = ground
  const [browser, site] = [crowd.browser(), await siteOf(world)]
  await enterPassword(ground, browser, await newcomer(ground, ['admin']))
  const own = await addPasskey(browser, site)
  const { passkey, userHandle } = own
  const other = crowd.browser()
  await enterPassword(ground, other, await newcomer(ground, ['admin']))
  const { userHandle: otherHandle } = await addPasskey(other, site)
  const forged = { ...makePasskey(), id: passkey.id }
  const elsewhere = 'http://elsewhere.invalid'
  const wrong: readonly (readonly [attack: string, answer: (says: Says) => string])[] = [
    ['a passkey that did not make sure of its user', says => asserted(passkey, { ...says, verified: false })],
    ['a passkey that was asked by another site', says => asserted(passkey, { ...says, site: elsewhere })],
    ['the name of a passkey, signed with another key', says => asserted(forged, says)],
    ['the passkey of another person', says => asserted(passkey, { ...says, userHandle: otherHandle })],
    ['a passkey that nobody added', says => asserted(makePasskey(), says)],
    [
      'an answer to a question of yesterday',
      says => asserted(passkey, { ...says, challenge: Buffer.alloc(32, 7).toString('base64url') }),
    ],
  ]
  const where = 'a passkey'
  for (const [attack, answer] of wrong) {
    const thief = crowd.browser()
    const challenge = await askedAtDoor(thief)
    judge(ground, attack, where, await answerAtDoor(thief, answer({ challenge, site, userHandle })))
  }
  const mine = crowd.browser()
  const challenge = await askedAtDoor(mine)
  const answer = asserted(passkey, { challenge, site, userHandle })
  const [again, stranger] = [mine.copy(), crowd.browser()]
  await askedAtDoor(stranger)
  judge(ground, 'the answer of another browser', where, await answerAtDoor(stranger, answer))
  // Who comes with the question of somebody else may use it up: so it is asked anew.
  if (!(await comeIn(crowd.browser(), own))) throw cannotProbe('A passkey that is right does not open.')
  const fresh = asserted(passkey, { challenge: await askedAtDoor(again), site, userHandle })
  const replaying = again.copy()
  if (!(await answerAtDoor(again, fresh))) throw cannotProbe('A passkey that is right does not open.')
  judge(ground, 'an answer that was used', where, await answerAtDoor(replaying, fresh))
}
