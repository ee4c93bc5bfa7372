/** Probability, 0 to 1, that a text is code. Reads the first some kB. */
export async function classifyContent(text: string): Promise<number> {
  const lines = text
    .slice(0, 4096)
    .split('\n')
    .filter((line) => line.trim() !== '')
  const coded = lines.filter((line) =>
    /[;{}]\s*$|^\s*(?:#include|import|def|class|function|const|let|return|if\s*\()|\w\(.*\)\s*[:;{]?$|[=!]==?|->|::/.test(
      line,
    ),
  )
  return lines.length === 0 ? 0 : Math.min(1, (coded.length / lines.length) * 1.5)
}
