// The function's module: how it is found, and what is told when it cannot be loaded.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { shown, traced } from "./logs.mjs";

const NO_HANDLER = "Function signature invalid. Did you forget to export a 'main' function?";

let setup = null;
let handler = null;
let loading = null;

class Fault extends Error {}

// `head`: the frame that says what is to be loaded, and from where
export function prepare(head) {
  setup = head;
}

export function handlerOf() {
  return handler || load();
}

function load() {
  loading = loading || loaded().finally(() => (loading = null));
  return loading;
}

async function loaded() {
  const file = resolve(setup.folder, setup.entrypoint);
  const inner = relative(setup.folder, file);
  if (!setup.entrypoint || inner.startsWith("..") || isAbsolute(inner) || !existsSync(file)) {
    throw new Fault(`Failed to load entrypoint, file ${setup.entrypoint} does not exist.`);
  }
  const module = await required(file);
  const found = (module && module.default) || module;
  if (typeof found !== "function") {
    throw new Fault(NO_HANDLER);
  }
  handler = found;
  return found;
}

async function required(file) {
  try {
    return createRequire(file)(file);
  } catch (error) {
    if (error && ["ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE"].includes(error.code)) {
      return import(pathToFileURL(file).href);
    }
    throw error;
  }
}

export function loadingFault(error) {
  if (error instanceof Fault) {
    return error.message;
  }
  const details = error && error.stack ? `\n${traced(error)}` : "";
  const message = error && error.message !== undefined ? error.message : shown(error);
  if (error instanceof SyntaxError) {
    return `Syntax error in ${setup.entrypoint}: ${message}${details}`;
  }
  return `${error instanceof TypeError ? message : `Failed to load module: ${message}`}${details}`;
}
