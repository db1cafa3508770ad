import type { ByHand } from './blind.ts'
import { answerOf, attempt, saidBy, type Outcome } from './outcome.ts'
import type { AttackLog } from './log.ts'
import { tells, type Pair } from './pair.ts'
import type { Question } from './questions.ts'

/** Ways to put the victim's rows in and to take them out again. */
export interface Garden {
  /** Plants the victim anew and gives what stands where now. */
  plant(): Promise<Pair>
  uproot(): Promise<void>
  /** The thief's context on a login used by hand. */
  readonly byHand: ByHand
}

class Undo extends Error {}

/**
 * What the thief is told may not depend on the victim's rows. Each question is asked twice while they are there and twice
 * when they are gone: an answer that is steady on both sides and not the same has counted, found or felt them. Whatever
 * else goes on in a live system could look like that once, so only what comes out the same way again is reported: what
 * tells of the rows is back where it was each time they are gone, and what only grows, such as a log, is not.
 */
export async function attackByDifference(
  pair: Pair,
  garden: Garden,
  questionsOf: (pair: Pair) => readonly Question[],
  log: AttackLog,
): Promise<void> {
  const questions = questionsOf(pair)
  const first = await askBoth(pair, garden, questions, log)
  if (first.length === 0) return
  const suspected = new Set(first.map(({ question }) => question.id))
  const again = await garden.plant()
  const confirmed = await askBoth(
    again,
    garden,
    questionsOf(again).filter(one => suspected.has(one.id)),
    undefined,
  )
  const answers = new Map(confirmed.map(({ question, gone }) => [question.id, gone]))
  for (const { question, gone } of first) {
    const { attack, where } = question
    if (answers.get(question.id) === gone) {
      log.refute({ attack, where, saw: 'its answer is another one while rows of the other organization are there' })
    } else log.observe(attack, where)
  }
}

interface Differing {
  readonly question: Question
  /** What was answered while the rows were gone. */
  readonly gone: string
}

/** The questions whose answers differ. Those that hold, and those that tell outright, are written down. */
async function askBoth(
  pair: Pair,
  garden: Garden,
  questions: readonly Question[],
  log: AttackLog | undefined,
): Promise<readonly Differing[]> {
  const there: (string | undefined)[] = []
  const quiet: Question[] = []
  for (const question of questions) {
    const outcome = await ask(pair, garden, question)
    if (toldOutright(pair, question, outcome)) {
      log?.refute({ attack: question.attack, where: question.where, saw: 'values of the other organization' })
      continue
    }
    const answer = digestOf(outcome)
    quiet.push(question)
    there.push(answer === digestOf(await ask(pair, garden, question)) ? answer : undefined)
  }
  await garden.uproot()
  const differing: Differing[] = []
  for (const [index, question] of quiet.entries()) {
    const before = there[index]
    const answer = digestOf(await ask(pair, garden, question))
    const steady = before !== undefined && answer === digestOf(await ask(pair, garden, question))
    if (steady && answer !== before) differing.push({ question, gone: answer })
    else if (before === undefined) log?.pass(question.attack, question.where, 'it answers differently each time')
    else log?.observe(question.attack, question.where)
  }
  return differing
}

async function ask(pair: Pair, garden: Garden, { text, values, counted }: Question): Promise<Outcome> {
  if (counted !== true) return attempt(pair.thief, text, values)
  let rowCount = 0
  try {
    await garden.byHand(async tx => {
      rowCount = (await tx.query(text, values)).rowCount
      throw new Undo()
    })
  } catch (error) {
    if (!(error instanceof Undo)) return { code: answerOf(error), said: saidBy(error) }
  }
  return { rows: [{ rowCount }] }
}

function digestOf(outcome: Outcome): string {
  return 'code' in outcome ? outcome.code : JSON.stringify(outcome.rows.map(row => Object.entries(row)))
}

function toldOutright(pair: Pair, { attack, values }: Question, outcome: Outcome): boolean {
  if ('said' in outcome) return tells(pair, outcome.said, values)
  // A reading looks for the secrets by itself and says how often it met them.
  if (attack === 'read everything') return outcome.rows.some(row => row['told'] !== '0')
  return tells(pair, JSON.stringify(outcome.rows), values)
}
