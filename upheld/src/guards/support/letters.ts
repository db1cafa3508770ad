import { z } from 'zod'
import { letter, momentInMail, type MailWriter } from '../identity/index.ts'

/** As `tellOwners` writes it. */
const told = z.object({
  organization: z.string(),
  case: z.string(),
  minutes: z.string(),
  writes: z.enum(['true', 'false']),
  broken: z.enum(['true', 'false']),
})

/** Mails to the owners of an organization that staff enters and leaves. No link: what to do is said in words. */
export const supportWriters: Readonly<Record<'support-began' | 'support-ended', MailWriter>> = Object.freeze({
  'support-began': async ({ detail, askedAt }, { product }) => {
    const { organization, minutes, writes, broken, ...of } = told.parse(detail)
    return letter(product, 'Support is in your organization', [
      `somebody of ${product} may see into ${organization} since ${momentInMail(askedAt)}, for ${minutes} minutes at most${writes === 'true' ? ', and may change something there' : ''}. The case is ${of.case}.`,
      broken === 'true'
        ? 'Nobody of you was asked: it is an emergency, two people answer for it, and somebody else reviews it within 72 hours.'
        : 'One of you agreed to it, or a rule of your organization did.',
      'What is done stands in the log of your organization. You can end it at any time, on its page of support.',
    ])
  },
  'support-ended': async ({ detail }, { product }) => {
    const { organization, ...of } = told.parse(detail)
    return letter(product, 'Support has left your organization', [
      `nobody of ${product} sees into ${organization} any more for the case ${of.case}.`,
      'What was done stands in the log of your organization, and a report of it follows there.',
    ])
  },
})
