// How is a build tried without compiling the server again? It is served from dist/, and all else is asked of the server behind.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};
/** The server's own, so that what it would refuse is refused here, too. */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Puts itself before a server; its address is what browsers go to. */
export function front(behind: string, port: number): Promise<{ url: string; stop: () => void }> {
  const target = new URL(behind);
  const server: Server = createServer((asked, answer) => {
    const path = new URL(asked.url ?? "/", behind).pathname;
    if (path.startsWith("/ui/")) {
      const named = join("dist/app", normalize(path.slice("/ui".length)));
      const isFile = existsSync(named) && statSync(named).isFile();
      const file = isFile ? named : "dist/app/index.html";
      answer.writeHead(200, {
        "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
        "Content-Security-Policy": POLICY,
      });
      createReadStream(file).pipe(answer);
      return;
    }
    const on = request(
      { host: target.hostname, port: target.port, path: asked.url, method: asked.method, headers: asked.headers },
      (told) => {
        answer.writeHead(told.statusCode ?? 502, told.headers);
        // A stream of events begins with its head, long before its first event.
        answer.flushHeaders();
        told.pipe(answer);
      },
    );
    on.on("error", () => answer.destroy());
    answer.on("close", () => on.destroy());
    asked.pipe(on);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () =>
      resolve({
        url: `http://127.0.0.1:${port}`,
        stop: () => {
          server.closeAllConnections();
          server.close();
        },
      }),
    );
  });
}
