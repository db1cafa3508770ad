import type { Around, PeopleBend, Sabotage, TwinWorld, World } from '../../src/index.ts'

// What sabotages are made of that the claims do not know of.

export function unseenIn(source: string) {
  return (name: string, apply: (twin: TwinWorld) => Promise<World>): Sabotage => ({
    name,
    says: 'somebody did something that nobody thought of',
    source,
    apply,
  })
}

/** The twin, with its pages answered by a process whose people are broken, and with somebody before them. */
export async function served(twin: TwinWorld, bend: PeopleBend, around?: Around): Promise<World> {
  const origin = await twin.serve(page => page, around, bend)
  return { ...twin, origin: async () => origin }
}

export async function withSql(twin: TwinWorld, sql: string): Promise<TwinWorld> {
  await twin.admin.query(sql)
  return twin
}

/** Each row passes through `body` on its way in. */
export const trigger = (name: string, on: string, event: string, body: string): string =>
  `create function public.${name}() returns trigger language plpgsql security definer as $$ begin ${body} end $$;
   create trigger ${name} before ${event} on ${on} for each row execute function public.${name}();
   alter table ${on} enable always trigger ${name}`
