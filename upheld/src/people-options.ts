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
  contextWords: z.array(z.string().min(1).max(100)).max(99).default([]),
})

export type PeopleOptions = z.input<typeof peopleOptions>

/** @throws tenancy.bad_options */
export function parsePeopleOptions(given: unknown): z.output<typeof peopleOptions> {
  return parseOptions(peopleOptions, given)
}
