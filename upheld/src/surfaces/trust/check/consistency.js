import { refusal } from './bytes.js'
import { canonical } from './canonical.js'
import { allSeen, compared, forgetAll, lastSeen, remember } from './memory.js'
import { line, part } from './steps.js'

// The log that is shown now, held against what this browser saw of it before.

/** @typedef {{ origin: string, key: string, keys?: import('./keys.js').SigningKey[], size: number, root: string, checkpoint: string, rootAt: (size: number) => Promise<string | undefined> }} Checked */

const number = new Intl.NumberFormat('en')
const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

/** @param {string} at */
const when = at => (Number.isNaN(Date.parse(at)) ? at : `${moment.format(Date.parse(at))} UTC`)

/** @param {Checked} log */
export async function consistency(log) {
  const seen = lastSeen(localStorage, log.origin)
  const found = await compared(seen, log)
  const before = seen === undefined ? '' : `${number.format(seen.size)} entries on ${when(seen.at)}`
  switch (found) {
    case 'other_key':
      throw refusal(
        'bundle.not_pinned',
        `This log was signed with another key when this browser saw it last (${before}).`,
      )
    case 'retired':
      throw refusal(
        'bundle.key_retired',
        `This browser saw a head (${before}) under a key that had been replaced by then: somebody else has signed it.`,
      )
    case 'replayed':
      throw refusal(
        'page.replayed',
        `This is the head of ${number.format(log.size)} entries that this browser saw once before; since then it has seen ${before}.`,
      )
    case 'shorter':
      throw refusal('bundle.rolled_back', `This browser has seen ${before}: entries were taken away.`)
    case 'two_heads':
      throw Object.assign(
        refusal('page.two_heads', `This browser saw ${before} under another root, signed with the same key.`),
        { pair: pairOf(log, seen?.checkpoint ?? '') },
      )
    case 'forked':
      throw refusal(
        'bundle.forked',
        `The entries are not those that this browser saw (${before}): the past was rewritten.`,
      )
    case 'continues':
      line('holds', `It continues what this browser saw last: ${before}. Nothing of that was changed.`)
      break
    case 'first':
      line('note', 'This browser has not seen this log before. It remembers this head, and compares the next time.')
  }
  const { key, size, root, checkpoint } = log
  const at = new Date(Math.floor(nowMs())).toISOString()
  if (!remember(localStorage, log.origin, { key, size, root, checkpoint: plain(checkpoint, log.origin), at }))
    line('note', 'This browser keeps nothing for this page, so nothing can be compared the next time.')
  showSeen()
}

/** The reader's own clock: nothing that the site says. */
export const nowMs = () => performance.timeOrigin + performance.now()

/** A head with the signature of its own log alone. @param {string} note @param {string} origin */
function plain(note, origin) {
  const cut = note.lastIndexOf('\n\n') + 2
  const lines = note.slice(cut).split('\n')
  return (
    note.slice(0, cut) +
    lines
      .filter(one => one.startsWith(`\u2014 ${origin} `))
      .map(one => `${one}\n`)
      .join('')
  )
}

/** As `upheld verify` reads it: canonical JSON and a line feed. @param {Checked} log @param {string} before */
function pairOf({ key, checkpoint, origin }, before) {
  return `${canonical({ type: 'upheld/fork@v1', key, notes: [before, plain(checkpoint, origin)] })}\n`
}

/** What this visitor saw last, of each log. */
export function showSeen() {
  const all = allSeen(localStorage)
  const list = part('seen')
  list.replaceChildren(
    ...all.flatMap(({ origin, seen }) => {
      const name = document.createElement('dt')
      const what = document.createElement('dd')
      const [log, root] = [document.createElement('code'), document.createElement('code')]
      log.textContent = origin
      root.textContent = seen.root
      name.append(log)
      what.append(`${number.format(seen.size)} entries on ${when(seen.at)}, root `, root)
      return [name, what]
    }),
  )
  part('never').hidden = all.length > 0
  part('forget').hidden = all.length === 0
}

export function forget() {
  forgetAll(localStorage)
  showSeen()
}
