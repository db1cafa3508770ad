import type { UpheldError } from '../../core/errors.ts'
import type { Markup } from '../look/index.ts'
import { field } from './forms.ts'

/** What somebody proves with who they are, the same at the door and inside. `error`: of the last try with this one. */
export function totpField(error: UpheldError | undefined, name = 'totp', label = 'Code of your app'): Markup {
  const hint = 'Six digits, new every half minute.'
  return field({ name, label, autocomplete: 'one-time-code', hint, numeric: true, lengthMax: 12, error })
}

export function recoveryField(error: UpheldError | undefined): Markup {
  const hint = 'One of those that you wrote down. It works once.'
  return field({ name: 'recovery', label: 'A recovery code', autocomplete: 'off', hint, lengthMax: 60, error })
}

export function passwordField(error: UpheldError | undefined, label = 'Password'): Markup {
  const [name, autocomplete] = ['password', 'current-password'] as const
  return field({ name, label, type: name, autocomplete, error })
}
