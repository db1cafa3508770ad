import { z } from 'zod'

/** Links in mails, by kind: how long they are good for, from the moment at which the mail is written. */
export const linkSecs = Object.freeze({
  'sign-up': 86_400,
  reset: 1_800,
  'email-prove': 1_800,
  'email-undo': 259_200,
  invitation: 604_800,
})
export type LinkKind = keyof typeof linkSecs

/** What a link was made for, as `once` keeps it: which thing, and when it was asked for. */
export const linkSubject = z.looseObject({ for: z.string().max(200), asked: z.iso.datetime() })

/** The secret of an invitation leads to its organization, so that it is looked for there and nowhere else. */
export function invitationToken(organizationId: string, secret: string): string {
  return `inv_${organizationId.replaceAll('-', '')}_${secret}`
}

const invitationForm = /^inv_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/

export function parseInvitationToken(
  token: string,
): { readonly organizationId: string; readonly secret: string } | undefined {
  const parts = invitationForm.exec(token)
  const secret = parts?.[6]
  return parts === null || secret === undefined ? undefined : { organizationId: parts.slice(1, 6).join('-'), secret }
}
