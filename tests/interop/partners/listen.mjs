// A partner's listener (node-hl7-server): prints each message that comes, one JSON line each, and acknowledges it.
// node listen.mjs PORT
import { Server } from "node-hl7-server";

const server = new Server({ bindAddress: "127.0.0.1" });
const inbound = server.createInbound({ port: Number(process.argv[2]) }, async (req, res) => {
  const message = req.getMessage();
  const all = ["MSH.9.1", "MSH.9.2", "MSH.10", "MSA.1", "MSA.2", "RF1.1.1", "RF1.11.1", "PID.3.1", "NTE.3"];
  console.log(JSON.stringify(Object.fromEntries(all.map((path) => [path, message.get(path).toString()]))));
  await res.sendResponse("AA");
});
inbound.on("listen", () => console.log(JSON.stringify({ listening: true })));
