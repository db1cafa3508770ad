import { setTimeout as pause } from 'node:timers/promises'
import { assert } from '../core/errors.ts'

/** A slow machine may take its time; what never comes ends a test all the same. */
const patienceMs = 600_000
const lookMs = 20

/** Waits until it holds, ten minutes at most. @throws an assertion that says `what` did not come */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let waited = 0; waited < patienceMs; waited += lookMs) {
    if (await holds()) return
    await pause(lookMs)
  }
  assert(await holds(), what)
}
