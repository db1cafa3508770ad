import { createTransport } from 'nodemailer'
import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import type { Mailer } from '../../guards/identity/index.ts'
import { refuse } from './errors.ts'
import { messageOf } from './message.ts'
import { parseSmtpOptions, type SmtpOptions } from './options.ts'

/** What a server answered. Its words can hold the address: only the number goes on. */
const failureForm = z.object({ responseCode: z.number().optional(), code: z.string().max(40).optional() })

/**
 * Mails by SMTP (RFC 5321), over a few connections that stay open. TLS 1.2 or newer with a certificate for the host; a
 * server that offers none gets nothing, neither a mail nor the password.
 * @throws mail.bad_options
 */
export function openSmtp(given: SmtpOptions, clock: Clock): Mailer {
  const { host, port, tls, ca, login, from, connectionsMax, stepMsMax } = parseSmtpOptions(given)
  const transport = createTransport({
    pool: true,
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
    maxConnections: connectionsMax,
    maxMessages: 100,
    connectionTimeout: stepMsMax,
    greetingTimeout: stepMsMax,
    socketTimeout: stepMsMax,
    dnsTimeout: stepMsMax,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  })
  return Object.freeze({
    async send(mail) {
      const message = messageOf(mail, from, clock.now())
      try {
        await transport.sendMail(message)
      } catch (thrown) {
        throw refusalOf(thrown)
      }
    },
    async close() {
      transport.close()
    },
  } satisfies Mailer)
}

/**
 * 5xx to this mail is for good (RFC 5321, 4.2.1). 5xx to the login is ours to mend, and the mail waits; so does everything
 * that is no answer at all. The driver's own error is not passed on: it quotes what the server said, and whom it was to.
 */
function refusalOf(thrown: unknown) {
  const { responseCode = 0, code = '' } = failureForm.safeParse(thrown).data ?? {}
  const detail = `${code} ${responseCode === 0 ? '' : String(responseCode)}`.trim()
  const permanent = responseCode >= 500 && ['EENVELOPE', 'EMESSAGE'].includes(code)
  return permanent ? refuse.refused({ detail }) : refuse.unreachable({ detail })
}
