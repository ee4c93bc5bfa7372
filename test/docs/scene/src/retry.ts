/** Calls `work` again after a failure, waiting twice as long each time. */
export async function retry<T>(work: () => Promise<T>, attempts = 5, delay = 100): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (attempts <= 1) throw error
    await new Promise((resolve) => setTimeout(resolve, delay))
    return retry(work, attempts - 1, delay * 2)
  }
}
