// Runs every check with Microsoft's client for JavaScript: `run.cjs URL PROXY`. Prints a line for each, and the counts
// at the end.
const dns = require("node:dns");
const net = require("node:net");
const { CHECKS, Service } = require("./service.cjs");
require("./users.cjs");
require("./errors.cjs");
require("./methods.cjs");
require("./reports.cjs");

// Uses the address of localhost on which the proxy listens, without trying several at once.
dns.setDefaultResultOrder("ipv4first");
net.setDefaultAutoSelectFamily(false);

async function main(direct, url) {
  const service = await Service.connect(direct, url);
  let failed = 0;
  for (const { name, make } of CHECKS) {
    try {
      await make(service);
      console.log(`ok      ${name}`);
    } catch (error) {
      // Any error fails this check only, not the others.
      failed += 1;
      const cause = error.cause ? ` (${error.cause})` : "";
      console.log(`FAILED  ${name}\n        ${error.name}: ${error.message}${cause}`);
    }
  }
  console.log(`${CHECKS.length - failed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

main(...process.argv.slice(2));
