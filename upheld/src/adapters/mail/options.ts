import { z } from 'zod'
import { isThisMachine } from '../../core/web.ts'
import { refuse } from './errors.ts'

const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]+$/u, { error: 'is one line' })

const sender = z.strictObject({
  name: line(100),
  address: z.email().max(254),
})

const smtp = z
  .strictObject({
    host: z
      .string()
      .max(253)
      .regex(/^[A-Za-z0-9.:-]+$/),
    port: z.number().int().min(1).max(65_535),
    /**
     * `implicit`: TLS from the first byte (RFC 8314, usually 465). `starttls`: turned on before anything is said, and
     * nothing is sent without. `none`: for a server on this machine alone.
     */
    tls: z.enum(['implicit', 'starttls', 'none']),
    /** Certificates that are trusted besides those of the system, as PEM. */
    ca: z.string().max(100_000).optional(),
    login: z.strictObject({ user: line(200), password: z.string().min(1).max(1_000) }).optional(),
    from: sender,
    connectionsMax: z.number().int().min(1).max(20).default(3),
    /** For each step: the connection, the greeting, an answer. */
    stepMsMax: z.number().int().min(100).max(50_000).default(10_000),
  })
  .refine(({ tls, host }) => tls !== 'none' || isThisMachine(host.includes(':') ? `[${host}]` : host), {
    error: 'without TLS only a server on this machine is spoken to',
    path: ['tls'],
  })
export type SmtpOptions = z.input<typeof smtp>

const folder = z.strictObject({
  /** Made when it is not there, for its owner alone. */
  path: z.string().min(1).max(1_000),
  from: sender,
})
export type FolderOptions = z.input<typeof folder>

/** @throws mail.bad_options with every problem at once */
export function parseSmtpOptions(given: unknown): z.output<typeof smtp> {
  return parsed(smtp, given)
}

/** @throws mail.bad_options */
export function parseFolderOptions(given: unknown): z.output<typeof folder> {
  return parsed(folder, given)
}

function parsed<T extends z.ZodType>(form: T, given: unknown): z.output<T> {
  const result = form.safeParse(given)
  if (!result.success) throw refuse.bad_options({ detail: z.prettifyError(result.error).replaceAll('\n', ' ') })
  return result.data
}
