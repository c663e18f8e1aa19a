// SPDX-License-Identifier: GPL-2.0-or-later
//
// Gives SQL to an engine of the npm packages chdb and @duckdb/node-api:
//
//   node ask_engine.mjs clickhouse|duckdb PACKAGES < a JSON array of SQL texts > a JSON array of answers
//
// PACKAGES is the folder node_modules.  A text may have several statements, each ended by a semicolon at the
// end of a line; an answer is the rows of the last one, by column, and the milliseconds that the text took.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

async function openClickhouse(require) {
	const session = new (require("chdb").Session)();

	return async (sql) => {
		const text = session.query(sql, "JSONEachRow");

		return (typeof text === "string" ? text : "").split("\n").filter((line) => line).map((line) => JSON.parse(line));
	};
}

async function openDuckdb(require) {
	const { DuckDBInstance } = require("@duckdb/node-api");
	const connection = await (await DuckDBInstance.create(":memory:")).connect();

	return async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

const [engine, packages] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(packages), "x.js"));
const ask = await { clickhouse: openClickhouse, duckdb: openDuckdb }[engine](require);
const answers = [];

for (const text of JSON.parse(fs.readFileSync(0, "utf8"))) {
	const begin = performance.now();
	let rows = [];

	for (const statement of text.split(/;\s*$/m).filter((part) => part.replace(/--.*$/gm, "").trim()))
		rows = await ask(statement);
	answers.push({ rows, ms: performance.now() - begin });
}
fs.writeFileSync(1, JSON.stringify(answers) + "\n");
process.exit(0);
