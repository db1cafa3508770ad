import { Worker } from 'node:worker_threads'
import type { z } from 'zod'
import { faultOf } from '../../../adapters/log/index.ts'
import { complaintOf } from '../complaint.ts'
import { exit } from '../command.ts'
import { debug } from '../env.ts'
import { refuse } from '../errors.ts'
import { toChild, type FromChild, type Place } from './messages.ts'

/** What a child does once it knows what it may know. */
export interface Work {
  /** Told to the supervisor. */
  readonly place?: Place
  /** Work that may end by itself, or fail. */
  readonly done?: Promise<void>
  stop(): Promise<void>
  /** After `stop`, when the supervisor is gone and did not ask for it. */
  orphaned?(): Promise<void>
}

export type Tell = (message: FromChild) => void

const heartbeatMs = 1000

/**
 * The life of a child: take what the supervisor hands over, work, end when told to or when the supervisor is gone.
 * A failed start is told over the channel, so that one process does all the talking.
 * @throws cli.not_a_child
 */
export async function childLife<T>(
  payload: z.ZodType<T>,
  begin: (payload: T, tell: Tell) => Promise<Work>,
): Promise<number> {
  if (process.send === undefined) throw refuse.not_a_child()
  // Ctrl-C reaches the whole group of processes; the supervisor says in which order they end.
  process.on('SIGINT', () => undefined)
  dieWithParent()
  dieQuietly()
  const code = await lived(payload, begin)
  // Whatever still holds the event loop, such as a probe that nobody waits for any more, ends here.
  process.exit(code)
}

async function lived<T>(payload: z.ZodType<T>, begin: (payload: T, tell: Tell) => Promise<Work>): Promise<number> {
  const ended = theEnd()
  const pulse = setInterval(() => tell({ type: 'alive' }), heartbeatMs)
  try {
    const work = await begin(payload.parse(await handedOver()), tell)
    await told({ type: 'ready', ...(work.place === undefined ? {} : { place: work.place }) })
    const how = await Promise.race([ended, work.done?.then(() => 'done' as const) ?? ended])
    await work.stop()
    if (how === 'orphaned') await work.orphaned?.()
    return exit.upheld
  } catch (thrown) {
    const { code, message, mend, usage } = complaintOf(thrown)
    await told({ type: 'failed', code, message, usage, ...(mend === undefined ? {} : { mend }) })
    return exit.failed
  } finally {
    clearInterval(pulse)
  }
}

function tell(message: FromChild): void {
  void told(message)
}

/** Resolves when the message is on its way. A supervisor that is gone meanwhile is heard of elsewhere. */
function told(message: FromChild): Promise<void> {
  return new Promise(resolve => {
    if (process.connected && process.send !== undefined) process.send(message, undefined, undefined, () => resolve())
    else resolve()
  })
}

async function handedOver(): Promise<unknown> {
  const message = await new Promise(resolve => process.once('message', resolve))
  const start = toChild.parse(message)
  return start.type === 'start' ? start.payload : undefined
}

/** Resolves when the supervisor says stop, when its channel closes, or at SIGTERM. */
function theEnd(): Promise<'asked' | 'orphaned'> {
  return new Promise(resolve => {
    process.on('disconnect', () => resolve('orphaned'))
    process.on('SIGTERM', () => resolve('asked'))
    process.on('message', message => {
      if (toChild.safeParse(message).data?.type === 'stop') resolve('asked')
    })
  })
}

/**
 * A supervisor killed outright closes the channel, but a child whose event loop is stuck never hears of it.
 * A thread of its own sees the parent change and ends the process.
 */
function dieWithParent(): void {
  const watch = new Worker(new URL('./watch-parent.ts', import.meta.url), { workerData: { parent: process.ppid } })
  watch.unref()
}

/**
 * What nobody caught ends the process, as ever, but Node would print its text, which may quote a request: the kind of
 * fault and its place are printed instead. A supervisor that is gone reads no more: that ends nobody.
 */
function dieQuietly(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  if (debug) return
  process.on('uncaughtException', thrown => {
    const { fault, system, at } = faultOf(thrown)
    const places = at.map(({ text }) => text).join(', ')
    process.stderr.write(`ended by ${[fault, system].filter(word => word !== undefined).join(' ')} at ${places}\n`)
    process.exit(1)
  })
}
