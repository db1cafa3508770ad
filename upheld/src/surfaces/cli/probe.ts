import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { assertPlaceForFile, makeFolder, secretOnce, writeWholeFile } from '../../adapters/files/index.ts'
import { systemClock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import { generateSignerKey, parseSignerKey, type NoteSigner } from '../../core/transparency/index.ts'
import {
  compareRuns,
  fetchContract,
  fetchEvidence,
  openLine,
  openRun,
  perform,
  refuseOutsiders,
  signRun,
  worstOf,
  type Compared,
  type OutsiderRun,
} from '../../proof/outsiders/index.ts'
import { exit, type Invocation } from './command.ts'
import { agreed, showContract } from './consent.ts'
import { refuse } from './errors.ts'
import { interruptions } from './interruptions.ts'
import type { Terminal } from './terminal.ts'
import { keyFrom } from './trusted-key.ts'

const runBytesMax = 4 * 1024 * 1024

/** Published probes against a live service, by somebody who has nothing of it but its address. */
export async function probe(invocation: Invocation): Promise<number> {
  const { settings, positionals, terminal } = invocation
  const stop = interruptions(terminal)
  try {
    const line = openLine(positionals[0] ?? '', {
      clock: systemClock,
      signal: stop.signal,
      ...(settings.caFile === undefined ? {} : { ca: textOf(settings.caFile, 'ca-file') }),
    })
    const key = settings.key === undefined ? undefined : keyFrom(settings.key)
    if (settings.compare !== undefined) {
      const run = openRun(textOf(settings.compare, 'compare'))
      if (run.origin !== line.origin) throw refuseOutsiders.bad_run({ detail: 'It is of another service.' })
      const evidence = await fetchEvidence(line, systemClock.now(), key)
      terminal.say(`Signed by ${run.key}, which only its owner can vouch for`)
      return show(terminal, run.runs, compareRuns(run.runs, evidence.claims), {})
    }
    if (settings.out !== undefined) assertNewFile(settings.out)
    const { contract, digest } = await fetchContract(line)
    if (settings.agree === undefined) showContract(terminal, contract, digest)
    if (!(await agreed(terminal, settings.agree, digest))) throw refuse.not_agreed({ detail: digest })
    const signer = ownSigner(settings.ownKey ?? join(settings.state, 'outsider.key'))
    const onProgress = (says: string): void => terminal.note(terminal.quiet(says))
    const options = { line, contract, digest, clock: systemClock, signal: stop.signal, onProgress }
    const done = await perform({ ...options, ...(key === undefined ? {} : { key }) })
    const { runs, evidence, requests } = done
    const facts = { service: contract.service, origin: line.origin, contract: digest, evidence, requests, runs }
    const signed = signRun(facts, signer)
    if (settings.out !== undefined) writeWholeFile(settings.out, signed)
    terminal.say(`${requests} requests to ${line.origin}, signed by ${signer.verifier.encoded}`)
    if (!done.ended) terminal.note('The two organizations could not be taken back. They end by themselves.')
    const compared = compareRuns(runs, (await fetchEvidence(line, systemClock.now(), key)).claims)
    return show(terminal, runs, compared, { contract: digest, requests, ended: done.ended, signed })
  } finally {
    stop.close()
  }
}

function show(
  terminal: Terminal,
  runs: readonly OutsiderRun[],
  compared: readonly Compared[],
  more: Readonly<Record<string, unknown>>,
): number {
  for (const [at, { claim, probe: name, here, published, says, sameClaim }] of compared.entries()) {
    const run = runs[at]
    const paint = here === 'upheld' ? terminal.good : here === 'refuted' ? terminal.bad : terminal.doubt
    terminal.say()
    terminal.say(
      `  ${paint(here.padEnd(9))} ${terminal.strong(claim)}  ${terminal.quiet(`by ${name}, ${measure(run)}`)}`,
    )
    const other = sameClaim ? '' : ', and the claim is not the same one'
    terminal.say(`            published: ${published}; this ${says}${other}`)
    if (run !== undefined && run.note !== '') terminal.say(`            ${terminal.doubt(run.note)}`)
    for (const { attack, where, saw } of run?.findings ?? [])
      terminal.say(`            ${terminal.bad('came through:')} ${attack} at ${where}: ${saw}`)
  }
  const worst = worstOf(compared)
  terminal.document({ verdict: worst, compared, runs, ...more })
  return exit[worst]
}

function measure(run: OutsiderRun | undefined): string {
  if (run === undefined) return 'not run'
  const counted = Object.entries(run.population).map(([unit, count]) => `${count} ${unit}`)
  return [...counted, `${run.observations} attacks made`].join(', ')
}

function assertNewFile(path: string): void {
  assertPlaceForFile(path)
  if (existsSync(path)) throw refuse.bad_option({ detail: `--out: ${path} is there already` })
}

/** Made at the first use, for its owner alone. */
function ownSigner(path: string): NoteSigner {
  makeFolder(dirname(path), 0o700)
  return parseSignerKey(secretOnce(path, () => generateSignerKey('outsider')).trim())
}

function textOf(path: string, option: string): string {
  try {
    if (statSync(path).size > runBytesMax)
      throw refuse.bad_option({ detail: `--${option}: larger than ${runBytesMax} bytes` })
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw refuse.bad_option({ detail: `--${option}: ${messageOf(cause)}`, cause })
  }
}
