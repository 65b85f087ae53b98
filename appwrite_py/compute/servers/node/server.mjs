// Runs a function written for Node.js: takes its calls over a socket it was started with, and answers them there.
// Speaks the frames of compute/executors/frames.py. Nothing but the standard library is used, of Node.js 14 and later.

import { writeFileSync } from "node:fs";

import { Call, current, printed, running } from "./calls.mjs";
import { receive, send } from "./frames.mjs";
import { prepare } from "./loading.mjs";
import { shown } from "./logs.mjs";

process.on("uncaughtException", (error) => {
  const culprit = current.getStore();
  const failed = culprit && running.has(culprit) ? [culprit] : [...running];
  for (const call of failed) {
    call.retire = true;
    call.answer(call.fail(error));
  }
  printed.error(shown(error));
  if (failed.length === 0) {
    send({ is: "retire" });
  }
});

process.on("unhandledRejection", (reason) => {
  const culprit = current.getStore();
  if (culprit && running.has(culprit)) {
    culprit.log([reason], culprit.errors);
  }
  printed.error(shown(reason));
});

function prefer() {
  try {
    writeFileSync("/proc/self/oom_score_adj", "1000"); // where memory runs out, functions go first
  } catch {
    // not on this machine
  }
}

prefer();
receive((head, body) => {
  if (head.do === "start") {
    prepare(head);
    Object.assign(process.env, head.environment);
    process.argv.splice(2); // none of the function's business
    send({ is: "ready" });
  } else if (head.do === "call") {
    const call = new Call(head, body);
    call.run().catch((error) => {
      call.retire = true;
      call.answer(call.fail(error));
    });
  }
});
