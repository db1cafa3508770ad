import type { Database, Queryable, Row } from '../../../index.ts'
import { cannotProbe, type Sabotage, type TwinWorld } from '../../claims/index.ts'
import { sabotage } from '../breaking.ts'

const source = import.meta.url

type Asked = { readonly text: string; readonly values: readonly unknown[] }

interface Broken {
  /** What the recorder asks of the database, changed on its way. */
  readonly asks?: (asked: Asked) => Asked
  /** The entries that wait, changed on their way to it. */
  readonly hears?: (rows: Row[]) => Row[]
}

/** A recorder that works on statements and answers which are not its own. */
function through(db: Database, { asks = asked => asked, hears = rows => rows }: Broken): Database {
  const changed = (inner: Queryable): Queryable => ({
    async query(text, values = []) {
      const asked = asks({ text, values })
      const answer = await inner.query(asked.text, asked.values)
      return text.includes('body::text as body') ? { ...answer, rows: hears([...answer.rows]) } : answer
    },
  })
  return { ...changed(db), transaction: work => db.transaction(tx => work(changed(tx))), close: () => db.close() }
}

function recording(name: string, says: string, broken: Broken, before = 'select 1'): Sabotage {
  return sabotage(source, {
    name,
    says,
    async apply(twin) {
      await twin.admin.query(before)
      twin.recordWith(options => ({ ...options, db: through(options.db, broken) }))
      return twin
    },
  })
}

/** Changes the bytes of leaves between signing and storing. */
function stored(change: (text: string) => string): NonNullable<Broken['asks']> {
  return ({ text, values }) =>
    text.includes('insert into upheld_audit.leaf')
      ? {
          text,
          values: values.map((value, i) =>
            i === 8 && Array.isArray(value) ? value.map((leaf: unknown) => Buffer.from(change(String(leaf)))) : value,
          ),
        }
      : { text, values }
}

/** Takes the database back to a moment that it had, once, while the recorder is at work. */
const backThen = `
  delete from upheld_audit.leaf l where not exists (select from public.was w where w.id = l.log and l.index < w.size);
  delete from upheld_audit.mention l where not exists (select from public.was w where w.id = l.log and l.index < w.size);
  delete from upheld_audit.tile t where not exists (
    select from public.was w where w.id = t.log and (t.index + 1) * (256::numeric ^ (t.level + 1)) <= w.size);
  delete from upheld_audit.log_key k where not exists (select from public.was w where w.id = k.log);
  delete from upheld_audit.log l where not exists (select from public.was w where w.id = l.id);
  update upheld_audit.log l set size = w.size, checkpoint = w.checkpoint, received_at = w.received_at, signed_at = w.signed_at
  from public.was w where w.id = l.id`

function turnedBack(twin: TwinWorld, db: Database): Database {
  let steps = 0
  return {
    ...db,
    query: (text, values) => db.query(text, values),
    async transaction(work) {
      steps += 1
      if (steps === 3) await twin.admin.query('create table public.was as select * from upheld_audit.log')
      if (steps === 6) {
        await twin.admin.query(backThen)
        // As after any lost connection, it looks at everything anew.
        throw cannotProbe('The connection was lost.')
      }
      return db.transaction(work)
    },
    close: () => db.close(),
  }
}

const blindToAnchor = sabotage(source, {
  name: 'turning-back-unnoticed',
  says: 'the database was turned back, and the recorder does not look at the head that is kept outside of it',
  async apply(twin) {
    twin.recordWith(options => ({
      ...options,
      db: turnedBack(twin, options.db),
      anchor: { read: () => undefined, write: head => options.anchor.write(head) },
    }))
    return twin
  },
})

export const recorderSabotages: readonly Sabotage[] = [
  recording('recorder-drops', 'the recorder never logs every second entry', {
    hears: rows => rows.filter(row => Number(row['seq']) % 2 === 1),
  }),
  recording('recorder-reorders', 'the recorder logs what it finds from the last to the first', {
    hears: rows => rows.toReversed(),
  }),
  recording('recorder-back-dates', 'the recorder says that it received everything two hours ago', {
    asks: ({ text, values }) => ({
      text: text.replace('clock_timestamp() as now', `clock_timestamp() - interval '2 hours' as now`),
      values,
    }),
  }),
  recording(
    'recorder-mixes',
    'the recorder writes the entries of two organizations into one log',
    { hears: rows => rows.map(row => ({ ...row, organization_id: '7e1f0000-0000-4000-8000-000000000001' })) },
    'drop trigger logged on upheld_audit.pending',
  ),
  recording('head-of-other-leaves', 'heads are signed that the stored leaves do not give', {
    asks: stored(text => text.replace('"row.delete"', '"row.insert"')),
  }),
  recording('anchor-of-other-heads', 'the anchor log says other heads than the logs have', {
    asks: stored(text => (text.includes('upheld/anchor@v1') ? text.replace(/"size":(\d+)/, '"size":$11') : text)),
  }),
  recording('unanchored', 'the anchor log does not say whose head moved', {
    asks: ({ text, values }) =>
      text.includes('insert into upheld_audit.mention')
        ? {
            text: text.replace(/from unnest\((.*)\)/, `from unnest($1) as m (o, t, l, i) where t <> '@anchor'`),
            values,
          }
        : { text, values },
  }),
  blindToAnchor,
]
