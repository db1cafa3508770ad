import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('page', {
  bad_page: { status: 500, public: 'The security page cannot be built from its source.' },
  unreadable: {
    status: 500,
    public: 'The source of the security page cannot be read.',
    mend: 'Name a Markdown file that this user may read. A first one: upheld page init --template desk --out security.md',
  },
})
