import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('reviews', {
  bad_request: { status: 400, public: 'Something that was asked of an access review is not right.' },
  not_found: { status: 404, public: 'There is no such review, or no such line in it.' },
  may_not: { status: 403, public: 'You may not begin, decide or close access reviews here.' },
  own_access: { status: 403, public: 'Nobody reviews their own access.', mend: 'Another owner has to decide this.' },
  not_yours: { status: 403, public: 'This is for another reviewer to decide, or for an owner.' },
  bad_reviewer: { status: 400, public: 'A reviewer is a member who may decide in access reviews.' },
  already_open: { status: 409, public: 'A review is going on here.', mend: 'Close it first.' },
  already_decided: { status: 409, public: 'This was decided already, and a decision stands.' },
  over: { status: 409, public: 'The time to decide in this review is over.' },
  undecided: {
    status: 409,
    public: 'Something in this review is not decided yet.',
    mend: 'Decide it, or wait for the end of the review.',
  },
  nothing_found: { status: 500, public: 'A review found nothing to review, so it does not count as one.' },
  too_much: { status: 500, public: 'There is more access here than one review can hold.' },
})
