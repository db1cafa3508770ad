import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('log', {
  too_open: {
    status: 500,
    public: 'A log can be read or changed by others than the account that Upheld runs as.',
    mend: 'Close it (chmod 700 for the folder, chmod 600 for its files), and find out who could read it.',
  },
  not_ours: {
    status: 500,
    public: 'In the place of a log there is something else: a link, or a file of another account.',
    mend: 'Move it away. The log is made anew at the next start.',
  },
})
