import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { witnessFiles } from '../../adapters/files/index.ts'
import { systemClock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import { generateCosignerKey, parseCosignerKey, parseVerifierKey } from '../../core/transparency/index.ts'
import type { NoteVerifier } from '../../core/transparency/index.ts'
import { openWitness, requestBytesMax } from '../../proof/witness/index.ts'
import { startServer } from '../server/index.ts'
import { witnessHandler } from '../witness/index.ts'
import { exit, type Invocation } from './command.ts'
import { refuse } from './errors.ts'
import { interruptions } from './interruptions.ts'

/** Watches logs of others: cosigns a head only when it continues the last one that was seen here. */
export async function witness({ settings, terminal }: Invocation): Promise<number> {
  const logs = logsFrom(settings.log)
  const { host, port } = placeFrom(settings.listen)
  const files = witnessFiles(join(settings.state, 'witness'))
  try {
    const { name } = settings
    if (name === undefined && !files.hasKey()) throw refuse.witness_unnamed()
    const cosigner = parseCosignerKey(files.key(() => generateCosignerKey(name ?? '')))
    const watching = openWitness({
      cosigner,
      logs,
      store: files.heads,
      clock: systemClock,
      onFork: (origin, size) =>
        terminal.note(
          terminal.bad(`${origin} has signed two heads of ${size} leaves: ${files.forkPath(origin, size)}`),
        ),
    })
    const server = await startServer({
      host,
      port,
      whenTaken: 'refuse',
      limits: { bodyBytesMax: requestBytesMax },
      handle: witnessHandler(watching, (code, says) => terminal.note(`${code}: ${says}`)),
      onFailure: ({ code }) => terminal.note(code),
    })
    terminal.say(`Witness ${terminal.strong(watching.key.encoded)}`)
    terminal.say(`at ${server.origin} watches ${watching.origins.join(', ')}`)
    terminal.document({ origin: server.origin, key: watching.key.encoded, logs: watching.origins })
    const stop = interruptions(terminal)
    await stop.requested
    await server.close()
    stop.close()
    return exit.upheld
  } finally {
    files.lock.release()
  }
}

/** A verifier key, or a file with one on each line. */
function logsFrom(text: string | undefined): NoteVerifier[] {
  if (text === undefined) throw refuse.witness_without_log()
  const lines = existsSync(text) ? readFileSync(text, 'utf8').split('\n') : [text]
  return lines
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => keyFrom(line))
}

function keyFrom(line: string): NoteVerifier {
  try {
    return parseVerifierKey(line)
  } catch (cause) {
    throw refuse.bad_option({ detail: `--log: ${messageOf(cause)}`, cause })
  }
}

function placeFrom(text: string): { readonly host: string; readonly port: number } {
  const cut = text.lastIndexOf(':')
  return { host: text.slice(0, cut).replace(/^\[|\]$/g, ''), port: Number(text.slice(cut + 1)) }
}
