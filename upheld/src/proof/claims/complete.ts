import { digestOf } from '../../core/json.ts'
import type { AttemptRow, ClaimRecord, Entry } from './record.ts'
import type { RunRecord } from './verdict.ts'

/**
 * Everything that is wrong with the record of one claim, in plain words. Two ledgers are held against each other:
 * the attempts, written before a run begins, and the signed log, written when it ends. Whoever takes a run out of one
 * is shown by the other; whoever takes it out of both is shown by the counter of the turn and by the log itself.
 */
export function faultsOf(record: ClaimRecord): string[] {
  return [...faultsInRuns(record), ...faultsInAttempts(record), ...faultsInPromise(record)]
}

function faultsInRuns({ id, entries, attempts }: ClaimRecord): string[] {
  const faults: string[] = []
  const declared = new Set<string>()
  const bySequence = new Map(attempts.map(attempt => [attempt.sequence, attempt]))
  let expected = 1
  for (const { index, leaf } of entries) {
    if (leaf.type === 'upheld/claim@v1') declared.add(leaf.digest)
    if (leaf.type !== 'upheld/run@v1') continue
    if (leaf.sequence !== expected)
      faults.push(`The log has run ${leaf.sequence} of ${id} where run ${expected} belongs.`)
    expected = leaf.sequence + 1
    if (!declared.has(leaf.claim_digest)) faults.push(`Run ${leaf.sequence} of ${id} attacked a claim never declared.`)
    const attempt = bySequence.get(leaf.sequence)
    if (attempt === undefined) faults.push(`Run ${leaf.sequence} of ${id} is in the log, but its attempt is gone.`)
    else if (!agree(attempt, { index, leaf })) {
      faults.push(`Run ${leaf.sequence} of ${id} is not the same in the log and among the attempts.`)
    }
  }
  return faults
}

function agree(attempt: AttemptRow, { index, leaf }: Entry<RunRecord>): boolean {
  return (
    attempt.log_index === index &&
    attempt.digest === leaf.claim_digest &&
    attempt.finished_at?.toISOString() === leaf.finished_at
  )
}

function faultsInAttempts({ id, entries, attempts, turn }: ClaimRecord): string[] {
  const logged = new Set(entries.flatMap(({ leaf }) => (leaf.type === 'upheld/run@v1' ? [leaf.sequence] : [])))
  const begun = attempts.map(attempt => attempt.sequence)
  const last = Math.max(0, ...begun)
  const faults = attempts
    .filter(attempt => (attempt.finished_at === null ? attempt.sequence !== last : !logged.has(attempt.sequence)))
    .map(attempt => `Run ${attempt.sequence} of ${id} was begun, but it is not in the log.`)
  if (turn === undefined) return [...faults, `The turns of ${id} are gone.`]
  const missing = begun.length !== last || last !== turn.sequence
  return missing
    ? [...faults, `${turn.sequence} runs of ${id} were begun, but ${begun.length} attempts are kept.`]
    : faults
}

function faultsInPromise({ id, entries, turn }: ClaimRecord): string[] {
  const promises = entries.flatMap(({ leaf }) => (leaf.type === 'upheld/run@v1' ? [] : [leaf]))
  const faults = promises.flatMap(leaf =>
    leaf.type === 'upheld/claim@v1' && digestOf(leaf.definition) !== leaf.digest
      ? [`A declaration of ${id} does not match its digest.`]
      : [],
  )
  const last = promises.at(-1)
  if (last === undefined) return [...faults, `${id} was never declared in the log.`]
  const same = turn?.digest === last.digest && turn.withdrawn === (last.type === 'upheld/withdrawal@v1')
  return turn === undefined || same ? faults : [...faults, `${id} is not the same in the log and among the turns.`]
}
