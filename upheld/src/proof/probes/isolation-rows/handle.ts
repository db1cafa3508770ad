import { attempt, wasRefused, type AttackLog, type Pair } from '../attacks/index.ts'
import { cannotProbe } from '../../claims/index.ts'

/**
 * What the handle itself must refuse, whatever the database would say: a statement that touches the session outlives the
 * request that sent it, and a second statement in one text is one that nobody looked at.
 */
const refusedByHandle: Readonly<Record<string, string>> = {
  'change the session': 'set upheld_probe.word = 1',
  'change the transaction': "set local upheld_probe.word = 'x'",
  'undo a setting': 'reset upheld_probe.word',
  'leave a cursor': 'declare upheld_probe cursor with hold for select 1',
  'leave a prepared statement': 'prepare upheld_probe as select 1',
  'forget prepared statements': 'deallocate all',
  listen: 'listen upheld_probe',
  notify: 'notify upheld_probe',
  'end the transaction': 'commit',
  'begin another transaction': 'begin',
  'set a savepoint': 'savepoint upheld_probe',
  'run a block': 'do $$ begin perform 1; end $$',
  'ask for a plan': 'explain select 1',
  'copy out': 'copy (select 1) to stdout',
  'forget the session': 'discard plans',
  'show a setting': 'show search_path',
  'several statements in one text': 'select 1; select 2',
  'a setting behind a statement': 'select 1; set upheld_probe.word = 1',
  'a setting behind a comment': "/* select */ set upheld_probe.word = 'x'",
}

const where = 'the handle of an organization'

export async function attackHandle(pair: Pair, log: AttackLog): Promise<void> {
  const allowed = await attempt(pair.thief, 'select 1 as one')
  if (!('rows' in allowed) || allowed.rows.length !== 1) throw cannotProbe('The handle ran no statement at all.')
  for (const [attack, text] of Object.entries(refusedByHandle)) {
    const outcome = await attempt(pair.thief, text)
    // 42601 is the server's answer to two statements in one text of the extended protocol.
    if (wasRefused(outcome) || ('code' in outcome && outcome.code === '42601')) log.observe(attack, where)
    else
      log.refute({
        attack,
        where,
        saw: 'code' in outcome ? `nothing but ${outcome.code} stood in the way` : 'it was done',
      })
  }
  const said = await attempt(pair.thief, 'select current_query() as text')
  if (!('rows' in said)) throw cannotProbe('The handle ran no statement at all.')
  // The text of a statement stands in logs, statistics and the list of sessions.
  const told = said.rows.some(row => /[0-9a-f]{136}/i.test(String(row['text'])))
  if (told) log.refute({ attack: 'find a context in a text', where, saw: 'a whole context' })
  else log.observe('find a context in a text', where)
}
