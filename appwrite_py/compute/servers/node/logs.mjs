// Logs of a call: what is logged, as text, cut to what is kept.

import { inspect, types } from "node:util";

import { send } from "./frames.mjs";

const LOG_LINE = 8000; // characters of one log call
const OURS = new URL(".", import.meta.url).href; // files that lead to the function's code, as stacks name them
const LOG_TOTAL = 1_000_000; // characters that are sent as they come; of what follows the end is kept

export class Log {
  constructor(id, stream) {
    this.id = id;
    this.stream = stream;
    this.sent = 0;
    this.kept = [];
    this.length = 0;
  }

  write(line) {
    const text = `${cut(line)}\n`;
    if (this.sent + text.length <= LOG_TOTAL) {
      this.sent += text.length;
      send({ is: "log", id: this.id, stream: this.stream }, Buffer.from(text));
      return;
    }
    this.sent = LOG_TOTAL;
    this.kept.push(text);
    this.length += text.length;
    while (this.length - this.kept[0].length >= LOG_TOTAL) {
      this.length -= this.kept.shift().length;
    }
  }

  finish() {
    if (this.kept.length > 0) {
      send({ is: "log", id: this.id, stream: this.stream }, Buffer.from(this.kept.join("")));
    }
  }
}

function cut(line) {
  const end = `... Log truncated due to size limit (${LOG_LINE} characters)`;
  return line.length > LOG_LINE ? line.slice(0, LOG_LINE) + end : line;
}

export function shown(value) {
  if (typeof value === "string") {
    return value;
  }
  if (types.isNativeError(value) || value instanceof Error) {
    return traced(value) || String(value);
  }
  if (typeof value !== "object" || value === null) {
    return typeof value === "function" ? `[Function ${value.name || "anonymous"}]` : String(value);
  }
  const above = [];
  try {
    return JSON.stringify(value, function plain(key, item) {
      while (above.length > 0 && above[above.length - 1] !== this) {
        above.pop();
      }
      if (typeof item === "bigint" || typeof item === "function" || typeof item === "symbol") {
        return shown(typeof item === "symbol" ? item.toString() : item);
      }
      if (typeof item !== "object" || item === null) {
        return item;
      }
      if (above.includes(item)) {
        return "[Circular]";
      }
      const simple = simplified(item);
      above.push(simple);
      return simple;
    });
  } catch {
    return inspect(value);
  }
}

function simplified(value) {
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [shown(key), item]));
  }
  if (value instanceof Set) {
    return [...value];
  }
  return types.isNativeError(value) ? traced(value) : value;
}

// The stack of an error without what called the function
export function traced(error) {
  const stack = error.stack;
  return typeof stack === "string" ? stack.split("\n").filter((line) => !isOurs(line)).join("\n") : stack;
}

function isOurs(line) {
  return line.startsWith("    at ") && line.includes(OURS);
}
