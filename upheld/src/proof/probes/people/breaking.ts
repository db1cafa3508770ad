import type { PeopleBend } from '../../../index.ts'
import type { Around, Sabotage, TwinWorld, World } from '../../claims/index.ts'
import { sabotage } from '../breaking.ts'

type Names = Pick<Sabotage, 'name' | 'says'>

/** Parts of the people of a twin, broken in the process that answers its pages. */
export function byPart(
  source: string,
  names: Names,
  bend: (twin: TwinWorld) => PeopleBend | Promise<PeopleBend>,
): Sabotage {
  return sabotage(source, {
    ...names,
    apply: async twin => withPeople(twin, await bend(twin)),
  })
}

/** Somebody sits before the pages of a twin. */
export function byDoorkeeper(
  source: string,
  names: Names,
  around: (twin: TwinWorld) => Around | Promise<Around>,
): Sabotage {
  return sabotage(source, { ...names, apply: async twin => withPeople(twin, {}, await around(twin)) })
}

/** A trigger on one table of the twin: `body` is what it does with `new`. */
export function byTrigger(
  source: string,
  names: Names,
  { on, body }: { readonly on: string; readonly body: string },
): Sabotage {
  return sabotage(source, {
    ...names,
    async apply(twin) {
      const [event, table] = on.split(' on ')
      await twin.admin.query(
        `create function public.of_somebody() returns trigger language plpgsql as $$ begin ${body} end $$`,
      )
      await twin.admin.query(
        `create trigger of_somebody before ${event ?? ''} on ${table ?? ''} for each row execute function public.of_somebody()`,
      )
      await twin.admin.query(`alter table ${table ?? ''} enable always trigger of_somebody`)
      return twin
    },
  })
}

/** The twin, with its pages answered by a process whose people are broken, and with somebody before them. */
export async function withPeople(twin: TwinWorld, bend: PeopleBend, around?: Around): Promise<World> {
  const origin = await twin.serve(page => page, around, bend)
  return { ...twin, origin: async () => origin }
}
