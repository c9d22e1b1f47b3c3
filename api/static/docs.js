// Starts Swagger UI. Nothing is kept in the browser: a reload signs out of this page.
"use strict";

// The order of a handler's day; what is not listed comes after, as it is in the document.
const GROUPS = ["accounts", "cases", "organisations", "sessions", "case", "service"];
const METHODS = ["get", "post", "put", "patch", "delete"];

// The document's own example of an id. It is sent as a new id each time, since an id that
// was used before for something else is refused.
const EXAMPLE_ID = "6f1c2f0e-5a39-4c4b-9a55-0d9a3a1f2b7c";

// A body has `content` or `sealed`, never both: these can be sent as they are.
const EXAMPLES = {
  PostMessage: { id: EXAMPLE_ID, content: { text: "Thank you. I have read it." } },
  PostReporterMessage: { id: EXAMPLE_ID, content: { text: "Thank you. It goes on." } },
  StartSession: { token: "the eight words" },
  NextRecord: { approve: EXAMPLE_ID },
  OpenCase: {
    case_id: EXAMPLE_ID,
    token: "the eight words of POST /tokens",
    desk: "guardian",
    excluded: [],
    urgent: false,
    content: {
      concerns: ["bullying"],
      channel: "whatsapp-group",
      story: "An invented story: a group chat mocks a colleague every week.",
      when: "Most weeks since the spring",
      wanted: "That it stops",
    },
  },
};

// What is sealed fills a screen and can be read by nobody: its beginning is enough here.
const LONG = /"(envelope|record|signature|case_key|sealed_key|previous_key|sealed_seed|seal_key|sign_key)":\s*"([\w-]{24})[\w-]+"/g;

function prepared(found) {
  for (const [name, example] of Object.entries(EXAMPLES)) {
    if (found.definitions[name]) found.definitions[name].example = example;
  }
  for (const path of Object.values(found.paths)) {
    for (const call of Object.values(path)) {
      // A summary is shown as it is, without Markdown.
      if (call.summary) call.summary = call.summary.replaceAll("`", "");
    }
  }
  const place = (name) => (GROUPS.indexOf(name) + 1 || GROUPS.length + 1);
  found.tags.sort((one, other) => place(one.name) - place(other.name));
  return found;
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function outgoing(request) {
  const value = request.headers.Authorization;
  if (value && !/^bearer /i.test(value)) {
    request.headers.Authorization = "Bearer " + value.trim();
  }
  if (typeof request.body === "string" && !request.body.includes('"approve"')) {
    request.body = request.body.replaceAll(EXAMPLE_ID, newId());
  }
  return request;
}

// What a person reads comes first, what is sealed last.
const FIRST = ["report", "content"];
const LAST = ["excluded", "reporter", "sealed", "epochs"];

function readable(_name, value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const place = ([name]) =>
    FIRST.includes(name) ? FIRST.indexOf(name) - FIRST.length : LAST.indexOf(name) + 1;
  return Object.fromEntries(Object.entries(value).sort((a, b) => place(a) - place(b)));
}

function incoming(response) {
  // The proof is a file to be kept: it stays as it is.
  const json = (response.headers["content-type"] || "").includes("json");
  if (json && response.text && !response.url.endsWith("/case/proof")) {
    const shown = JSON.stringify(JSON.parse(response.text), readable);
    response.text = response.data = shown.replace(LONG, '"$1":"$2…"');
  }
  return response;
}

async function start() {
  const answer = await fetch("/api/v1/swagger.json", { credentials: "omit" });
  window.ui = SwaggerUIBundle({
    spec: prepared(await answer.json()),
    dom_id: "#swagger-ui",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    operationsSorter: (one, other) =>
      one.get("path").length - other.get("path").length ||
      METHODS.indexOf(one.get("method")) - METHODS.indexOf(other.get("method")),
    displayRequestDuration: false,
    persistAuthorization: false,
    tryItOutEnabled: true,
    validatorUrl: null,
    withCredentials: false,
    requestInterceptor: outgoing,
    responseInterceptor: incoming,
  });
}

start().catch(() => {
  document.getElementById("swagger-ui").textContent =
    "The service did not answer. Reload this page in a minute.";
});
