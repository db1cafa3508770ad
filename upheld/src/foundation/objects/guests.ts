import type { Clock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import { refuse } from './errors.ts'
import type { ObjectFacts } from './layout.ts'
import type { OpenedObject, OrganizationObjects } from './objects.ts'

/** Somebody who is let into an organization for a while, such as staff under a grant. */
export interface Guest {
  /** A pseudonym. */
  readonly id: string
  readonly grant: string
  readonly writes: boolean
}

type Act = 'read' | 'list' | 'put' | 'remove' | 'copy' | 'renew'

/** Where what guests do is written down. Both throw when the guest is let in no more. */
export interface GuestBook {
  /** In the organization's own log, and committed, before anything of it is done. `name`: of the object, or how it begins. */
  tell(organization: OrganizationId, guest: Guest, act: Act, name: string): Promise<void>
  ask(organization: OrganizationId, guest: Guest): Promise<void>
}

interface GuestPorts {
  readonly guests: GuestBook
  readonly clock: Pick<Clock, 'monotonicMs'>
}

/** How long a guest who is let in no more may go on reading what they began to read. */
const askedEveryMs = 500

/** The same objects for a guest: nothing is read, listed or changed before it was told. */
export function attended(objects: OrganizationObjects, guest: Guest, ports: GuestPorts): OrganizationObjects {
  const { organization } = objects
  const tell = (act: Act, name: string): Promise<void> => ports.guests.tell(organization, guest, act, name)
  const tellChange = async (act: Act, name: string): Promise<void> => {
    if (!guest.writes) throw refuse.reads_only()
    await tell(act, name)
  }
  return Object.freeze({
    organization,
    async put(name: string, ...given: Tail<OrganizationObjects['put']>) {
      await tellChange('put', name)
      return objects.put(name, ...given)
    },
    async get(name: string, ...given: Tail<OrganizationObjects['get']>) {
      await tell('read', name)
      const opened = await objects.get(name, ...given)
      return opened === undefined ? undefined : whileLetIn(opened, organization, guest, ports)
    },
    async head(name: string, ...given: Tail<OrganizationObjects['head']>) {
      await tell('read', name)
      return objects.head(name, ...given)
    },
    async *list(prefix = ''): AsyncGenerator<ObjectFacts> {
      await tell('list', prefix)
      yield* objects.list(prefix)
    },
    async remove(name: string) {
      await tellChange('remove', name)
      await objects.remove(name)
    },
    async copy(from: string, ...given: Tail<OrganizationObjects['copy']>) {
      await tellChange('copy', from)
      return objects.copy(from, ...given)
    },
    async *renew(): AsyncGenerator<ObjectFacts> {
      await tellChange('renew', '')
      yield* objects.renew()
    },
  })
}

type Tail<F> = F extends (first: string, ...rest: infer R) => unknown ? R : never

/** The bytes end with what lets the guest in, twice a second at the latest, between two chunks. */
export function whileLetIn(
  { facts, bytes }: OpenedObject,
  organization: OrganizationId,
  guest: Guest,
  { guests, clock }: GuestPorts,
): OpenedObject {
  async function* letIn(): AsyncGenerator<Uint8Array> {
    let askedMs = clock.monotonicMs()
    for await (const chunk of bytes) {
      if (clock.monotonicMs() - askedMs >= askedEveryMs) {
        await guests.ask(organization, guest)
        askedMs = clock.monotonicMs()
      }
      yield chunk
    }
  }
  return Object.freeze({ facts, bytes: letIn() })
}
