import type { Clock } from '../../core/clock.ts'
import type { Queryable } from '../../core/ports.ts'
import type { OwnerNotice } from '../takeover/index.ts'
import { enqueueMailTo } from './outbox.ts'
import { letter, moment, quoted, type MailWriter } from './letter.ts'

const notYou =
  'If it was not you: open the sign-in as you always do, and choose “I do not know my password”. A new password ends every session. Then look at your address and your second factors, in your account.'

/** A notice: what happened, from where, and what to do if it was somebody else. */
function notice(subject: string, happened: string, mend: string = notYou): MailWriter {
  return async ({ detail, askedAt }, { product }) => {
    const from = detail['network'] === undefined ? '' : `, from the network ${detail['network']}`
    return letter(product, subject, [`${happened} It happened at ${moment(askedAt)}${from}.`, mend])
  }
}

/** Mails that tell the person of something. None of them holds a link: whoever looks for one to click finds none. */
export const noticeWriters: Readonly<Record<string, MailWriter>> = Object.freeze({
  'new-device': notice('A new device signed in', 'your account was used in a browser that was not seen before.'),
  'password-changed': notice('Your password was changed', 'the password of your account was changed.'),
  'email-asked': notice(
    'Another address was asked for',
    'another mail address was asked for in your account. Nothing has changed yet.',
  ),
  'email-undone': notice(
    'Your address is yours again',
    'the change of your mail address was taken back, and every session was ended.',
    'Choose a new password now, and look at your factors: whoever changed the address may know the old one.',
  ),
  'factor-added': notice('A second factor was added', 'a second factor was added to your account.'),
  'factor-removed': notice('A second factor was removed', 'a second factor was removed from your account.'),
  'recovery-codes-made': notice('New recovery codes', 'new recovery codes were made; the old ones are void.'),
  'recovery-code-used': notice('A recovery code was used', 'a recovery code was used to sign in to your account.'),
  'passkey-suspect': notice(
    'A passkey was closed',
    'one of your passkeys looks as if there were two of it. It opens nothing any more.',
    'Sign in with another factor and add a new one.',
  ),
  'sessions-ended': notice('Sessions were ended', 'all other sessions of your account were ended.'),
  'suspicious-attempts': notice(
    'Somebody tries to sign in',
    'there were several failed attempts to sign in to your account.',
    'If it was not you, there is nothing to do: the attempts are slowed down, and your own devices and passkeys stay open. A second factor makes them useless.',
  ),
  ownership: async ({ detail }, { product }) =>
    letter(product, 'An organization has another owner', [
      `the ownership of the organization ${quoted(detail['organization'] ?? '')} went from one of you to the other.`,
      'If this is a surprise, ask the other owners and administrators at once.',
    ]),
  'account-disabled': notice(
    'Your account was disabled',
    'your account was disabled, and every session was ended.',
    'Ask whoever runs this service.',
  ),
  'account-deleted': notice(
    'Your account was deleted',
    'your account was deleted, as it was asked for in it.',
    'Nothing is left of it.',
  ),
})

/** What `takeover` calls when somebody guesses at an account: the owner hears of it by mail. */
export function ownerNotices(database: Queryable, clock: Clock): (notice: OwnerNotice) => Promise<void> {
  return ({ person }) => enqueueMailTo(database, person, { kind: 'suspicious-attempts' }, clock.now())
}
