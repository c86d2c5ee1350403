// Ends TLS on localhost before a service that speaks plain http: `proxy.cjs KEY CERTIFICATE FILE`. The first line on
// standard output is `listening on https://localhost:PORT`; FILE holds the same of the service, once it is there. The
// proxy is there first, because the service is told at its start where it is reached.
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

// A client that is slow between two requests must not find its connection closed.
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log(`listening on https://localhost:${server.address().port}`));
