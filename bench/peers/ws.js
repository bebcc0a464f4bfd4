// The ws package on Node, as its own examples broadcast: one send for each client.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  backlog: 4096,
  perMessageDeflate: false,
});
server.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (text) => {
    for (const client of server.clients) client.send(text, { binary: false });
  });
});
server.on("listening", () =>
  console.log(JSON.stringify({ addr: `127.0.0.1:${server.address().port}` })),
);
