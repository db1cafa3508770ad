import { claim } from '../../claims/index.ts'
import { attackWidget } from './prober.ts'
import { sabotages } from './sabotages.ts'

/** What a chat widget on a customer's page holds, in every hand but the right one. */
export const widgetScoped = claim({
  kind: 'proven',
  id: 'widget.scoped',
  sentence:
    'The chat widget works with short-lived tokens that open one visitor, one organization and one site, for what visitors may do and nothing else.',
  population: 'every route that the application declares for visitors, and the ways on which a page gets a token',
  extent: 'whole',
  freshnessMins: 120,
  observationsMin: 100,
  timeoutSecs: 300,
  assumptions: [
    'a browser says truly which page asks: what is no browser may name any page, and gets no more than an anonymous visitor of it',
    'what a route of visitors takes by its identifier is one visitor’s own',
    'the server of a customer says truly who is signed in there',
  ],
  notCovered: [
    'a token that was read on its own page, such as by a script that was put into it: it opens that visitor for some minutes',
    'how often a page may ask for tokens',
  ],
  mappings: { asvs: ['v5.0.0-9.1.1', 'v5.0.0-9.2.1', 'v5.0.0-9.2.2', 'v5.0.0-9.2.3', 'v5.0.0-8.2.2'], soc2: ['CC6.1'] },
  probe: {
    says: 'Tokens are got as pages and servers get them, and used on other pages, of other organizations and visitors, for other scopes, where members, staff, keys and directories go; before their time and after it, changed, cut, lengthened, joined, rewritten; after their page was removed and their key ended.',
    source: import.meta.url,
    run: attackWidget,
  },
  sabotages,
})
