// node unmodified.cjs CLIENT URL ELSEWHERE HEADERS: asks for the URL, prints the body, and tries
// to reach ELSEWHERE, without knowing of the mock.
"use strict";

const http = require("node:http");
const https = require("node:https");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");
const tls = require("node:tls");

const [client, url, elsewhere, headersAsJson] = process.argv.slice(2);
const headers = JSON.parse(headersAsJson);

function text(module, ...words) {
  return new Promise((resolve, reject) => {
    const request = module.get(...words, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (part) => (body += part));
      answer.on("end", () => resolve(body));
    });
    request.on("error", reject);
  });
}

// Over a socket of one's own, connected by port and host.
function raw() {
  const { hostname, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = new net.Socket();
    socket.on("error", reject);
    socket.connect(443, hostname, () => {
      const secure = tls.connect({ socket, servername: hostname }, () => {
        const lines = Object.entries({ ...headers, Host: hostname, Connection: "close" });
        secure.write(`GET ${pathname} HTTP/1.1\r\n`);
        secure.write(lines.map(([name, value]) => `${name}: ${value}\r\n`).join("") + "\r\n");
      });
      let answer = "";
      secure.setEncoding("utf8").on("data", (part) => (answer += part));
      secure.on("error", reject).on("end", () => resolve(answer.split("\r\n\r\n")[1]));
    });
  });
}

const clients = {
  fetch: async (url, headers) => (await fetch(url, { headers })).text(),
  https: (url, headers) => text(https, url, { headers }),
  tls: raw,
  axios: async (url, headers) =>
    (await require(process.env.AXIOS).get(url, { headers, responseType: "text", transformResponse: [] })).data,
};

async function others() {
  const server = http.createServer((_, answer) => answer.end("own"));
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  const found = [
    await clients.fetch(`http://127.0.0.1:${port}/`, {}),
    await text(http, `http://localhost:${port}/`, { family: 4 }),
    await text(http, {
      createConnection: () => new net.Socket().connect(port, "127.0.0.1"),
    }),
  ];
  server.close();
  const socketPath = path.join(os.tmpdir(), `own-${process.pid}.sock`);
  const local = http.createServer((_, answer) => answer.end("own"));
  await new Promise((ready) => local.listen(socketPath, ready));
  found.push(await text(http, { socketPath }));
  local.close();
  console.log(JSON.stringify(found));
}

async function ask() {
  console.log(await clients[client](url, headers));
  if (client !== "tls" && process.env.LEAVE) await clients[client](elsewhere, {}).catch(() => {});
}

(client === "others" ? others() : ask()).catch((error) => {
  console.error(error.cause?.code ?? error.code ?? error);
  process.exit(1);
});
