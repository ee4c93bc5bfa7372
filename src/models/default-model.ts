/** The model that is used where nobody names one. It comes with the package. */
const DEFAULT_MODEL = 'all-MiniLM-L6-v2'

/** The name of the model to use: the one that was asked for, else the configured one, else the embedded default. */
export function modelName(asked: string | null, configured: string | null): string {
  return asked ?? configured ?? DEFAULT_MODEL
}
