// What npm's tools make of the schemas; tests/schemas/run.sh says what each must.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [step, ...paths] = process.argv.slice(2);
const jsonLines = (file) => fs.readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
const names = (folder) => fs.readdirSync(folder).filter((name) => name.endsWith(".json"));
const read = (folder, name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));

function fail(message) {
  console.error(message);
  process.exit(1);
}

async function ajv(schemas, records) {
  const { default: Ajv } = await import("ajv/dist/2020.js");
  const { default: addFormats } = await import("ajv-formats");
  const validators = {};
  for (const name of names(schemas)) {
    const ajv = new Ajv({ strict: true, logger: { log: fail, warn: fail, error: fail } });
    addFormats(ajv);
    validators[name] = ajv.compile(read(schemas, name));
  }
  let count = 0;
  for (const { schema, record } of jsonLines(records)) {
    const validate = validators[schema];
    if (!validate(record)) fail(`${schema}: ${JSON.stringify(record)}\n${JSON.stringify(validate.errors, null, 1)}`);
    count += 1;
  }
  console.log(`${Object.keys(validators).length} schemas compiled, ${count} records valid`);
}

// How many records of a schema are assigned to its type: the compiler reads each.
const ASSIGNED = 5;

async function write(schemas, records, out) {
  const { compile } = await import("json-schema-to-typescript");
  const { quicktype, InputData, JSONSchemaInput } = await import("quicktype-core");
  for (const folder of ["types", "quicktype"]) fs.mkdirSync(path.join(out, folder), { recursive: true });
  const bySchema = {};
  for (const told of jsonLines(records)) (bySchema[told.schema] ??= []).push(told);
  for (const name of names(schemas)) {
    const schema = read(schemas, name);
    const module = name.replace(".json", "");
    const types = await compile(schema, schema.title);
    fs.writeFileSync(path.join(out, "types", `${module}.ts`), types);
    const input = new JSONSchemaInput(undefined);
    await input.addSource({ name: "Told", schema: JSON.stringify(schema) });
    const data = new InputData();
    data.addInput(input);
    const { lines } = await quicktype({ inputData: data, lang: "typescript" });
    fs.writeFileSync(path.join(out, "quicktype", `${module}.ts`), lines.join("\n"));

    const root = schema.title.split(/[._]/).map((word) => word[0].toUpperCase() + word.slice(1)).join("");
    const assigned = bySchema[name].slice(-ASSIGNED).map(({ record }) => `  ${JSON.stringify(record)},\n`);
    fs.writeFileSync(
      path.join(out, "types", `${module}.assigned.ts`),
      `import type { ${root} } from "./${module}";\nexport const told: ${root}[] = [\n${assigned.join("")}];\n`,
    );
  }
  const compilerOptions = {
    strict: true, noImplicitAny: false, target: "es2022", module: "esnext", moduleResolution: "bundler", types: [],
    rootDir: ".", outDir: "out",
  };
  fs.writeFileSync(path.join(out, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["types/*.ts", "quicktype/*.ts"] }));
  fs.writeFileSync(path.join(out, "package.json"), '{"type": "module"}');
}

// Instants as the converters write them.
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;
const inMilliseconds = (_, value) => (typeof value === "string" && INSTANT.test(value) ? new Date(value).toJSON() : value);
const sorted = (value) =>
  Array.isArray(value) ? value.map(sorted)
  : value && typeof value === "object" ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
  : value;

async function converters(folder, records) {
  const modules = {};
  let count = 0;
  for (const { schema, record } of jsonLines(records)) {
    modules[schema] ??= await import(pathToFileURL(path.join(folder, schema.replace(/json$/, "js"))));
    const { Convert } = modules[schema];
    const back = Convert.toldToJson(Convert.toTold(JSON.stringify(record)));
    const [was, is] = [JSON.stringify(record), back].map((text) => JSON.stringify(sorted(JSON.parse(text, inMilliseconds))));
    if (was !== is) fail(`${schema}: ${was}\nis given back as ${is}`);
    count += 1;
  }
  console.log(`${count} records taken and given back`);
}

const steps = { ajv, write, quicktype: converters };
await steps[step](...paths);
