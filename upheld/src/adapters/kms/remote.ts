import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { pause, type Clock } from '../../core/clock.ts'
import type { UpheldError } from '../../core/errors.ts'
import { refuse } from './errors.ts'

export const remoteLimits = z
  .strictObject({
    /** Tries of one call. */
    attemptsMax: z.int().min(1).max(10).default(4),
    /** What one try may take. */
    attemptMs: z.int().min(50).max(30_000).default(3_000),
    /** What one call may take with all its tries and the wait for its turn. */
    totalMs: z.int().min(50).max(60_000).default(10_000),
    /** Calls at a time. */
    inFlightMax: z.int().min(1).max(64).default(8),
  })
  .refine(({ attemptMs, totalMs }) => attemptMs <= totalMs, 'attemptMs is longer than totalMs')
export type RemoteLimits = z.output<typeof remoteLimits>

const waitingMax = 1_000
const backoffMsFirst = 100
const backoffMsMax = 2_000
/** After so many calls in a row that failed with all their tries, none is tried for a while. */
const failedCallsMax = 3
const coolMsFirst = 1_000
const coolMsMax = 30_000
/** A key service that asks for a longer pause is asked again all the same. */
const retryAfterMsMax = 60_000

/** What one try came to. `again`: another try may go better. */
export type Outcome<T> =
  { readonly value: T } | { readonly refusal: UpheldError; readonly again: boolean; readonly afterMs?: number }

export interface Remote {
  /**
   * Tries until it goes well, is refused for good, or the bounds are reached. Calls of the same `name` at the same
   * time are one call, and share what it gives.
   */
  call<T>(name: string, attempt: (signal: AbortSignal) => Promise<Outcome<T>>): Promise<T>
}

interface State {
  readonly clock: Clock
  readonly limits: RemoteLimits
  inFlight: number
  readonly waiting: (() => void)[]
  /** Asked for by the service: nobody calls before. */
  notBeforeMs: number
  failedCalls: number
  /** While it is in the future, calls fail at once with `lastRefusal`. */
  closedUntilMs: number
  lastRefusal: UpheldError | undefined
}

/** Bounded tries with full jitter, few at a time, none against a wall: a service that comes back meets no storm. */
export function remoteCalls(clock: Clock, limits: RemoteLimits): Remote {
  const state: State = {
    clock,
    limits,
    inFlight: 0,
    waiting: [],
    notBeforeMs: 0,
    failedCalls: 0,
    closedUntilMs: 0,
    lastRefusal: undefined,
  }
  const running = new Map<string, Promise<unknown>>()
  return Object.freeze({
    call<T>(name: string, attempt: (signal: AbortSignal) => Promise<Outcome<T>>): Promise<T> {
      // One name stands for one kind of call with the same bytes, so what runs under it gives a T.
      const shared = running.get(name) as Promise<T> | undefined
      if (shared !== undefined) return shared
      const started = guarded(state, attempt).finally(() => running.delete(name))
      running.set(name, started)
      return started
    },
  })
}

async function guarded<T>(state: State, attempt: (signal: AbortSignal) => Promise<Outcome<T>>): Promise<T> {
  const { clock, limits } = state
  const deadlineMs = clock.monotonicMs() + limits.totalMs
  if (state.lastRefusal !== undefined && clock.monotonicMs() < state.closedUntilMs) throw state.lastRefusal
  // Past the pause one call tries; until it has ended the others go on failing.
  if (state.lastRefusal !== undefined) state.closedUntilMs = deadlineMs
  await turn(state, deadlineMs)
  try {
    const outcome = await tries(state, attempt, deadlineMs)
    settle(state, outcome)
    if ('value' in outcome) return outcome.value
    throw outcome.refusal
  } finally {
    state.inFlight--
    state.waiting.shift()?.()
  }
}

/** @throws kms.throttled when so many wait already, or the turn does not come in time */
async function turn(state: State, deadlineMs: number): Promise<void> {
  if (state.inFlight < state.limits.inFlightMax) {
    state.inFlight++
    return
  }
  const full = refuse.throttled({ detail: `${state.limits.inFlightMax} calls are under way, and others wait.` })
  if (state.waiting.length >= waitingMax) throw full
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => {
        state.waiting.splice(state.waiting.indexOf(go), 1)
        reject(full)
      },
      Math.max(0, deadlineMs - state.clock.monotonicMs()),
    )
    function go(): void {
      clearTimeout(timer)
      state.inFlight++
      resolve()
    }
    state.waiting.push(go)
  })
}

async function tries<T>(
  state: State,
  attempt: (signal: AbortSignal) => Promise<Outcome<T>>,
  deadlineMs: number,
): Promise<Outcome<T>> {
  const { clock, limits } = state
  const asked = clock.monotonicMs() < state.notBeforeMs
  const detail = 'No time was left for a try.'
  let last: Outcome<T> = { refusal: asked ? refuse.throttled({ detail }) : refuse.unreachable({ detail }), again: true }
  for (let tried = 0; tried < limits.attemptsMax; tried++) {
    const jitterMs = tried === 0 ? 0 : randomInt(Math.min(backoffMsMax, backoffMsFirst * 2 ** (tried - 1)) + 1)
    const waitMs = Math.max(jitterMs, state.notBeforeMs - clock.monotonicMs())
    const leftMs = deadlineMs - clock.monotonicMs() - waitMs
    if (leftMs <= 0) return last
    if (waitMs > 0) await pause(waitMs)
    last = await oneTry(attempt, Math.min(limits.attemptMs, leftMs))
    if ('value' in last || !last.again) return last
    if (last.afterMs !== undefined) {
      state.notBeforeMs = clock.monotonicMs() + Math.min(retryAfterMsMax, Math.max(0, last.afterMs))
    }
  }
  return last
}

/** A client that does not heed the signal is left alone with its work. */
async function oneTry<T>(attempt: (signal: AbortSignal) => Promise<Outcome<T>>, ms: number): Promise<Outcome<T>> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Outcome<T>>(resolve => {
    timer = setTimeout(() => {
      controller.abort()
      resolve({ refusal: refuse.unreachable({ detail: `No answer within ${Math.round(ms)} ms.` }), again: true })
    }, ms)
  })
  try {
    return await Promise.race([attempt(controller.signal), late])
  } finally {
    clearTimeout(timer)
  }
}

function settle(state: State, outcome: Outcome<unknown>): void {
  if ('value' in outcome || !outcome.again) {
    state.failedCalls = 0
    state.lastRefusal = undefined
    return
  }
  state.failedCalls++
  if (state.failedCalls < failedCallsMax) return
  const mostMs = Math.min(coolMsMax, coolMsFirst * 2 ** (state.failedCalls - failedCallsMax))
  const nowMs = state.clock.monotonicMs()
  state.closedUntilMs = Math.max(nowMs + randomInt(mostMs / 2, mostMs + 1), state.notBeforeMs)
  state.lastRefusal = outcome.refusal
}
