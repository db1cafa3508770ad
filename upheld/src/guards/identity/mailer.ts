/** One mail, ready to be sent: to one address, plain text. */
export interface OutgoingMail {
  /** Of the row in the outbox: the same mail that is sent twice has the same. */
  readonly id: string
  /** As `normalizeEmail` writes it. */
  readonly to: string
  /** One line. */
  readonly subject: string
  readonly text: string
}

/** Where mails go: SMTP, or a folder. See adapters/mail. */
export interface Mailer {
  /**
   * Resolves when the next server has taken it.
   * @throws `mail.refused` when it never will: nothing is tried again. Anything else is tried again.
   */
  send(mail: OutgoingMail): Promise<void>
  close(): Promise<void>
}
