import { cannotProbe, type LoginRole, type World } from '../../claims/index.ts'
import type { Secrets } from './secrets.ts'

interface Statement {
  readonly says: string
  readonly text: (secret: string) => string
  /** The secret is bound as a parameter, and does not stand in the text. */
  readonly bound?: true
}

/** Statements that fail or do not, each with a secret in it: a server that is set so writes down all of them. */
const list: readonly Statement[] = [
  { says: 'a parameter that is no uuid', text: () => 'select $1::uuid', bound: true },
  { says: 'a parameter that is no number', text: () => 'select $1::integer', bound: true },
  { says: 'a parameter that is no JSON', text: () => 'select $1::jsonb', bound: true },
  { says: 'a parameter that is no time', text: () => 'select $1::timestamptz', bound: true },
  { says: 'a parameter of what fails elsewhere', text: () => 'select $1::text, 1 / 0', bound: true },
  { says: 'a parameter of what goes well', text: () => 'select $1::text', bound: true },
  { says: 'a value in a statement that fails', text: secret => `select '${secret}'::integer` },
  { says: 'a value in a statement that goes well', text: secret => `select '${secret}'` },
  { says: 'a name that is none', text: secret => `select "${secret}"` },
  { says: 'a comment', text: secret => `select 1 / 0 /* ${secret} */` },
  { says: 'a word that is no SQL', text: secret => `${secret} 1` },
  { says: 'an error that is raised', text: secret => `do $$ begin raise exception '${secret}'; end $$` },
  { says: 'a message that is raised', text: secret => `do $$ begin raise warning '${secret}'; end $$` },
]

function statements(secrets: Secrets, by: string) {
  return list.map(({ says, text, bound }) => {
    const input = `database, ${by}: ${says}`
    const secret = secrets.plant(input)
    return { text: text(secret), values: bound === true ? [secret] : [] }
  })
}

/** Through the handle that the application holds, as one organization. */
export async function failInHandle(world: World, secrets: Secrets): Promise<void> {
  const platform = world.open({ connectionsMax: 1 })
  try {
    const organization = platform.organization(world.entrance?.author ?? world.thief)
    await send((text, values) => organization.query(text, values), secrets, 'the application’s handle')
  } finally {
    await platform.close()
  }
}

/** With a login, by hand. */
export async function failInLogin(world: World, role: LoginRole, secrets: Secrets): Promise<void> {
  const login = world.login(role)
  try {
    await login.query('select 1').catch((cause: unknown) => {
      throw cannotProbe(`The login ${role} cannot do anything.`, cause)
    })
    await send((text, values) => login.query(text, values), secrets, `the login ${role}`)
  } finally {
    await login.close()
  }
}

type Send = (text: string, values: readonly string[]) => Promise<unknown>

async function send(query: Send, secrets: Secrets, by: string): Promise<void> {
  for (const { text, values } of statements(secrets, by)) await query(text, values).catch(() => undefined)
}
