// A partner's listener (node-hl7-server) that keeps each message on the disk before it says AA, as a custodian has to.
// node keep.mjs PORT FILE
import fs from "node:fs/promises";
import { Server } from "node-hl7-server";

const file = await fs.open(process.argv[3], "a");
const server = new Server({ bindAddress: "127.0.0.1" });
const inbound = server.createInbound({ port: Number(process.argv[2]) }, async (req, res) => {
  await file.appendFile(req.getMessage().toString() + "\n");
  await file.datasync();
  await res.sendResponse("AA");
});
inbound.on("listen", () => console.log(JSON.stringify({ listening: true })));
