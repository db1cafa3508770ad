import type { Database } from '../../../src/core/ports.ts'
import { readCatalogue, type Catalogue, type Policy, type Relation } from '../../../src/foundation/catalogue/index.ts'
import { findGround, type Ground } from '../../../src/proof/lint/ground.ts'

/**
 * The published lint list of Supabase as we read it on 2026-11-21, at commit 55db5b1 of supabase/splinter (2026-04-27):
 * ids, and what each looks for, in our own words. Read in its favor: our application's login counts as their two roles,
 * every schema as one that their API serves. It is no code of theirs, and not their tool.
 */
type Check = (catalogue: Catalogue, ground: Ground) => readonly string[]

const hasText = (policy: Policy, pattern: RegExp): boolean =>
  [policy.using, policy.check].some(text => text !== null && pattern.test(text))
const labels = (relations: readonly Relation[]): readonly string[] => relations.map(({ label }) => label)
const reads = (ground: Ground, relation: Relation): boolean => ground.mayAnyApp('SELECT', relation)
/** They look at plain tables; a partition is one, its parent is not. */
const tables = ({ relations }: Catalogue): readonly Relation[] =>
  relations.filter(({ kind, extension }) => kind === 'table' && extension === null)

const sensitive =
  /^(passw(or)?d|pwd|passphrase|secret|(secret|private|api|auth|session|pgp|gpg|ssh|license|activation)_?key|apikey|jwt|((access|refresh|oauth|session|bearer)_)?token|(recovery|backup|verification|auth)_code|otp|ssn|iban|cvv|cvc|credit_card|card_number|bank_account|account_number|passport_number|national_id|tax_id|health_record|medical_record|patient_id|certificate)$/

const checks: Readonly<Record<string, Check>> = {
  auth_users_exposed: (catalogue, ground) => {
    const users = catalogue.relations.find(({ label }) => label === 'auth.users')
    return labels(
      catalogue.relations.filter(
        view => users !== undefined && view.reads.includes(users.oid) && reads(ground, view) && !view.securityInvoker,
      ),
    )
  },
  policy_exists_rls_disabled: catalogue =>
    labels(tables(catalogue).filter(({ policies, rowSecurity }) => policies.length > 0 && !rowSecurity)),
  rls_enabled_no_policy: catalogue =>
    labels(tables(catalogue).filter(({ policies, rowSecurity }) => policies.length === 0 && rowSecurity)),
  security_definer_view: ({ relations }, ground) =>
    labels(
      relations.filter(
        one => one.kind === 'view' && one.extension === null && !one.securityInvoker && reads(ground, one),
      ),
    ),
  function_search_path_mutable: ({ routines }) =>
    routines
      .filter(({ extension, settings }) => extension === null && !settings.some(one => one.startsWith('search_path=')))
      .map(({ label }) => label),
  rls_disabled_in_public: (catalogue, ground) =>
    labels(tables(catalogue).filter(one => !one.rowSecurity && reads(ground, one))),
  extension_in_public: ({ extensions }) =>
    extensions.filter(({ name, schema }) => schema === 'public' && name !== 'plpgsql').map(({ name }) => name),
  rls_references_user_metadata: ({ relations }) =>
    labels(
      relations.filter(({ policies }) =>
        policies.some(one => hasText(one, /(auth\.jwt\(\)|request\.jwt).*user_metadata/s)),
      ),
    ),
  materialized_view_in_api: ({ relations }, ground) =>
    labels(relations.filter(one => one.kind === 'materialized view' && one.extension === null && reads(ground, one))),
  foreign_table_in_api: ({ relations }, ground) =>
    labels(relations.filter(one => one.kind === 'foreign table' && one.extension === null && reads(ground, one))),
  unsupported_reg_types: ({ relations }) =>
    labels(
      relations.filter(({ columns }) =>
        columns.some(({ base }) =>
          /^reg(collation|config|dictionary|namespace|oper|operator|proc|procedure)$/.test(base),
        ),
      ),
    ),
  insecure_queue_exposed_in_api: (catalogue, ground) =>
    labels(
      tables(catalogue).filter(
        one => one.schema === 'pgmq' && one.name.startsWith('q_') && !one.rowSecurity && reads(ground, one),
      ),
    ),
  fkey_to_auth_unique: ({ relations }) => {
    const auth = new Map(relations.filter(({ schema }) => schema === 'auth').map(one => [one.oid, one]))
    return labels(
      relations.filter(({ foreignKeys }) =>
        foreignKeys.some(key =>
          auth
            .get(key.target)
            ?.uniqueKeys.some(unique => !unique.primary && unique.columns.join() === key.targetColumns.join()),
        ),
      ),
    )
  },
  sensitive_columns_exposed: (catalogue, ground) =>
    labels(
      tables(catalogue).filter(
        one =>
          !one.rowSecurity &&
          reads(ground, one) &&
          one.columns.some(({ name }) => sensitive.test(name.toLowerCase().replaceAll('-', '_'))),
      ),
    ),
  rls_policy_always_true: (catalogue, ground) =>
    tables(catalogue)
      .filter(({ rowSecurity }) => rowSecurity)
      .flatMap(({ label, policies }) =>
        policies.filter(policy => alwaysTrue(policy, ground)).map(({ name }) => `${label} ${name}`),
      ),
  public_bucket_allows_listing: ({ relations }) =>
    labels(
      relations.filter(one => one.label === 'storage.objects' && one.policies.some(policy => policy.command === 'r')),
    ),
  pg_graphql_anon_table_exposed: inGraphql,
  pg_graphql_authenticated_table_exposed: inGraphql,
  anon_security_definer_function_executable: callableDefiners,
  authenticated_security_definer_function_executable: callableDefiners,
  // Filed under performance, but about policies.
  auth_rls_initplan: catalogue =>
    labels(
      tables(catalogue).filter(({ policies }) =>
        policies.some(policy => hasText(policy, /(?<!select )(auth\.(uid|jwt|role|email)\(\)|current_setting\()/i)),
      ),
    ),
  multiple_permissive_policies: catalogue =>
    labels(
      tables(catalogue).filter(({ policies }) => {
        const permissive = policies.filter(one => one.permissive)
        return permissive.some((one, index) =>
          permissive
            .slice(index + 1)
            .some(
              other =>
                (one.command === other.command || one.command === '*' || other.command === '*') &&
                (one.roles.length === 0 ||
                  other.roles.length === 0 ||
                  one.roles.some(role => other.roles.includes(role))),
            ),
        )
      }),
    ),
}

function inGraphql(catalogue: Catalogue, ground: Ground): readonly string[] {
  if (!catalogue.extensions.some(({ name }) => name === 'pg_graphql')) return []
  return labels(tables(catalogue).filter(one => reads(ground, one)))
}

function callableDefiners({ routines }: Catalogue, ground: Ground): readonly string[] {
  const names = new Set(['', ...ground.appRoles.map(({ name }) => name)])
  const strong = ground.appRoles.some(({ superuser }) => superuser)
  return routines
    .filter(({ definer, grants }) => definer && (strong || grants.some(({ grantee }) => names.has(grantee))))
    .map(({ label }) => label)
}

/** Four spellings of true, and only where rows are written. */
function alwaysTrue({ command, permissive, roles, using, check }: Policy, ground: Ground): boolean {
  const forUs = roles.length === 0 || ground.appRoles.some(({ name }) => roles.includes(name))
  if (!permissive || !forUs) return false
  const open = (text: string | null): boolean => text !== null && /^\(?(true|1=1)\)?$/i.test(text.replaceAll(/\s/g, ''))
  const writes = command !== 'r' && command !== 'a'
  const usingOpen = writes && (open(using) || using === null)
  const checkOpen =
    open(check) || (check === null && (command === 'a' || (['w', '*'].includes(command) && open(using))))
  return usingOpen || checkOpen
}

/** What their list says about a database, as `id object`. `known` is its catalogue, when it was read already. */
export async function peersSay(
  database: Database,
  options: { readonly appRoles?: readonly string[] } = {},
  known?: Catalogue,
): Promise<readonly string[]> {
  const catalogue = known ?? (await readCatalogue(database))
  const ground = findGround(catalogue, options)
  const { rows } = await database.query(
    `select e.extname from pg_extension e join pg_available_extensions a on a.name = e.extname
     where a.default_version <> e.extversion order by 1`,
  )
  return [
    ...Object.entries(checks).flatMap(([id, check]) => check(catalogue, ground).map(object => `${id} ${object}`)),
    ...rows.map(row => `extension_versions_outdated ${String(row['extname'])}`),
  ]
}
