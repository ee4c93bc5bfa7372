type List = HTMLElement | null

/** Focuses a hit by its place in the list; false where there is none. */
export function focusHit(list: List, at: number): boolean {
  const link = links(list)[at]
  link?.focus()
  link?.closest('li')?.scrollIntoView({ block: 'nearest' })
  return link !== undefined
}

/** To the next hit, or the one before; above the first is the field. False where the keys belong to something else. */
export function moveHit(list: List, step: 1 | -1): boolean {
  if (!isVisible(list) || isIn('.reader')) return false
  const at = current(list)
  if (at === 0 && step === -1) {
    focusQuery()
    return true
  }
  if (at === -1) return focusHit(list, 0)
  return focusHit(list, at + step)
}

export function focusQuery(): void {
  document.getElementById('query')?.focus()
}

/** Shows or hides why the focused hit stands where it stands. */
export function toggleWhy(list: List): boolean {
  const hit = list?.querySelectorAll('li.hit')[current(list)]
  hit?.querySelector<HTMLElement>('[data-why]')?.click()
  return hit !== undefined
}

function links(list: List): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>('[data-hit]') ?? [])]
}

function current(list: List): number {
  return links(list).findIndex((link) => link.closest('li')?.contains(document.activeElement))
}

function isVisible(list: List): boolean {
  return list !== null && list.offsetParent !== null
}

function isIn(selector: string): boolean {
  return document.activeElement?.closest(selector) !== null
}
