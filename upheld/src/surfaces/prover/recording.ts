import { randomBytes } from 'node:crypto'
import { openDatabase } from '../../adapters/postgres/database.ts'
import { openRecorder, type RecorderOptions } from '../../foundation/audit/index.ts'
import type { Recording } from '../../proof/claims/index.ts'

/** The live system records by itself. */
export function liveRecording(anchoredHead: () => string | undefined): Recording {
  return Object.freeze({ start: async () => undefined, anchoredHead })
}

interface TwinRecording extends Recording {
  /** Changes what the recorder is opened with, if it is not at work yet. */
  change(change: (options: RecorderOptions) => RecorderOptions): void
}

/** A recorder of a twin's own, started when a probe asks for it, under keys that nobody keeps. */
export function twinRecording(url: string, defer: (undo: () => Promise<void>) => void): TwinRecording {
  let anchored: string | undefined
  let changed = (options: RecorderOptions): RecorderOptions => options
  let started: Promise<void> | undefined

  const start = async (): Promise<void> => {
    const db = openDatabase(url, { connectionsMax: 2, name: 'upheld-twin' })
    const ending = new AbortController()
    let running: Promise<void> = Promise.resolve()
    defer(async () => {
      ending.abort()
      await running
      await db.close()
    })
    const anchor = {
      read: () => anchored,
      write(checkpoint: string) {
        anchored = checkpoint
      },
    }
    const options = { db, host: 'twin.invalid', seeds: [randomBytes(32)], anchor, gatherMs: 20 }
    const recorder = await openRecorder(changed(options))
    // A log that does not hold ends the recorder: what it did not log is the probe's to see.
    running = recorder.run(ending.signal).catch(() => undefined)
  }
  return Object.freeze({
    start() {
      started ??= start()
      return started
    },
    anchoredHead: () => anchored,
    change(change: (options: RecorderOptions) => RecorderOptions) {
      const before = changed
      changed = options => change(before(options))
    },
  })
}
