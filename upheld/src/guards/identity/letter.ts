import type { Queryable } from '../../core/ports.ts'
import type { MakeLink } from './link-maker.ts'

/** A mail as it waits in the outbox. */
export interface MailToWrite {
  readonly recipient: string
  readonly detail: Readonly<Record<string, string>>
  /** When it was asked for. */
  readonly askedAt: Date
}

/** What a writer may ask: what the jobs may read, and links. */
export interface WriterHand {
  readonly database: Queryable
  readonly now: Date
  readonly product: string
  readonly link: MakeLink
}

export interface WrittenMail {
  readonly subject: string
  readonly text: string
}

/** The text of one kind of mail. Undefined when there is nothing to send. */
export type MailWriter = (mail: MailToWrite, hand: WriterHand) => Promise<WrittenMail | undefined>

/** Lines of a mail, paragraphs apart, each of them begun as a sentence is, with the same last word in each. */
export function letter(product: string, subject: string, paragraphs: readonly string[]): WrittenMail {
  const text = ['Hello,', ...paragraphs.map(begun), product].join('\n\n') + '\n'
  return { subject: `${subject} (${product})`, text }
}

/** But for an address, which stands as it is. */
function begun(paragraph: string): string {
  return /^https?:/.test(paragraph) ? paragraph : paragraph.charAt(0).toUpperCase() + paragraph.slice(1)
}

/** A moment as mails say it. */
export function moment(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

const quotedMax = 80

/**
 * What somebody else wrote, within a mail of ours: short, in quotes, and nothing that a mail program makes a link of, so
 * that nobody sends words of their own in our name. A word joiner (U+2060) is not seen, and parts what looks like a link.
 */
export function quoted(text: string): string {
  const short = text.length > quotedMax ? `${text.slice(0, quotedMax).toWellFormed()}…` : text
  return `“${short.replace(/([.:/@])(?=\S)/gu, '$1\u2060')}”`
}
