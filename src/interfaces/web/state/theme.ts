import { useLayoutEffect, useState } from 'preact/hooks'

export type Theme = 'system' | 'light' | 'dark'

const NAME = 'semdex.theme'
const ORDER: readonly Theme[] = ['system', 'light', 'dark']

/** Light or dark: what the system says until the person says otherwise, here and from then on. */
export function useTheme(): { theme: Theme; next(): void } {
  const [theme, setTheme] = useState<Theme>(() => ORDER.find((each) => each === localStorage.getItem(NAME)) ?? 'system')
  useLayoutEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
    localStorage.setItem(NAME, theme)
  }, [theme])
  return { theme, next: () => setTheme((now) => ORDER[(ORDER.indexOf(now) + 1) % ORDER.length] as Theme) }
}
