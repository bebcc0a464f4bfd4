// Much talk, quickly.

/** In the page: one more session says `count` lines of uneven length in a topic, `flight` at a time. */
export function talk({ topic, count, flight = 8 }) {
  return new Promise((done, fail) => {
    const socket = new WebSocket(`ws://${location.host}/ws`, "landline.v1");
    const send = (type, data) => socket.send(JSON.stringify({ type, data }));
    let said = 0;
    let stored = 0;
    const say = () => {
      said += 1;
      const words = "and so it goes on ".repeat(said % 7 === 0 ? 20 : said % 3);
      send("MSG", { topic, content: `line ${said} ${words}`, message_id: `${topic}-line-${said}` });
    };
    socket.onerror = () => fail(new Error("the socket failed"));
    socket.onopen = () =>
      send("HELLO", {
        user_id: "11111111-1111-4111-8111-111111111111",
        display_name: "Speaker",
        token: "t".repeat(32),
      });
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === "HELLO_ACK") send("JOIN_TOPIC", { topic });
      if (frame.type === "ERROR") fail(new Error(data));
      if (frame.type === "TOPIC_JOINED") for (let index = 0; index < Math.min(flight, count); index++) say();
      if (frame.type !== "MSG_ACK") return;
      stored += 1;
      if (said < count) say();
      if (stored < count) return;
      socket.close();
      done();
    };
  });
}
