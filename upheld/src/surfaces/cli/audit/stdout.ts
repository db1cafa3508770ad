import type { Batch, Sink, Taken } from '../../../foundation/audit/siem/index.ts'

/** Resolves when the bytes left this process; false when whoever reads is gone. */
export function writeOut(bytes: string | Uint8Array): Promise<boolean> {
  return new Promise(resolve => process.stdout.write(bytes, error => resolve(error === null || error === undefined)))
}

/** Standard output, a line each. Whoever reads slowly is waited for. */
export function stdoutSink(): Sink {
  let begun = false
  return Object.freeze({
    says: 'standard output',
    async deliver({ header, items }: Batch): Promise<Taken> {
      const lines = [...(header === undefined || begun ? [] : [header]), ...items.map(({ line }) => line)]
      begun = true
      if (await writeOut(`${lines.join('\n')}\n`)) return { taken: true }
      return { taken: false, again: false, why: 'nobody reads it any more' }
    },
    close: () => Promise.resolve(),
  } satisfies Sink)
}
