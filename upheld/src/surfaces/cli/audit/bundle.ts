import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { assertPlaceForFile, fileRefusal } from '../../../adapters/files/index.ts'
import { auditBundle } from '../../../audit.ts'
import type { Organization } from '../../../upheld.ts'
import { exit, type Invocation } from '../command.ts'
import { refuse } from '../errors.ts'
import { progress } from './progress.ts'
import { writeOut } from './stdout.ts'

/** The whole log as one archive, to a file that is there whole or not at all, or to standard output. */
export async function exportBundle({ settings, terminal }: Invocation, organization: Organization): Promise<number> {
  const { to, since, cursor, tokenFile, caFile } = settings
  if ([since, cursor, tokenFile, caFile].some(one => one !== undefined) || /^[a-z][a-z0-9+.-]*:\/\//i.test(to))
    throw refuse.bad_export({ detail: 'A bundle is the whole log, in a file or on standard output.' })
  const pieces = auditBundle(organization, { onProgress: progress(terminal) })
  const bytes = to === '-' ? await toStdout(pieces) : await toFile(to, pieces)
  terminal.note(`Written: ${bytes} bytes${to === '-' ? '' : ` to ${to}. Check it anywhere: upheld verify ${to}`}`)
  terminal.document({ bytes, format: 'bundle', to })
  return exit.upheld
}

async function toStdout(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0
  for await (const piece of pieces) {
    if (!(await writeOut(piece))) throw refuse.answer_cut()
    bytes += piece.length
  }
  return bytes
}

async function toFile(path: string, pieces: AsyncIterable<Uint8Array>): Promise<number> {
  assertPlaceForFile(path)
  const draft = `${path}.part`
  try {
    rmSync(draft, { force: true })
    const file = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
    let bytes = 0
    try {
      for await (const piece of pieces) {
        for (let at = 0; at < piece.length;) at += writeSync(file, piece, at)
        bytes += piece.length
      }
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, path)
    return bytes
  } catch (thrown) {
    rmSync(draft, { force: true })
    throw fileRefusal(thrown, path) ?? thrown
  }
}
