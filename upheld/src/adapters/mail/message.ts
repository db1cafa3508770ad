import { normalizeEmail, type OutgoingMail } from '../../guards/identity/index.ts'
import { refuse } from './errors.ts'

interface Sender {
  readonly name: string
  readonly address: string
}

const idForm = /^[A-Za-z0-9-]{1,64}$/
const subjectMax = 200
const textMax = 20_000

/**
 * A mail in the words of nodemailer. Whatever could end a header, or name a second recipient, is refused and never
 * escaped; the envelope is given apart, so that nothing is read out of a header.
 * @throws mail.bad_mail
 */
export function messageOf({ id, to, subject, text }: OutgoingMail, from: Sender, now: Date) {
  const fits =
    idForm.test(id) &&
    isAddress(to) &&
    subject.length <= subjectMax &&
    !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(subject) &&
    text.length <= textMax &&
    !/[^\P{Cc}\n]/u.test(text)
  if (!fits) throw refuse.bad_mail()
  return {
    envelope: { from: from.address, to: [to] },
    from: { name: from.name, address: from.address },
    to: { name: '', address: to },
    subject,
    text,
    date: now,
    messageId: `<${id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    // RFC 3834: no vacation notice answers it.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

function isAddress(to: string): boolean {
  try {
    return normalizeEmail(to) === to
  } catch {
    return false
  }
}
