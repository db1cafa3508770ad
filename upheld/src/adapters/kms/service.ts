import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import type { RootKey } from '../../foundation/vault/index.ts'
import { refuse } from './errors.ts'
import { assertContext, assertKey, wrappedKeyBytes } from './input.ts'
import { remoteCalls, type Outcome, type Remote, type RemoteLimits } from './remote.ts'

const wrappedBytesMax = 4096

/** A key service, one try at a time. */
export interface Service {
  /** The newest version that it is known to wrap with is part of it. */
  uri(): string
  wrap(key: Buffer, context: Buffer, signal: AbortSignal): Promise<Outcome<Buffer>>
  unwrap(wrapped: Buffer, context: Buffer, signal: AbortSignal): Promise<Outcome<Buffer>>
}

/**
 * The root key in a key service. Before it wraps or unwraps anything, the service must have shown that a key opens with
 * its own context and with no other: some services take a context and ignore it. Opening waits for that, unless the
 * service is down: then the first call does.
 * @throws kms.bad_options when the context is not bound; kms.forbidden, kms.key_missing, kms.bad_answer
 */
export async function serviceRootKey(clock: Clock, limits: RemoteLimits, service: Service): Promise<RootKey> {
  const remote = remoteCalls(clock, limits)
  let proven: Promise<void> | undefined
  function ready(): Promise<void> {
    proven ??= proveBinding(remote, service).catch((thrown: unknown) => {
      proven = undefined
      throw thrown
    })
    return proven
  }
  await ready().catch((thrown: unknown) => {
    if (!(thrown instanceof UpheldError) || !['kms.unreachable', 'kms.throttled'].includes(thrown.code)) throw thrown
  })
  return Object.freeze({
    get uri() {
      return service.uri()
    },
    async wrap(key: Uint8Array, context: Uint8Array) {
      assertKey(key)
      assertContext(context)
      const own = [Buffer.from(key), Buffer.from(context)] as const
      await ready()
      return wrapWith(remote, service, ...own)
    },
    async unwrap(wrapped: Uint8Array, context: Uint8Array) {
      assertContext(context)
      if (wrapped.length === 0 || wrapped.length > wrappedBytesMax) throw refuse.denied()
      const own = [Buffer.from(wrapped), Buffer.from(context)] as const
      await ready()
      return unwrapWith(remote, service, ...own)
    },
  })
}

async function proveBinding(remote: Remote, service: Service): Promise<void> {
  const [key, context, other] = [randomBytes(32), randomBytes(32), randomBytes(32)]
  const wrapped = await wrapWith(remote, service, key, context)
  const unwrapped = await unwrapWith(remote, service, wrapped, context)
  if (!unwrapped.equals(key)) throw refuse.bad_answer({ detail: 'It gives another key back than it was given.' })
  try {
    await unwrapWith(remote, service, wrapped, other)
  } catch (thrown) {
    if (thrown instanceof UpheldError && thrown.code === 'kms.denied') return
    throw thrown
  }
  throw refuse.bad_options({ detail: 'The key opens with any context: it is of a kind that binds none.' })
}

async function wrapWith(remote: Remote, service: Service, key: Buffer, context: Buffer): Promise<Buffer> {
  const wrapped = await remote.call(randomUUID(), signal => service.wrap(key, context, signal))
  if (wrapped.length <= wrappedBytesMax) return wrapped
  throw refuse.bad_answer({ detail: `A wrapped key of ${wrapped.length} bytes.` })
}

/** Who unwraps the same at the same time shares one call; each gets bytes of its own, to wipe. */
async function unwrapWith(remote: Remote, service: Service, wrapped: Buffer, context: Buffer): Promise<Buffer> {
  const hash = createHash('sha256').update(`${wrapped.length} `).update(wrapped).update(context)
  const key = await remote.call(hash.digest('base64'), signal => service.unwrap(wrapped, context, signal))
  if (key.length !== wrappedKeyBytes) throw refuse.bad_answer({ detail: `An unwrapped key of ${key.length} bytes.` })
  return Buffer.from(key)
}

/** The options as the form has them. @throws kms.bad_options */
export function readOptions<T extends z.ZodType>(form: T, options: unknown): z.output<T> {
  const parsed = form.safeParse(options)
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error) })
  return parsed.data
}

/** A client that is installed beside Upheld. @throws kms.no_client */
export async function loadClient<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw refuse.no_client({ detail: `npm install ${name}`, cause })
  }
}

/** Base64 as key services write it; undefined when it is none. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined
}
