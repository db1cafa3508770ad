import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('console', {
  not_found: { status: 404, public: 'There is nothing here.' },
  method: { status: 405, public: 'This address does not take that.' },
  away: {
    status: 503,
    public: 'The database does not answer, so nothing can be shown now.',
    mend: 'Look again in a minute; upheld doctor says what is wrong.',
  },
  too_many_streams: {
    status: 429,
    public: 'As many pages are being followed as can be at once.',
    mend: 'Close one of them, or look again by the link: the page shows the same.',
  },
})
