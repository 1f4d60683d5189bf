// The package has no types of its own: here is what this room uses of it.
declare module 'autocannon' {
  namespace autocannon {
    export interface Client {
      on(event: 'headers', listener: (head: { shouldKeepAlive: boolean }) => void): void
      on(event: 'connError', listener: () => void): void
      setRequests(requests: PlannedRequest[]): void
      /** Its own: opens a connection, and sends the first request on it. */
      _connect(): void
      /** Its own: what was sent and has no answer yet. */
      pipelinedRequests: { clear(): void; toArray(): { startTime: [seconds: number, nanoseconds: number] }[] }
    }
    export interface PlannedRequest {
      method?: string
      path?: string
      headers?: Readonly<Record<string, string>> | undefined
      body?: string | undefined
    }
    export interface Options {
      url: string
      connections: number
      /** Seconds. */
      duration: number
      /** Seconds. */
      timeout: number
      /** Milliseconds between looks at whether to stop. */
      sampleInt: number
      method: string
      headers: Record<string, string>
      body?: string
      requests?: PlannedRequest[]
      setupClient?: (client: Client) => void
    }
    export interface Result {
      start: Date
      errors: number
      timeouts: number
      requests: { sent: number }
    }
    export interface Instance extends PromiseLike<Result> {
      on(
        event: 'response',
        listener: (client: Client, status: number, bytes: number, latency_ms: number) => void,
      ): void
      on(event: 'reqError', listener: (error: Error) => void): void
      stop(): void
    }
  }
  function autocannon(options: autocannon.Options): autocannon.Instance
  export = autocannon
}
