import type { Sabotage } from '../../claims/index.ts'
import { broken, each } from '../objects/breaking.ts'
import { linkSabotages } from './sabotaged-links.ts'
import { storeSabotages } from './sabotaged-store.ts'

const source = import.meta.url

/** What a handle does for its own organization, done for another one. */
const handleSabotages: readonly Sabotage[] = [
  broken(source, 'list-of-all', 'listing tells the objects of every organization', twin => ({
    objects: each((own, all) => ({
      async *list(prefix) {
        yield* own.list(prefix)
        yield* all.of(own.organization === twin.thief ? twin.victim : twin.thief).list(prefix)
      },
    })),
  })),
  broken(source, 'found-anywhere', 'what is not found in one organization is looked for in the others', twin => ({
    objects: each((own, all) => ({
      get: async (name, options) => (await own.get(name, options)) ?? (await all.of(twin.victim).get(name, options)),
    })),
  })),
  broken(source, 'facts-found-anywhere', 'name, size and type are told of objects of every organization', twin => ({
    objects: each((own, all) => ({
      head: async (name, options) => (await own.head(name, options)) ?? (await all.of(twin.victim).head(name, options)),
    })),
  })),
  broken(source, 'copy-across', 'copying takes the object from whoever has one of that name', twin => ({
    objects: each((own, all) => ({
      async copy(from, to, options) {
        if ((await own.head(from)) !== undefined) return own.copy(from, to, options)
        const found = await all.of(twin.victim).get(from)
        if (found === undefined) return own.copy(from, to, options)
        return own.put(to, found.bytes, { contentType: found.facts.contentType, replace: true })
      },
    })),
  })),
  broken(source, 'remove-across', 'removing removes the object of that name wherever it is', twin => ({
    objects: each((_, all) => ({
      async remove(name) {
        for (const one of [twin.thief, twin.victim]) await all.of(one).remove(name)
      },
    })),
  })),
  broken(source, 'names-taken-once', 'a name can be taken once in the whole system', twin => ({
    objects: each((own, all) => ({
      async put(name, content, options) {
        const other = all.of(own.organization === twin.thief ? twin.victim : twin.thief)
        const taken = name.endsWith('.pdf') && (await other.head(name)) !== undefined
        return taken ? other.put(name, content, { ...options, replace: false }) : own.put(name, content, options)
      },
    })),
  })),
  broken(source, 'always-replaced', 'putting replaces what is there, asked or not', () => ({
    objects: each(own => ({ put: (name, content, options) => own.put(name, content, { ...options, replace: true }) })),
  })),
  broken(source, 'version-ignored', 'any version is given when one is asked for', () => ({
    objects: each(own => ({
      get: (name, { range } = {}) => own.get(name, range === undefined ? {} : { range }),
      head: name => own.head(name),
    })),
  })),
]

export const sabotages: readonly Sabotage[] = [...handleSabotages, ...linkSabotages, ...storeSabotages]
