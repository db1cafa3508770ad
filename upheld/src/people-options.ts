import { z } from 'zod'
import { parseOptions, vaultOptions } from './options.ts'

const peopleOptions = z.strictObject({
  /** The login of identity, such as postgres://upheld_identity:secret@127.0.0.1/desk. */
  databaseUrl: z.string().regex(/^postgres(ql)?:\/\//, 'a postgres:// URL'),
  /** The file with the key that signs contexts, mode 0600. */
  contextKeyFile: z.string().min(1),
  connectionsMax: z.number().int().min(1).max(1_000).default(10),
  /** Peppers of passwords, mode 0600; made at the first start. With it lost no password can be verified. */
  pepperFile: z.string().min(1),
  /** The key under which guesses are counted, mode 0600; made at the first start. */
  guessKeyFile: z.string().min(1),
  /** The key that signs grants of support, mode 0600; made at the first start. */
  supportKeyFile: z.string().min(1),
  /** Seeds of authenticator apps are sealed with it. */
  vault: vaultOptions,
  /** Where people reach the application, such as https://desk.example. Passkeys are bound to it. */
  origin: z
    .url({ protocol: /^https?$/ })
    .refine(text => new URL(text).origin === text, { error: 'an origin without a path' }),
  /** What the product is called, in apps and mails. */
  product: z.string().min(1).max(60),
  /** Words that no password may be made of, besides the person's own and the product. */
  contextWords: z.array(z.string().min(1).max(100)).max(99).readonly().default([]),
  /** Where somebody goes who just signed in. */
  home: z
    .custom<`/${string}`>(text => typeof text === 'string' && /^\/[\w\-./]{0,200}$/.test(text), 'a path such as /inbox')
    .default('/'),
  /** Limits of sessions, in seconds; see guards/identity. */
  sessions: z
    .strictObject({ idleSecs: z.number(), absoluteSecs: z.number(), sessionsMax: z.number() })
    .partial()
    .default({}),
  /** What visitors without an account may do, such as those of a chat widget; see guards/keys. Nobody is let in without. */
  visitors: z
    .strictObject({
      scopes: z.array(z.string()),
      anonymous: z.array(z.string()),
      assertScope: z.string(),
      lifeMins: z.number().optional(),
    })
    .optional(),
  /** How providers of identity are called; see adapters/web. */
  web: z
    .strictObject({ ca: z.string(), dangerouslyAllowLoopback: z.boolean(), timeoutMs: z.number() })
    .partial()
    .default({}),
})

export type PeopleOptions = z.input<typeof peopleOptions>
export type ParsedPeopleOptions = z.output<typeof peopleOptions>

/** @throws tenancy.bad_options */
export function parsePeopleOptions(given: unknown): ParsedPeopleOptions {
  return parseOptions(peopleOptions, given)
}
