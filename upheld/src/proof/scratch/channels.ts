import { attempt, wasRefused, type AttackLog, type Pair } from '../probes/attacks/index.ts'

/** What one statement leaves for whoever gets the connection next, or tells whoever listens. None of it knows of organizations. */
const channels: Readonly<Record<string, string>> = {
  'leave a setting behind': `select set_config('upheld_probe.word', 'left', false)`,
  'make a large object': `select lo_from_bytea(0, 'left')`,
  'notify others': `select pg_notify('upheld_probe', 'told')`,
  'hold a lock': 'select pg_try_advisory_xact_lock(7305807354473)',
}

export async function attackChannels(pair: Pair, log: AttackLog): Promise<void> {
  for (const [attack, text] of Object.entries(channels)) {
    const outcome = await attempt(pair.thief, text)
    if (wasRefused(outcome)) log.observe(attack, 'the session')
    else log.refute({ attack, where: 'the session', saw: 'code' in outcome ? outcome.code : 'it was done' })
  }
}
