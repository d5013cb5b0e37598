// Validates FHIR resources (JSON or XML) with the npm package fhir: prints what it has against each; exit 1 for errors.
// node validate.mjs FILE...
import fs from "node:fs";
import fhir from "fhir";

const checker = new fhir.Fhir();
const elements = (xml) => [...xml.matchAll(/<([A-Za-z]\w*)/g)].map((found) => found[1]).sort();

// The package leaves out, without a word, XML elements that it does not know: what does not come back was none of FHIR's.
function leftOut(text, resource) {
  const back = elements(checker.objToXml(resource));
  return elements(text).filter((name) => {
    const at = back.indexOf(name);
    if (at >= 0) back.splice(at, 1);
    return at < 0;
  });
}

let errors = 0;
for (const file of process.argv.slice(2)) {
  const text = fs.readFileSync(file, "utf8");
  const xml = text.trimStart().startsWith("<");
  const resource = xml ? checker.xmlToObj(text) : JSON.parse(text);
  const result = checker.validate(resource, { errorOnUnexpected: true });
  const messages = result.messages ?? [];
  for (const name of xml ? leftOut(text, resource) : [])
    messages.push({ severity: "error", location: name, message: "Unexpected element" });
  for (const message of messages)
    console.log(`${message.severity}: ${file}: ${message.location}: ${message.message}`);
  errors += messages.filter((m) => m.severity === "error" || m.severity === "fatal").length;
}
process.exit(errors > 0 ? 1 : 0);
