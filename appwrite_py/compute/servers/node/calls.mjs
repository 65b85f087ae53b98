// One call of the function, from its frame to its answer, and what it prints meanwhile.

import { AsyncLocalStorage } from "node:async_hooks";
import { format } from "node:util";

import { answerOf, headersOf } from "./answers.mjs";
import { makeContext } from "./context.mjs";
import { send } from "./frames.mjs";
import { handlerOf, loadingFault } from "./loading.mjs";
import { Log, shown } from "./logs.mjs";

const NATIVE_NOTICE = "Native logs detected. Use context.log() or context.error() for better experience.";

export const current = new AsyncLocalStorage();
export const running = new Set();
export const printed = { ...console }; // what is nobody's log

export class Call {
  constructor(head, body) {
    this.id = head.id;
    this.head = head;
    this.body = body;
    this.logging = head.logging;
    this.logs = new Log(this.id, "logs");
    this.errors = new Log(this.id, "errors");
    this.noticed = false;
    this.retire = false;
  }

  log(messages, to) {
    if (this.logging && running.has(this)) {
      to.write(messages.map(shown).join(" "));
    }
  }

  native(text) {
    if (!this.noticed) {
      this.noticed = true;
      this.logs.write(NATIVE_NOTICE);
    }
    this.logs.write(text);
  }

  fail(error, status = 500) {
    this.log([error], this.errors);
    return { status, headers: headersOf({}), body: Buffer.alloc(0) };
  }

  async run() {
    running.add(this);
    send({ is: "begun", id: this.id });
    let timer;
    const late = new Promise((done) => {
      timer = setTimeout(() => done(null), this.head.timeout * 1000);
    });
    const outcome = await Promise.race([current.run(this, () => this.handled()), late]);
    clearTimeout(timer);
    if (outcome !== null) {
      this.answer(outcome);
    } else {
      this.retire = true; // whatever it still does, it does not do for long
      this.answer(this.fail("Execution timed out."));
    }
  }

  async handled() {
    let found;
    try {
      found = await handlerOf();
    } catch (error) {
      this.retire = true; // modules that failed are not loaded again
      return this.fail(loadingFault(error), 503);
    }
    if (this.head.only_load) {
      return { status: 204, headers: [], body: Buffer.alloc(0) };
    }
    let output;
    try {
      output = await found(makeContext(this));
    } catch (error) {
      return this.fail(error);
    }
    try {
      return await answerOf(output);
    } catch (error) {
      return this.fail(shown(error.message));
    }
  }

  answer({ status, headers, body }) {
    if (running.has(this)) {
      this.logs.finish();
      this.errors.finish();
      running.delete(this);
      send({ is: "done", id: this.id, status, headers, retire: this.retire }, body);
    }
  }
}

for (const name of ["log", "info", "debug", "warn", "error"]) {
  console[name] = (...messages) => {
    const call = current.getStore();
    if (call && call.logging && running.has(call)) {
      call.native(format(...messages));
    } else {
      printed[name](...messages);
    }
  };
}
