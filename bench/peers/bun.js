// Bun's own publish (uWebSockets inside): whatever somebody says reaches everybody, and nothing else happens.
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) =>
    server.upgrade(request) ? undefined : new Response("a WebSocket only\n"),
  websocket: {
    perMessageDeflate: false,
    open: (socket) => socket.subscribe("everybody"),
    message: (_, text) => server.publish("everybody", text),
  },
});
console.log(JSON.stringify({ addr: `127.0.0.1:${server.port}` }));
