// Validates FHIR resources (JSON or XML) with the npm package fhir: prints what it has against each; exit 1 for errors.
// node validate.mjs FILE...
import fs from "node:fs";
import fhir from "fhir";

const checker = new fhir.Fhir();
let errors = 0;
for (const file of process.argv.slice(2)) {
  const text = fs.readFileSync(file, "utf8");
  const resource = text.trimStart().startsWith("<") ? checker.xmlToObj(text) : JSON.parse(text);
  const result = checker.validate(resource, { errorOnUnexpected: true });
  for (const message of result.messages ?? [])
    console.log(`${message.severity}: ${file}: ${message.location}: ${message.message}`);
  errors += (result.messages ?? []).filter((m) => m.severity === "error" || m.severity === "fatal").length;
}
process.exit(errors > 0 ? 1 : 0);
