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

/** Lines of a mail, paragraphs apart, with the same last word in each. */
export function letter(product: string, subject: string, paragraphs: readonly string[]): WrittenMail {
  return { subject: `${subject} (${product})`, text: ['Hello,', ...paragraphs, product].join('\n\n') + '\n' }
}
