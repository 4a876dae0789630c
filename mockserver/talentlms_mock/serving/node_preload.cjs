// Node loads this before the program: connections to ports 443 and 80 of a portal of the vendor go
// to the mock, all others are unchanged. Before version 24, Node has no variable that would make its
// fetch and https use a proxy.
"use strict";

const { Socket } = require("node:net");

const mock = new URLSearchParams(process.env.TALENTLMS_MOCK_NODE ?? "");
const portal = /^[a-z0-9-]+\.talentlms\.com\.?$/i;
const { connect } = Socket.prototype;

Socket.prototype.connect = function (...words) {
  // Either (options, listener) or (port, host, listener); Node's own callers wrap them in an array.
  const list = Array.isArray(words[0]) ? words[0] : words;
  const inOptions = typeof list[0] === "object" && list[0] !== null;
  const { host, port } = inOptions ? list[0] : { port: list[0], host: list[1] };
  const led = typeof host === "string" && portal.test(host) ? mock.get(String(port)) : null;
  if (led === null) return connect.apply(this, words);

  const address = { host: mock.get("host"), port: Number(led) };
  if (inOptions) list[0] = { ...list[0], ...address };
  else list.splice(0, 2, address.port, address.host);
  return connect.apply(this, words);
};
