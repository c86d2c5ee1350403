// The smallest loop over Lambda's Runtime API: aws-lambda-ric needs a C++ toolchain to install. Its start takes longer.
import http from "node:http";

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");

function ask(method, path, body) {
  const headers = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  return new Promise((done, failed) => {
    const options = { host, port, method, path: `/2018-06-01/runtime/invocation/${path}`, agent, headers };
    const request = http.request(options, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => done([response.headers, Buffer.concat(parts)]));
    });
    request.on("error", failed);
    request.end(body);
  });
}

export async function serve(handler) {
  for (;;) {
    const [headers, event] = await ask("GET", "next");
    const response = JSON.stringify(await handler(JSON.parse(event)));
    await ask("POST", `${headers["lambda-runtime-aws-request-id"]}/response`, response);
  }
}
