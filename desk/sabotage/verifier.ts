import { fixed, rewrite, type Sabotage } from './sabotage.ts'

const claim = 'isolation.rows'
const verifier = 'upheld.organization_id()'

/** A connection keeps what it was given, also when the function is whole again. */
const endKeptContexts = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and usename = 'upheld_app'`

/** The function that every policy asks, and the one that says for whom it answers. */
export const verifiers: readonly Sabotage[] = [
  {
    name: 'signature-ignored',
    says: 'The verifier does not look at the signature any more, so anybody can write a context.',
    claim,
    plan: sql => rewrite(sql, [verifier], /sha256\(outer_block [^\n]* = substring\(token, 37\)/, 'true'),
  },
  {
    name: 'expiry-ignored',
    says: 'The verifier takes a context however old it is.',
    claim,
    plan: sql => rewrite(sql, [verifier], /and substring\(token, 19, 4\) between [^]*?\+ 305\)/, ''),
  },
  {
    name: 'context-kept',
    says: 'The context stays on a pooled connection after the transaction, for whoever gets it next.',
    claim,
    async plan(sql) {
      const functions = ['upheld.enter(text)', 'upheld.enter(text, integer)']
      const passage = /(set_config\('upheld\.context', case[^;]*?split_part\(token, '\{', 1\) end), true\)/
      const plan = await rewrite(sql, functions, passage, '$1, false)')
      return { ...plan, mend: [...plan.mend, endKeptContexts] }
    },
  },
  {
    name: 'verifier-immutable',
    says: 'The verifier was marked IMMUTABLE, so a kept plan answers with an organization of before.',
    claim,
    plan: fixed({
      break: [`alter function ${verifier} immutable`],
      mend: [`alter function ${verifier} stable`],
    }),
  },
]
