import type { ComponentChildren } from 'preact'
import type { ApiError } from '../api.ts'

/** What went wrong, and the way out. */
export function Failure({ error, onRetry }: { error: ApiError; onRetry?: (() => void) | undefined }) {
  return (
    <div class="notice bad" role="alert">
      <p>
        <strong>{error.message}</strong>
      </p>
      {error.fix && <p class="fix">{error.fix}</p>}
      <p class="small">
        <code>{error.code}</code>
        {onRetry && (
          <button type="button" class="link" onClick={onRetry}>
            Try again
          </button>
        )}
      </p>
    </div>
  )
}

/** What is worth knowing and stops nothing. */
export function Notice({ children }: { children: ComponentChildren }) {
  return <div class="notice">{children}</div>
}
