import type { Row } from '../../core/ports.ts'
import type { OwnerNotice, TakeoverAlert, TakeoverOptions } from './shapes.ts'

/** Alerts about single places come at most so often: an attacker with many of them writes no thousand mails. */
const placesEveryMs = 60_000

const kinds: Readonly<Record<string, TakeoverAlert['kind']>> = {
  everywhere: 'spraying',
  organization: 'organization',
  network: 'network',
  address: 'address',
}

/**
 * Owner and operator are told beside the answer, never before it: how long a mail takes says nothing to whoever tries, and
 * whether there is somebody to tell does not either.
 */
export function openHooks(options: Pick<TakeoverOptions, 'alert' | 'notifyOwner' | 'failed' | 'clock'>) {
  const running = new Set<Promise<void>>()
  let placeToldMs = -Infinity

  function run(work: () => Promise<void> | void): void {
    const one = (async () => work())().catch((failure: unknown) => options.failed?.(failure))
    running.add(one)
    void one.finally(() => running.delete(one))
  }

  return Object.freeze({
    alerted(row: Row, organization: string | undefined) {
      const [of, kind] = [String(row['alert']), kinds[String(row['alert'])]]
      if (kind === undefined || options.alert === undefined) return
      if (of === 'address' || of === 'network') {
        const nowMs = options.clock.monotonicMs()
        if (nowMs - placeToldMs < placesEveryMs) return
        placeToldMs = nowMs
      }
      const [tries = 0, failures = 0, accounts = 0] = ['tries', 'failures', 'accounts'].map(name => Number(row[name]))
      const alert: TakeoverAlert = { kind, tries, failures, accounts }
      run(() =>
        options.alert?.(kind === 'organization' && organization !== undefined ? { ...alert, organization } : alert),
      )
    },
    noticed(row: Row, person: string) {
      const notice = row['notice']
      if (notice !== 'guessing' && notice !== 'closed') return
      const told: OwnerNotice = { person, kind: notice, failures: Number(row['streak']) }
      run(() => options.notifyOwner?.(told))
    },
    async settled() {
      while (running.size > 0) await Promise.all(running)
    },
  })
}
