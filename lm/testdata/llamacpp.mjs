// What llama.cpp says of a GGUF file, as JSON lines, for tests and benchmarks of package lm.
//
//   node llamacpp.mjs MODEL [MODULES [KV-TYPE [CONTEXT [GPU]]]]
//
// MODULES is the folder that scripts/llamacpp.sh fills (.agon/llamacpp/node_modules of this checkout if absent or "").
// One thread. KV-TYPE is the type of the key and value cache, F16 (llama.cpp's default) or F32. GPU is cuda or vulkan, whose binaries of
// node-llama-cpp have to be in MODULES too, and all layers run there; without it none does.
//
// Each line of stdin is one request, each line of stdout its answer, in order:
//
//   {"do": "logits", "tokens": [1, 2], "last": true}  -> {"logits": [[...]]}: after each token, or the last one alone;
//                                                       with "batch": 1 the tokens go in one by one;
//                                                       with "more": true they follow those of the request before
//   {"do": "greedy", "tokens": [1, 2], "n": 8}        -> {"tokens": [...]}: at most n, ends before an end of generation
//   {"do": "tokenize", "text": "a", "special": false} -> {"tokens": [...]}: without a BOS
//   {"do": "detokenize", "tokens": [1, 2]}            -> {"text": "..."}
//   {"do": "bench", "prefill": 256, "generate": 128}  -> {"prefill_s": 0.1, "generate_s": 0.2}: median of five
//
// A request that fails answers {"error": "..."}. The first line is {"ready": true, "bos": 1, "eos": 2, "add_bos": true, "device": "cpu"}.
import {createInterface} from "node:readline";
import {dirname, join} from "node:path";
import {fileURLToPath, pathToFileURL} from "node:url";

const [model, modulesArg, kv = "F16", contextArg = "512", gpu = ""] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const modules = modulesArg || join(here, "..", "..", ".agon", "llamacpp", "node_modules");
const {getLlama, LlamaLogLevel} = await import(pathToFileURL(join(modules, "node-llama-cpp", "dist", "index.js")));

const llama = await getLlama({
    gpu: gpu || false, build: "never", skipDownload: true, maxThreads: 1, logLevel: LlamaLogLevel.error, progressLogs: false
});
const weights = await llama.loadModel({modelPath: model, gpuLayers: gpu ? "max" : 0});
const context = await weights.createContext({
    contextSize: Number(contextArg), batchSize: Number(contextArg), threads: 1, sequences: 1,
    flashAttention: false, experimentalKvCacheKeyType: kv, experimentalKvCacheValueType: kv
});
const sequence = context.getSequence();
const vocabulary = weights.fileInfo.metadata.tokenizer.ggml.tokens.length;

async function logits(tokens, last, batch, more) {
    if (!more)
        await sequence.clearHistory();
    const ask = {generateNext: {logits: true}};
    const items = tokens.map((t, i) => (last && i + 1 < tokens.length) ? t : [t, ask]);
    const out = [];
    for (let i = 0; i < items.length; i += batch)
        out.push(...await sequence.controlledEvaluate(items.slice(i, i + batch)));
    return out.filter((o) => o != null).map(({next}) => {
        const row = new Array(vocabulary).fill(null);
        for (const [token, value] of next.logits)
            row[token] = value;
        return row;
    });
}

async function greedy(tokens, n) {
    await sequence.clearHistory();
    const out = [];
    for await (const token of sequence.evaluate(tokens, {temperature: 0, yieldEogToken: false})) {
        out.push(token);
        if (out.length >= n)
            break;
    }
    return out;
}

// The binding itself, without the queue of the JavaScript around it, so that llama.cpp alone is measured.
async function bench(prefill, generate) {
    const raw = context._ctx;
    const seconds = async (work) => {
        const took = [];
        for (let i = 0; i < 5; i++) {
            raw.disposeSequence(0);
            took.push(await work());
        }
        raw.disposeSequence(0);
        return took.sort((a, b) => a - b)[2];
    };
    const feed = async (at, tokens) => {
        raw.initBatch(tokens.length);
        raw.addToBatch(0, at, Uint32Array.from(tokens), Uint32Array.from([tokens.length - 1]));
        await raw.decodeBatch();
    };
    const prompt = Array.from({length: prefill}, (_, i) => 3 + i % (vocabulary - 3));
    const now = () => Number(process.hrtime.bigint()) / 1e9;
    return {
        prefill_s: await seconds(async () => {
            const start = now();
            await feed(0, prompt);
            return now() - start;
        }),
        generate_s: await seconds(async () => {
            await feed(0, [1]);
            const start = now();
            for (let i = 0; i < generate; i++)
                await feed(1 + i, [3 + i % (vocabulary - 3)]);
            return now() - start;
        })
    };
}

async function answer(r) {
    switch (r.do) {
        case "logits": return {logits: await logits(r.tokens, r.last, r.batch ?? r.tokens.length, r.more)};
        case "greedy": return {tokens: await greedy(r.tokens, r.n)};
        case "tokenize": return {tokens: Array.from(weights._model.tokenize(r.text, !!r.special))};
        case "detokenize": return {text: weights._model.detokenize(Uint32Array.from(r.tokens), true)};
        case "bench": return await bench(r.prefill, r.generate);
    }
    throw new Error(`unknown request ${r.do}`);
}

const say = (o) => process.stdout.write(JSON.stringify(o) + "\n");
say({
    ready: true, bos: weights.tokens.bos, eos: weights.tokens.eos, add_bos: weights._model.shouldPrependBosToken?.() ?? null,
    device: gpu ? (await llama.getGpuDeviceNames()).join(", ") : "cpu"
});
for await (const line of createInterface({input: process.stdin})) {
    try {
        say(await answer(JSON.parse(line)));
    } catch (err) {
        say({error: String(err?.message ?? err)});
    }
}
process.exit(0);
