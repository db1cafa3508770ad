import { refuseIdentity, networkOf } from '../../../guards/identity/index.ts'
import { flowCookie, flowIn } from './flow.ts'
import { passkeyIn } from './passkey-form.ts'
import { onward, paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Route, SentInside } from '../route.ts'
import { arrived, signInPage } from '../door/sign-in.ts'
import { refused } from '../told.ts'
import { ticketIn } from '../door/ticket.ts'

/** At the door: nobody is named, so the question tells nothing of anybody. */
const atTheDoor: readonly Route[] = [
  {
    at: 'door',
    method: 'POST',
    path: paths.passkeyOptions,
    async answer({ house, from }) {
      const { request, flow } = await house.identity.beginPasskey(from)
      return { json: request, cookies: [flowCookie(house, flow)] }
    },
  },
  {
    at: 'door',
    method: 'POST',
    path: paths.passkey,
    async answer({ house, request, fields, from }) {
      const proof = { flow: flowIn(house, request) ?? '', response: passkeyIn(fields)?.answer }
      try {
        return arrived(house, await house.identity.signInWithPasskey(proof, from), fields.get('next'))
      } catch (thrown) {
        return signInPage(house, { error: refused(thrown), next: fields.get('next') })
      }
    },
  },
  {
    at: 'door',
    method: 'POST',
    path: paths.secondOptions,
    async answer({ house, request, from }) {
      const open = ticketIn(house, request)
      if (open === undefined) throw refuseIdentity.ticket_over()
      return { json: await house.identity.beginSecondPasskey(open.ticket, from) }
    },
  },
]

async function add(sent: SentInside): Promise<Answer> {
  const { house, token, from, fields } = sent
  const given = passkeyIn(fields)
  const { renewed } = await house.identity.changeFactors(token, from, async (factors, { personId, id }) => {
    const outcome = await factors.passkeys.finishRegistration({
      personId,
      binding: id,
      name: text(fields, 'name'),
      response: given?.answer,
      network: networkOf(from.address),
    })
    if (!outcome.passed) throw refuseIdentity.wrong_code()
    return { result: undefined, change: outcome.change, proven: 'passkey' }
  })
  const cookies = renewed === undefined ? [] : [house.cookies.set(renewed.token)]
  return { redirect: onward(fields.get('next'), paths.account), cookies }
}

const inside: readonly Route[] = [
  {
    at: 'inside',
    method: 'POST',
    path: paths.addPasskeyOptions,
    async answer({ house, token, from }) {
      const { email, name } = await house.identity.person(token)
      const { result } = await house.identity.changeFactors(token, from, async (factors, { personId, id }) => ({
        result: await factors.passkeys.beginRegistration({ personId, binding: id, userName: email, displayName: name }),
        change: undefined,
      }))
      return { json: result }
    },
  },
  { at: 'inside', method: 'POST', path: paths.addPasskey, answer: add },
  {
    at: 'inside',
    method: 'POST',
    path: paths.removePasskey,
    async answer({ house, token, from, fields }) {
      const { renewed } = await house.identity.changeFactors(token, from, async (factors, { personId }) => ({
        result: undefined,
        change: await factors.passkeys.remove(personId, text(fields, 'id')),
      }))
      return { redirect: paths.account, cookies: renewed === undefined ? [] : [house.cookies.set(renewed.token)] }
    },
  },
  {
    at: 'inside',
    method: 'POST',
    path: paths.confirmOptions,
    answer: async ({ house, token }) => ({ json: await house.identity.beginStepUpPasskey(token) }),
  },
]

export const passkeyRoutes: readonly Route[] = [...atTheDoor, ...inside]
