import type { Retouch, Sabotage } from '../../claims/index.ts'

const retouches: readonly (readonly [name: string, says: string, retouch: Retouch])[] = [
  [
    'plans-shown-as-upheld',
    'the page shows what is planned as if it were in place',
    body =>
      body
        .replaceAll('data-verdict="planned"', 'data-verdict="upheld"')
        .replaceAll(/("verdict":\s*)"planned"/g, '$1"upheld"'),
  ],
  [
    'promises-shown-without-proof',
    'the page shows sentences whose claims are not proven now',
    body =>
      body
        .replaceAll('data-published="false"', 'data-published="true"')
        .replaceAll(/("published":\s*)false/g, '$1true'),
  ],
  [
    'plans-hidden',
    'the page no longer lists what is planned',
    body => body.replaceAll(/data-claim="([a-z0-9.-]+)"(\s+)data-verdict="planned"/g, 'title="$1"'),
  ],
]

export const sabotages: readonly Sabotage[] = Object.freeze(
  retouches.map(([name, says, retouch]) =>
    Object.freeze({
      name,
      says,
      source: import.meta.url,
      async apply(twin: Parameters<Sabotage['apply']>[0]) {
        const origin = await twin.serve(retouch)
        return { ...twin, origin: async () => origin }
      },
    }),
  ),
)
