import { testPlatform, type TestPlatform } from '../../src/testing/index.ts'
import { upheld, type Organization, type Upheld, type UpheldOptions } from '../../src/index.ts'
import type { Subject, Trial } from './subjects/subject.ts'

/** Two organizations with an author each, and one builder over each of them. */
export interface Stage {
  readonly platform: TestPlatform
  readonly acme: Organization
  readonly other: Organization
  readonly ours: Subject
  readonly theirs: Subject
  /** The same builder over other options of the same database. */
  with(options: Partial<UpheldOptions>, work: (subject: Subject, handle: Upheld) => Promise<void>): Promise<void>
  /** Everything back to the one author of each. */
  reset(): Promise<void>
  close(): Promise<void>
}

export function shelfPlatform(): Promise<TestPlatform> {
  return testPlatform({ tenantSchemas: ['shelf'], migrations: new URL('../schemas/shelf/', import.meta.url) })
}

/** `options` say how the platform under test reaches the database; the stage looks past them through the test's own. */
export async function openStage(
  platform: TestPlatform,
  trial: Trial,
  optionsOf: (appUrl: string) => Partial<UpheldOptions> = () => ({}),
): Promise<Stage> {
  const options = optionsOf(platform.urls.app)
  const open = (more: Partial<UpheldOptions>): Upheld =>
    upheld(
      {
        databaseUrl: platform.urls.app,
        contextKeyFile: 'in memory',
        connectionsMax: 2,
        tenancy: { waitingMax: 5_000 },
        ...options,
        ...more,
      },
      { contextKeys: { current: () => platform.key } },
    )
  const handle = open({})
  const acme = handle.organization((await platform.upheld.createOrganization()).id)
  const other = handle.organization((await platform.upheld.createOrganization()).id)
  const ours = trial.over(acme)
  const theirs = trial.over(other)
  return Object.freeze({
    platform,
    acme,
    other,
    ours,
    theirs,
    async with(more, work) {
      const own = open(more)
      const subject = trial.over(own.organization(acme.id))
      try {
        await work(subject, own)
      } finally {
        await subject.close()
        await own.close()
      }
    },
    async reset() {
      for (const organization of [acme, other]) {
        await organization.sql`delete from shelf.book`
        await organization.sql`delete from shelf.author`
        await organization.sql`delete from shelf.thing`
      }
      await acme.sql`insert into shelf.author (id, name) values (1, 'Ann of acme')`
      await other.sql`insert into shelf.author (id, name) values (1, 'Olga of other'), (2, 'Otto of other')`
      await other.sql`insert into shelf.book (id, author_id, title) values (7, 1, 'theirs')`
    },
    async close() {
      await ours.close()
      await theirs.close()
      await handle.close()
    },
  } satisfies Stage)
}
