// Sends HL7 v2 messages with a partner's own library and prints its answers, one JSON line each.
// node send.mjs node-hl7-client|simple-hl7 PORT FILE...
import fs from "node:fs";

const [library, port, ...files] = process.argv.slice(2);
const texts = files.map((file) => fs.readFileSync(file, "utf8"));
const say = (message) => console.log(JSON.stringify(message));

async function nodeHl7Client() {
  const { Client, Message } = await import("node-hl7-client");
  const client = new Client({ host: "127.0.0.1" });
  let heard;
  const connection = client.createConnection({ port: Number(port), waitAck: true }, (res) => {
    const ack = res.getMessage();
    say({ code: ack.get("MSA.1").toString(), control: ack.get("MSA.2").toString() });
    heard();
  });
  await new Promise((resolve) => connection.on("connect", resolve));
  for (const text of texts) {
    const answered = new Promise((resolve) => { heard = resolve; });
    await connection.sendMessage(new Message({ text }));
    await answered;
  }
  await connection.close();
}

async function simpleHl7() {
  const hl7 = (await import("simple-hl7")).default;
  const client = hl7.Server.createTcpClient("127.0.0.1", Number(port));
  const parser = new hl7.Parser();
  for (const text of texts)
    await new Promise((resolve, reject) => {
      client.send(parser.parse(text), (error, ack) => {
        if (error) return reject(error);
        const msa = ack.getSegment("MSA");
        say({ code: msa.getField(1), control: msa.getField(2) });
        resolve();
      });
    });
  client.close();
}

await (library === "simple-hl7" ? simpleHl7() : nodeHl7Client());
process.exit(0);
