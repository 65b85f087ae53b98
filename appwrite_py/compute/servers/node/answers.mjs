// Answers: what goes back for the value that a handler has returned.

import { Readable } from "node:stream";

import { shown } from "./logs.mjs";

const BODY_LIMIT = Number(process.argv[3]);
const NOTHING_RETURNED = "Return statement missing. return context.res.empty() if no response is expected.";
const NOT_AN_ANSWER = "The function returned a value that is no response. Return what a method of context.res gives.";

// Throws what cannot be passed on; the message says why
export async function answerOf(output) {
  if (output === null || output === undefined) {
    throw new Error(NOTHING_RETURNED);
  }
  if (typeof output !== "object" || Array.isArray(output)) {
    throw new Error(NOT_AN_ANSWER);
  }
  const body = await bytesOf(output.body);
  if (body.length > BODY_LIMIT) {
    throw new Error(`The response's body is larger than ${BODY_LIMIT} bytes.`);
  }
  return { status: statusOf(output.statusCode), headers: headersOf(output.headers || {}), body };
}

async function bytesOf(body) {
  if (body === null || body === undefined) {
    return Buffer.alloc(0);
  }
  if (Buffer.isBuffer(body)) {
    return body;
  }
  if (body instanceof ArrayBuffer) {
    return Buffer.from(body);
  }
  if (ArrayBuffer.isView(body)) {
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }
  if (body instanceof Readable || typeof body.pipe === "function") {
    return collected(body);
  }
  return Buffer.from(typeof body === "object" ? JSON.stringify(body) : String(body));
}

async function collected(stream) {
  const pieces = [];
  let length = 0;
  for await (const piece of stream) {
    pieces.push(Buffer.from(piece));
    length += piece.length;
    if (length > BODY_LIMIT) {
      break;
    }
  }
  return Buffer.concat(pieces);
}

function statusOf(status = 200) {
  const number = typeof status === "string" && status.trim() !== "" ? Number(status) : status;
  if (!Number.isInteger(number) || number < 200 || number > 599) {
    throw new Error(`The response's status is no number between 200 and 599: ${shown(status)}`);
  }
  return number;
}

export function headersOf(headers) {
  if (typeof headers !== "object") {
    throw new Error("The response's headers are no object.");
  }
  const lines = [];
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    if (key.startsWith("x-open-runtimes-") || value === null || value === undefined) {
      continue;
    }
    for (const item of Array.isArray(value) ? value : [value]) {
      if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(key) || !/^[\t\x20-\x7e\x80-\ud7ff\ue000-\u{10ffff}]*$/u.test(String(item))) {
        throw new Error(`The response's header ${shown(name)} is not valid.`);
      }
      lines.push([key, String(item)]);
    }
  }
  const type = lines.find(([key]) => key === "content-type");
  const given = type ? type[1] : "text/plain";
  const multipart = /^\s*multipart\//i.test(given); // boundaries tell capitals apart
  const value = multipart ? given : given.toLowerCase();
  const whole = multipart || value.includes("charset=") ? value : `${value}; charset=utf-8`;
  return [...lines.filter(([key]) => key !== "content-type"), ["content-type", whole]];
}
