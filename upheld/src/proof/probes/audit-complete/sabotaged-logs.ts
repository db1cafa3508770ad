import { pause } from '../../../core/clock.ts'
import { cannotProbe, type Sabotage, type TwinWorld } from '../../claims/index.ts'
import { sabotage } from '../breaking.ts'

const source = import.meta.url

/** A log with entries in it, before the probe comes. */
async function grow(twin: TwinWorld, entries: number): Promise<void> {
  await twin.recording.start()
  const platform = twin.open({ connectionsMax: 1 })
  try {
    for (const id of [twin.thief, twin.victim]) {
      await platform
        .organization(id)
        .query(
          `select count(upheld.record(json_build_object('action', 'proof.grown', 'detail', json_build_object('n', n)))) from generate_series(1, $1::int) n`,
          [entries],
        )
    }
  } finally {
    await platform.close()
  }
  for (let tries = 0; tries < 600; tries++) {
    const { rows } = await twin.admin.query('select 1 from upheld_audit.pending limit 1')
    if (rows.length === 0) return
    await pause(30)
  }
  throw cannotProbe('The recorder of a twin does not record.')
}

/** Somebody with every right on the database changes a log that is there. `l` is the log of one organization. */
function tampered(name: string, says: string, sql: string, entries = 5): Sabotage {
  return sabotage(source, {
    name,
    says,
    async apply(twin) {
      await grow(twin, entries)
      await twin.admin.query(
        sql.replaceAll('$log', `(select id from upheld_audit.log where organization_id = '${twin.thief}')`),
      )
      return twin
    },
  })
}

/** A log goes back to a head that was signed for it. */
function cutBack(name: string, says: string, whose: string): Sabotage {
  return sabotage(source, {
    name,
    says,
    async apply(twin) {
      await grow(twin, 5)
      await twin.admin.query('create table public.was as select * from upheld_audit.log')
      await grow(twin, 5)
      await twin.admin
        .query(`delete from upheld_audit.leaf l using public.was w where w.id = l.log and w.${whose} and l.index >= w.size;
        delete from upheld_audit.mention l using public.was w where w.id = l.log and w.${whose} and l.index >= w.size;
        update upheld_audit.log l set size = w.size, checkpoint = w.checkpoint, received_at = w.received_at
        from public.was w where w.id = l.id and w.${whose}`)
      return twin
    },
  })
}

const swapped = `
  update upheld_audit.leaf set index = 1000 where log = $log and index = 1;
  update upheld_audit.leaf set index = 1 where log = $log and index = 2;
  update upheld_audit.leaf set index = 2 where log = $log and index = 1000`

export const logSabotages: readonly Sabotage[] = [
  tampered(
    'leaf-edited',
    'a leaf says something else than was logged',
    `update upheld_audit.leaf set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'application', 'applicatiom'), 'UTF8'),
       actor_id = 'applicatiom' where log = $log and index = 2`,
  ),
  tampered(
    'leaf-refiled',
    'a leaf is found under another actor',
    `update upheld_audit.leaf set actor_id = 'owner' where log = $log and index = 2`,
  ),
  tampered('leaf-removed', 'a leaf is gone', 'delete from upheld_audit.leaf where log = $log and index = 2'),
  tampered('leaves-swapped', 'two leaves have changed places', swapped),
  tampered(
    'leaf-appended',
    'a leaf was added that nobody signed',
    `insert into upheld_audit.leaf (log, index, organization_id, id, received_at, action, actor_type, actor_id, object, outcome, bytes)
     select log, index + 1, organization_id, id, received_at, action, actor_type, actor_id, object, outcome, bytes
     from upheld_audit.leaf where log = $log order by index desc limit 1`,
  ),
  tampered(
    'tile-edited',
    'a tile of hashes was changed',
    `update upheld_audit.tile set hashes = overlay(hashes placing '\\x00' from 7) where log = $log`,
    300,
  ),
  cutBack(
    'log-cut',
    'a log went back to an earlier head that was signed',
    `organization_id = '7e1f0000-0000-4000-8000-000000000001'`,
  ),
  cutBack('anchor-log-cut', 'the anchor log went back to an earlier head that was signed', 'organization_id is null'),
]
