/**
 * From 1.30 on ONNX Runtime would write an id of the device into the user's cache and send figures to its makers. It looks at
 * the process's environment when it is loaded; what a thread sets in its own copy it does not see.
 */
export function switchOffTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY ??= '1'
}
