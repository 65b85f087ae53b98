// Frames between this process and the server, as compute/executors/frames.py has them.

import { Socket } from "node:net";

const socket = new Socket({ fd: Number(process.argv[2]), readable: true, writable: true });
const exit = process.exit.bind(process);

export function send(head, body = Buffer.alloc(0)) {
  const text = Buffer.from(JSON.stringify(head));
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32BE(text.length, 0);
  sizes.writeUInt32BE(body.length, 4);
  socket.write(Buffer.concat([sizes, text, body]));
}

export function receive(take) {
  socket.on("close", () => exit(0));
  socket.on("error", () => exit(0));
  let waiting = [];
  let length = 0;
  let wanted = 8;
  socket.on("data", (piece) => {
    waiting.push(piece);
    length += piece.length;
    while (length >= wanted) {
      const whole = waiting.length === 1 ? waiting[0] : Buffer.concat(waiting, length);
      const head = whole.readUInt32BE(0);
      const size = 8 + head + whole.readUInt32BE(4);
      if (length < size) {
        wanted = size;
        waiting = [whole];
        return;
      }
      waiting = [whole.subarray(size)];
      length -= size;
      wanted = 8;
      take(JSON.parse(whole.toString("utf8", 8, 8 + head)), whole.subarray(8 + head, size));
    }
  });
}
