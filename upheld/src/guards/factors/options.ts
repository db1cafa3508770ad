import { z } from 'zod'
import { refuse } from './errors.ts'

// Stricter than an address of ours, and wider: a browser binds passkeys to names alone, so a number is none, and any name
// below localhost is this machine (RFC 6761, section 6.3).
const origin = z.string().refine(
  text => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || url.origin !== text) return false
    return url.protocol === 'https:' || (url.protocol === 'http:' && `.${url.hostname}`.endsWith('.localhost'))
  },
  { error: 'is an origin such as https://desk.example, without a path; http is for localhost alone' },
)

/** All of it is configured; nothing is taken from a request, whose Host header is the visitor's to choose. */
const factorOptions = z
  .strictObject({
    /** What apps and browsers show beside a code or a passkey. A colon would end it in an otpauth URI. */
    issuer: z
      .string()
      .min(1)
      .max(60)
      .regex(/^[^:\p{Cc}\p{Cs}]+$/u),
    /** Passkeys belong to this name for ever: changing it makes every one of them useless. */
    rpId: z
      .string()
      .max(253)
      .regex(/^(localhost|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)$/, {
        error: 'is a host name in lower case, without scheme and port',
      }),
    /** Pages that passkeys are used on, exactly as a browser writes them. */
    origins: z.array(origin).min(1).max(10),
    /** How long a device is known after it was seen last. */
    deviceDays: z.number().int().min(1).max(400).default(90),
    /** How long one stands for the second factor, where the policy allows it. */
    trustDays: z.number().int().min(1).max(90).default(30),
  })
  .refine(({ rpId, origins }) => origins.every(one => within(rpId, one)), {
    error: 'every origin lies at rpId or below it',
    path: ['origins'],
  })
  .refine(({ deviceDays, trustDays }) => trustDays <= deviceDays, {
    error: 'trustDays <= deviceDays',
    path: ['trustDays'],
  })

export type FactorOptions = z.output<typeof factorOptions>

/** @throws factors.bad_options with every problem at once; a misspelt option is one */
export function parseFactorOptions(given: unknown): FactorOptions {
  const parsed = factorOptions.safeParse(given)
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error) })
  return Object.freeze(parsed.data)
}

function within(rpId: string, origin: string): boolean {
  const host = URL.canParse(origin) ? new URL(origin).hostname : ''
  return host === rpId || host.endsWith(`.${rpId}`)
}
