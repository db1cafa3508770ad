import { html } from 'hono/html'
import type { UpheldError } from '../../../core/errors.ts'
import type { Markup } from '../../look/index.ts'
import { paths } from '../paths.ts'
import type { Answer } from '../route.ts'
import { refused, told } from '../told.ts'

/** What a page says above itself: why something was refused, or that it was done. */
export interface Said {
  readonly error?: UpheldError
  /** A word of `doneWords`, as it stands in an address. Any other says nothing. */
  readonly done?: string | undefined
}

interface Act {
  readonly work: () => Promise<void>
  /** Where it leads when it is done. */
  readonly onward: `/${string}`
  /** The page that it was sent from: shown again after a fresh proof. */
  readonly page: `/${string}`
  /** The same page with what is wrong. */
  readonly again: (error: UpheldError) => Promise<Answer>
}

/** Something that a form asked for. What is refused stands above the form; what needs a fresh proof leads to it and back. */
export async function act({ work, onward, page, again }: Act): Promise<Answer> {
  try {
    await work()
    return { redirect: onward }
  } catch (thrown) {
    const error = shown(thrown)
    if (error.code === 'identity.prove_again') return { redirect: `${paths.confirm}?next=${encodeURIComponent(page)}` }
    return again(error)
  }
}

/** A refusal that is told on the page. Whoever is not signed in any more is led to the door instead. */
export function shown(thrown: unknown): UpheldError {
  const error = refused(thrown)
  if (error.code === 'identity.no_session') throw error
  return error
}

const doneWords: Readonly<Record<string, string>> = Object.freeze({
  roles: 'The roles are changed.',
  suspended: 'Suspended: this member enters nowhere here until you let them in again.',
  resumed: 'This member may enter again.',
  removed: 'Removed. They are no member here any more.',
  ended: 'Their sessions are over here: they have to sign in anew.',
  owner: 'The organization has another owner. You are an administrator now.',
  exception: 'The exception holds from now on.',
  withdrawn: 'The exception is withdrawn.',
  invited: 'Invited. The link in the mail works for a week.',
  revoked: 'The invitation is revoked: its link opens nothing.',
  renamed: 'The organization has its new name.',
  rule: 'The rule holds from now on.',
  'key-revoked': 'Revoked. The key opens nothing any more.',
  'page-added': 'Visitors are let in on that page from now on.',
  'page-removed': 'Removed. Tokens for that page are good for nothing.',
  rotated: 'A new key signs from now on. Tokens that are out live to their end.',
  'tokens-ended': 'Every token that was out is good for nothing now.',
  connected: 'Connected. Your people can sign in there.',
  'provider-ended': 'Ended. Nobody signs in there any more.',
  unlinked: 'Unlinked. Their next sign-in there is one of nobody.',
  'domain-added': 'Added. Write its record into your DNS, then prove it.',
  'domain-removed': 'Removed. Nobody of that domain is led to your provider.',
  proven: 'Proven.',
  'token-revoked': 'Revoked. The directory is not heard with that token.',
  mapped: 'Set. Whoever is in the group has that role now.',
})

/** A path of this site that says on its page what was done. */
export function withDone(path: `/${string}`, done: keyof typeof doneWords): `/${string}` {
  return `${path}?done=${done}`
}

export function notes({ error, done }: Said): Markup | '' {
  if (error !== undefined) return told(error)
  const words = done !== undefined && Object.hasOwn(doneWords, done) ? doneWords[done] : undefined
  return words === undefined ? '' : html`<p class="notice" role="status">${words}</p>`
}

/** Status and pause of a page that says why something was refused. */
export function statusOf({ error }: Said): { readonly status: number; readonly retryAfterMs: number | undefined } {
  return { status: error?.status ?? 200, retryAfterMs: error?.retryAfterMs }
}
