import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import { letter, moment, quoted, type MailWriter } from './letter.ts'
import { noticeWriters } from './notices.ts'

const idRow = z.object({ id: z.string() })
const nameRow = z.object({ name: z.string() })
const signUpDetail = z.object({ signUp: z.uuid() })
const proveDetail = z.object({ person: z.uuid(), session: z.uuid() })
const changedDetail = z.object({ person: z.uuid(), change: z.uuid(), network: z.string() })
const invitationDetail = z.object({
  organization: z.string(),
  person: z.uuid(),
  organizationId: z.uuid(),
  invitation: z.uuid(),
})

/** Mails with links. Whether an address is somebody's is asked here, where nobody waits for an answer. */
const linkWriters = {
  'sign-up': async ({ recipient, detail }, { database, product, link }) => {
    const { signUp } = signUpDetail.parse(detail)
    if ((await personAt(database, recipient)) !== undefined) {
      return letter(product, 'You have an account already', [
        'somebody, perhaps you, asked for an account with this address. You have one already, and nothing was changed.',
        'If it was you, sign in, or ask for a new password if you do not know yours any more. If not, there is nothing to do.',
      ])
    }
    const url = await link({ kind: 'sign-up', owner: `sign-up:${signUp}`, for: signUp })
    return letter(product, 'Confirm your address', [
      'somebody, probably you, asked for an account with this address. Open this link within a day, and type the password once more, or choose another one there:',
      url,
      'If several such mails came, each of them will do.',
      'If it was not you, there is nothing to do: no account is made.',
    ])
  },
  reset: async ({ recipient }, { database, product, link }) => {
    const person = await personAt(database, recipient)
    if (person === undefined) return undefined
    const url = await link({ kind: 'reset', owner: `person:${person}`, for: person })
    return letter(product, 'Choose a new password', [
      'somebody, probably you, asked for a new password. Open this link within half an hour:',
      url,
      'It works once. If it was not you, there is nothing to do: your password stays as it is.',
    ])
  },
  'email-prove': async ({ recipient, detail }, { product, link }) => {
    const { person, session } = proveDetail.parse(detail)
    const url = await link({ kind: 'email-prove', owner: `person:${person}`, for: recipient, session })
    return letter(product, 'Confirm your new address', [
      'somebody, probably you, wants to use this address from now on. Open this link within half an hour:',
      url,
      'If it was not you, there is nothing to do.',
    ])
  },
  'email-changed': async ({ detail, askedAt }, { product, link }) => {
    const { person, change, network } = changedDetail.parse(detail)
    const url = await link({ kind: 'email-undo', owner: `person:${person}`, for: change })
    return letter(product, 'Your address was changed', [
      `your account uses another mail address now. It was changed at ${moment(askedAt)}, from the network ${network}.`,
      'If it was you, there is nothing to do. If not, this link gives you the account back, and ends every session. It works for 72 hours:',
      url,
    ])
  },
  invitation: async ({ detail }, { database, product, link }) => {
    const { organization, person, organizationId, invitation } = invitationDetail.parse(detail)
    const inviter = await nameOf(database, person)
    if (inviter === undefined) return undefined
    const owner = `invitation:${invitation}`
    const url = await link({ kind: 'invitation', owner, for: invitation, organizationId })
    return letter(product, 'You are invited', [
      `${quoted(inviter)} invites you to the organization ${quoted(organization)}. Open this link within a week, signed in with this address:`,
      url,
      'If you do not know what this is about, there is nothing to do.',
    ])
  },
} satisfies Readonly<Record<string, MailWriter>>

export const mailWriters: Readonly<Record<string, MailWriter>> = Object.freeze({ ...linkWriters, ...noticeWriters })

async function personAt(database: Queryable, email: string): Promise<string | undefined> {
  const { rows } = await database.query(
    `select id from upheld_identity.person where email = $1 and disabled_at is null`,
    [email],
  )
  return rows[0] === undefined ? undefined : idRow.parse(rows[0]).id
}

/** Of whoever invites; undefined once their account is gone or closed, and their invitations with it. */
async function nameOf(database: Queryable, personId: string): Promise<string | undefined> {
  const { rows } = await database.query(
    `select name from upheld_identity.person where id = $1 and disabled_at is null`,
    [personId],
  )
  return rows[0] === undefined ? undefined : nameRow.parse(rows[0]).name
}
