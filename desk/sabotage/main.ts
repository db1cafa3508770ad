import { parseArgs, styleText } from 'node:util'
import { mendBreakage, runningDatabase } from 'upheld/testing'
import { sabotages } from './index.ts'
import { perform, type Performance, type Theatre } from './perform.ts'
import { round, type Round } from './round.ts'
import type { Sabotage } from './sabotage.ts'

const usageError = 64
const interruptedError = 130

/** `npm run sabotage`: breaks the running demo in a way that people do break systems, and shows that the proof notices. */
async function main(words: readonly string[]): Promise<number> {
  const read = readWords(words)
  if (typeof read === 'string') return complain(read)
  const { values, positionals } = read
  const asked = values.all ? sabotages : sabotages.filter(({ name }) => positionals.includes(name))
  const unknown = positionals.filter(name => !sabotages.some(sabotage => sabotage.name === name))
  if (unknown.length > 0)
    return complain(`There is no sabotage called ${unknown.join(', ')}. Without a name, all are listed.`)
  if (asked.length === 0) return list()

  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
  const admin = runningDatabase(values.state)
  if (admin === undefined) return complain('Nothing runs here. Start it in another terminal: npm start')
  try {
    const left = await mendBreakage(values.state, admin)
    if (left !== undefined) console.log(`Mended what "${left.name}" had left broken.\n`)
    return await performAll(asked, stop.signal, {
      stateFolder: values.state,
      admin,
      round: claim => round(values.state, claim, stop.signal),
      says: line => console.log(dim(`    ${line} …`)),
    })
  } finally {
    await admin.close()
  }
}

function readWords(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { all: { type: 'boolean', default: false }, state: { type: 'string', default: '.upheld' } },
    })
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem)
  }
}

/** An interruption ends the round that is under way; what was broken is mended before we go. */
async function performAll(asked: readonly Sabotage[], stop: AbortSignal, theatre: Theatre): Promise<number> {
  const done: Performance[] = []
  for (const sabotage of asked) {
    console.log(`${styleText('bold', sabotage.name)}  ${sabotage.says}`)
    const performance = await perform(sabotage, theatre).catch((failure: unknown) => {
      if (stop.aborted) return undefined
      throw failure
    })
    if (stop.aborted || performance === undefined) return goodbye()
    done.push(performance)
    show(performance)
  }
  if (done.length > 1) table(done)
  return done.every(({ good }) => good) ? 0 : 1
}

function show({ sabotage, broken, mended, good }: Performance): void {
  console.log(`    broken: ${paint(broken)} ${sabotage.claim}${broken.saw === '' ? '' : dim(`  ${broken.saw}`)}`)
  console.log(
    `    mended: ${paint(mended)} ${sabotage.claim}${mended.verdict === 'upheld' ? '' : dim(`  ${mended.saw}`)}`,
  )
  console.log(
    good
      ? ''
      : `    ${styleText('red', 'This is not as it should be: broken must be noticed, mended must be upheld.')}\n`,
  )
}

function table(done: readonly Performance[]): void {
  const width = Math.max(...done.map(({ sabotage }) => sabotage.name.length))
  for (const { sabotage, broken, mended, good } of done) {
    const words = [
      sabotage.name.padEnd(width),
      sabotage.claim.padEnd(26),
      broken.verdict.padEnd(9),
      mended.verdict.padEnd(9),
    ]
    console.log(`${good ? styleText('green', 'good') : styleText('red', 'BAD ')}  ${words.join('  ')}`)
  }
  console.log(`\n${done.filter(({ good }) => good).length} of ${done.length} noticed, and upheld again after the mend.`)
}

function list(): number {
  const width = Math.max(...sabotages.map(({ name }) => name.length))
  console.log('Ways to break the running demo. Each is mended afterwards.\n')
  for (const { name, says, claim } of sabotages)
    console.log(`  ${styleText('bold', name.padEnd(width))}  ${says} ${dim(claim)}`)
  console.log('\n  npm run sabotage -- <name>      or all, one by one:  npm run sabotage -- --all')
  console.log(dim('  What is broken in code, such as the store of files, is broken on copies, in every round.'))
  return 0
}

function paint({ verdict }: Round): string {
  return styleText(verdict === 'upheld' ? 'green' : verdict === 'refuted' ? 'red' : 'yellow', verdict.padEnd(8))
}

function dim(text: string): string {
  return styleText('dim', text)
}

function complain(text: string): number {
  console.error(text)
  return usageError
}

function goodbye(): number {
  console.log('Interrupted. What was broken is mended.')
  return interruptedError
}

process.exitCode = await main(process.argv.slice(2))
