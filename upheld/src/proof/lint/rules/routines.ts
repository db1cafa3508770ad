import type { Rule } from '../rule.ts'
import { entersSchema, grantsToApp, listed, namesOfApp, quoted, revokes } from './ways.ts'

const leakproof: Rule = {
  id: 'routine.leakproof',
  holes: [24, 37],
  severity: 'high',
  title: 'A function is marked LEAKPROOF',
  why: 'Postgres runs it on rows before the policy has judged them. If it tells anything about its argument, by an error or by its cost, it tells of rows of others.',
  needs: ['routines'],
  tenancy: false,
  *check({ routines }) {
    for (const { label } of routines.filter(one => one.leakproof)) {
      yield {
        place: { kind: 'function', label },
        saw: `${label} is marked LEAKPROOF.`,
        mend: [`ALTER ROUTINE ${label} NOT LEAKPROOF`],
      }
    }
  },
}

const untrusted: Rule = {
  id: 'routine.untrusted-language',
  holes: [40],
  severity: 'high',
  title: 'A function is written in a language that nothing confines',
  why: 'It runs with the rights of the server itself: files, network, memory. A fault in it is a fault of the whole server.',
  needs: ['routines', 'roles', 'schemas', 'extensions'],
  *check(catalogue, ground) {
    const names = namesOfApp(catalogue, ground)
    const languages = catalogue.languages.filter(({ trusted }) => !trusted).map(({ name }) => name)
    for (const routine of catalogue.routines) {
      if (!languages.includes(routine.language) || routine.extension !== null) continue
      const grants = grantsToApp(routine.grants, routine.owner, names, ['EXECUTE'])
      if (grants.length === 0 || !entersSchema(catalogue, names, routine.schema)) continue
      yield {
        place: { kind: 'function', label: routine.label },
        saw: `${routine.label} is written in ${routine.language}, and the application may call it.`,
        mend: revokes(`ROUTINE ${routine.label}`, routine.owner, grants),
      }
    }
    for (const language of languages) {
      if (catalogue.routines.some(routine => routine.language === language && routine.extension === null)) continue
      // An extension may be no more than its language: it goes as a whole.
      const extension = catalogue.extensions.find(({ name }) => name === language)
      yield {
        place: { kind: 'object', label: language },
        saw: `The language ${language} is installed, and nothing uses it.`,
        severity: 'low',
        mend: [extension === undefined ? `DROP LANGUAGE ${quoted(language)}` : `DROP EXTENSION ${quoted(language)}`],
      }
    }
  },
}

const restrictive: Rule = {
  id: 'policy.named-roles',
  holes: [25, 27],
  severity: 'low',
  title: 'A restrictive policy names roles',
  why: 'DROP OWNED BY took its caller out of the roles of a policy, and cached plans have outlived a change of role. A policy for PUBLIC has neither weakness.',
  needs: ['policies', 'relations'],
  *check(catalogue, ground) {
    for (const relation of catalogue.relations.filter(({ oid }) => ground.tenantTables.has(oid))) {
      for (const policy of relation.policies.filter(one => !one.permissive && one.roles.length > 0)) {
        yield {
          place: { kind: 'policy', label: `${quoted(policy.name)} on ${relation.label}` },
          saw: `The restrictive policy ${policy.name} on ${relation.label} holds for ${listed(policy.roles)} only.`,
          mend: [`ALTER POLICY ${quoted(policy.name)} ON ${relation.label} TO PUBLIC`],
        }
      }
    }
  },
}

export const routineRules: readonly Rule[] = [leakproof, untrusted, restrictive]
