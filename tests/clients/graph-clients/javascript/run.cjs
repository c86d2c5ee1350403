// Makes every check with Microsoft's client for JavaScript: `run.cjs URL PROXY`. A line for each, and their count at
// the end.
const dns = require("node:dns");
const net = require("node:net");
const { CHECKS, Service } = require("./service.cjs");
require("./users.cjs");
require("./errors.cjs");
require("./methods.cjs");
require("./reports.cjs");

// The address of localhost on which the proxy listens, and no race between several.
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
      // Whatever goes wrong is this check's failure, and not that of the others.
      failed += 1;
      const cause = error.cause ? ` (${error.cause})` : "";
      console.log(`FAILED  ${name}\n        ${error.name}: ${error.message}${cause}`);
    }
  }
  console.log(`${CHECKS.length - failed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

main(...process.argv.slice(2));
