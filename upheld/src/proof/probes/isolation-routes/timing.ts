import { randomInt } from 'node:crypto'
import type { DeclaredRoute } from '../../../routes.ts'
import type { Crawl, Other } from './crawl.ts'
import { nameOf } from './draft.ts'
import { compareRanks, type Compared } from './ranks.ts'
import { rolesOf, swapped, tellingPlaces } from './swaps.ts'
import { credentialsOf, mustBeAnswer } from './trial.ts'
import type { Answer } from './wire.ts'

/**
 * Whether the time of an answer tells somebody else's id from one that nobody has. Samples are taken in turn and in
 * random order, so that a busy machine slows both alike. A first look is cheap and says little; what looks different is
 * asked again, and again anew, and only what stands out each time is a finding.
 */

interface Look {
  readonly pairs: number
  /** Of so many requests the fastest is one sample: what a busy machine adds, it adds to some and never takes away. */
  readonly bestOf: number
  /** Only below this does the difference count: the odds of seeing it by chance. */
  readonly chanceMax: number
  readonly effectMin: number
  readonly shiftMinMs: number
}

const looks: readonly Look[] = [
  { pairs: 12, bestOf: 3, chanceMax: 0.15, effectMin: 0.25, shiftMinMs: 0.25 },
  { pairs: 40, bestOf: 4, chanceMax: 1e-3, effectMin: 0.35, shiftMinMs: 0.4 },
  { pairs: 60, bestOf: 4, chanceMax: 1e-5, effectMin: 0.4, shiftMinMs: 0.5 },
]

const attack = 'the time of an answer'

export async function attackByTime(crawl: Crawl, route: DeclaredRoute): Promise<void> {
  for (const place of tellingPlaces(crawl, route)) {
    const make = swapped(route, place)
    const askAnew = (other: Other): Promise<Answer> => {
      const own = crawl.thief.own()
      return crawl.ask(make(own, other), credentialsOf(own, rolesOf(route)[0]))
    }
    const time = async (theirs: boolean): Promise<number> => {
      const [one, two] = crawl.absent
      const other = theirs ? crawl.thief.theirs : randomInt(2) === 0 ? one : two
      const answer = await askAnew(other)
      if (answer.status !== 429) return mustBeAnswer(answer, route).tookMs
      // Whoever asks so often is told to wait: somebody new asks on.
      await crawl.refresh()
      return mustBeAnswer(await askAnew(other), route).tookMs
    }
    const last = await lookCloser(time)
    if (last === undefined) crawl.report.observe(attack, nameOf(route))
    else crawl.report.refute({ attack, where: nameOf(route), saw: `${place.at}: ${inWords(last)}` })
  }
}

/** The comparison that was reached when every look found the same; undefined when one did not. */
async function lookCloser(time: (theirs: boolean) => Promise<number>): Promise<Compared | undefined> {
  let last: Compared | undefined
  for (const look of looks) {
    const found = await compare(time, look)
    const stands = found.chance < look.chanceMax && Math.abs(found.effect) > look.effectMin
    const sameWay = last === undefined || Math.sign(last.shift) === Math.sign(found.shift)
    if (!stands || !sameWay || Math.abs(found.shift) < look.shiftMinMs) return undefined
    last = found
  }
  return last
}

async function compare(time: (theirs: boolean) => Promise<number>, { pairs, bestOf }: Look): Promise<Compared> {
  const [theirs, absent]: [number[], number[]] = [[], []]
  for (let pair = 0; pair < pairs; pair += 1) {
    const best = { theirs: Infinity, absent: Infinity }
    for (let turn = 0; turn < bestOf; turn += 1) {
      const first = randomInt(2) === 0
      for (const one of [first, !first]) {
        const place = one ? 'theirs' : 'absent'
        best[place] = Math.min(best[place], await time(one))
      }
    }
    theirs.push(best.theirs)
    absent.push(best.absent)
  }
  return compareRanks(theirs, absent)
}

function inWords({ shift, effect }: Compared): string {
  const sooner = shift < 0 ? 'sooner' : 'later'
  return `${Math.abs(shift).toFixed(1)} ms ${sooner} than for nothing, in ${Math.round((1 + Math.abs(effect)) * 50)} of 100 pairs`
}
