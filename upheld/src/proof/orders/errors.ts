import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('orders', {
  not_staff: { status: 403, public: 'Only people of the operator order runs.' },
  no_claim: {
    status: 404,
    public: 'There is no claim of this name that can be run now.',
    mend: 'A plan, a statement that somebody signed and a promise that was taken back have nothing to run.',
  },
  no_sabotage: { status: 404, public: 'This claim has no sabotage of this name.' },
  absent: { status: 404, public: 'There is no such order.', mend: 'Orders are kept for 30 days.' },
  busy: {
    status: 409,
    public: 'An order for this claim is waiting or being carried out.',
    mend: 'Follow that one; another can be placed when it has ended.',
  },
  too_many: {
    status: 429,
    public: 'You have placed 20 orders within an hour, which is all that one person may.',
    mend: 'Wait a little. The schedule goes on by itself.',
  },
})
