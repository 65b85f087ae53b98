// What handlers are given: the request, ways to answer, logs.

export function makeContext(call) {
  return {
    req: makeRequest(call),
    res: makeResponse(),
    log: (...messages) => call.log(messages, call.logs),
    error: (...messages) => call.log(messages, call.errors),
  };
}

function makeRequest({ head, body }) {
  const headers = {};
  for (const [name, value] of head.headers) {
    const key = name.toLowerCase();
    if (!key.startsWith("x-open-runtimes-")) {
      headers[key] = key in headers ? headers[key] + (key === "cookie" ? "; " : ", ") + value : value;
    }
  }
  for (const [name, value] of Object.entries(JSON.parse(process.env.OPEN_RUNTIMES_HEADERS || "{}"))) {
    headers[name.toLowerCase()] = String(value);
  }
  const scheme = headers["x-forwarded-proto"] || "http";
  const usual = scheme === "https" ? 443 : 80;
  const [, host, , given] = /^(\[[^\]]*\]|[^:]*)(:(\d+))?/.exec(headers.host || "localhost");
  const port = given ? Number(given) : usual;
  const mark = head.path.indexOf("?");
  const path = mark < 0 ? head.path : head.path.slice(0, mark);
  const queryString = mark < 0 ? "" : head.path.slice(mark + 1);
  return {
    headers,
    method: head.method,
    scheme,
    host,
    port,
    path,
    queryString,
    query: parsed(queryString),
    url: `${scheme}://${host}${port === usual ? "" : `:${port}`}${path}${queryString ? `?${queryString}` : ""}`,
    bodyBinary: body,
    get bodyText() {
      return body.toString("utf8");
    },
    get bodyRaw() {
      return this.bodyText;
    },
    get bodyJson() {
      return JSON.parse(this.bodyText);
    },
    get body() {
      const json = (headers["content-type"] || "").toLowerCase().startsWith("application/json");
      if (!json) {
        return this.bodyText;
      }
      return body.length > 0 ? this.bodyJson : {};
    },
  };
}

function parsed(queryString) {
  const query = {};
  for (const item of queryString.split("&")) {
    const sign = item.indexOf("=");
    const key = sign < 0 ? item : item.slice(0, sign);
    if (key) {
      Object.defineProperty(query, key, {
        value: sign < 0 ? "" : item.slice(sign + 1),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
  }
  return query;
}

function makeResponse() {
  const binary = (bytes, statusCode = 200, headers = {}) => ({ body: bytes, statusCode, headers });
  const text = (body, statusCode = 200, headers = {}) => binary(Buffer.from(String(body)), statusCode, headers);
  return {
    binary,
    text,
    send: (body, statusCode = 200, headers = {}) => ({ body, statusCode, headers }),
    json: (value, statusCode = 200, headers = {}) =>
      text(JSON.stringify(value), statusCode, { ...headers, "content-type": "application/json" }),
    empty: () => text("", 204),
    redirect: (url, statusCode = 301, headers = {}) => text("", statusCode, { ...headers, location: url }),
  };
}
