// Terminates TLS on localhost for a service that speaks plain HTTP: `proxy.cjs KEY CERTIFICATE FILE`. The first line on
// standard output is `listening on https://localhost:PORT`. FILE contains the same line of the service, once that has
// started. The proxy starts first, because the service needs its public address at its start.
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");

const [key, certificate, file] = process.argv.slice(2);
const ANNOUNCED = /^listening on http:\/\/([^:]+):(\d+)$/m;

const secret = { key: fs.readFileSync(key), cert: fs.readFileSync(certificate) };

const server = https.createServer(secret, (asked, answer) => {
  const fail = () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end());
  const found = ANNOUNCED.exec(fs.readFileSync(file, "utf8"));
  if (!found) {
    fail();
    return;
  }
  const { method, url: path, headers } = asked;
  const service = { host: found[1], port: found[2], agent: false };
  const passed = http.request({ ...service, method, path, headers }, (answered) => {
    answer.writeHead(answered.statusCode, answered.rawHeaders);
    answered.pipe(answer);
  });
  passed.on("error", fail);
  asked.pipe(passed);
});

// Never closes an idle connection, so that a client that is slow between two requests can still use it.
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log(`listening on https://localhost:${server.address().port}`));
