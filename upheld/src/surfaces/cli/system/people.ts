import { openPeopleOf, type RunningApplication } from '../../../application.ts'
import type { People } from '../../../people.ts'
import { upheld, type Upheld } from '../../../upheld.ts'
import { platformOptions } from './platform.ts'
import type { LoginUrls } from './logins.ts'
import type { State } from './state.ts'

/** The keys of people in a state folder. */
export function peopleFiles({ peppers, guessKey, supportKey }: State) {
  return { pepperFile: peppers, guessKeyFile: guessKey, supportKeyFile: supportKey }
}

/** The platform and its people for as long as the work lasts, as the application opens them. */
export async function withPeople<T>(
  {
    application,
    state,
    urls,
    origin,
  }: {
    readonly application: RunningApplication
    readonly state: State
    readonly urls: LoginUrls
    readonly origin: string
  },
  work: (platform: Upheld, people: People | undefined) => Promise<T>,
): Promise<T> {
  const platform = upheld(platformOptions(state, urls))
  const people = peopleOf(application, platform, state, urls, origin)
  try {
    return await work(platform, people)
  } finally {
    await people?.close()
    await platform.close()
  }
}

/** The people of a system in a state folder; undefined where the application keeps them itself. The caller closes them. */
export function peopleOf(
  application: RunningApplication,
  platform: Upheld,
  state: State,
  urls: Pick<LoginUrls, 'app' | 'staff' | 'identity'>,
  origin: string,
): People | undefined {
  const { vault } = platformOptions(state, urls)
  const files = { contextKeyFile: state.contextKey, ...peopleFiles(state) }
  return openPeopleOf(application, platform, { databaseUrl: urls.identity, ...files, vault, origin })
}
