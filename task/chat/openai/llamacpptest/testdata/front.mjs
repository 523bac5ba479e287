// An OpenAI-compatible front for llama.cpp, for tests of the miner's backends against an engine that is not ours.
//
//   node front.mjs MODEL MODULES [CONTEXT]
//
// MODULES is the folder that scripts/llamacpp.sh fills (.agon/llamacpp/node_modules). One thread, no GPU, keys and values as float32 (its default
// of half precision moves log-probabilities by some thousandths). Listens on a free
// port of the loopback and prints {"port": N} once it serves; ends when its stdin does.
//
//   GET  /v1/models, /props
//   POST /v1/chat/completions   JSON and SSE: temperature, top_p, top_k, seed, stop, logprobs, top_logprobs, usage
//   POST /v1/completions        JSON: prompt, max_tokens, echo, logprobs
//   POST /completion            as llama.cpp's own server has it: prompt (text or tokens), n_predict 1, n_probs, logit_bias by token
//   POST /tokenize              {"tokens"}: content, add_special
//   GET  /stats                 {"running", "tokens"}, for tests
//
// The model evaluates in llama.cpp; the next token is drawn here, from the logits, by the inverse of the cumulative distribution. A chat is the
// contents of its messages, one per line: the model that the tests use has no template.
import {createServer} from "node:http";
import {join} from "node:path";
import {pathToFileURL} from "node:url";

const [file, modules, contextSize = "512"] = process.argv.slice(2);
const {getLlama, LlamaLogLevel} = await import(pathToFileURL(join(modules, "node-llama-cpp", "dist", "index.js")));
const llama = await getLlama({gpu: false, build: "never", skipDownload: true, maxThreads: 1, logLevel: LlamaLogLevel.error, progressLogs: false});
const model = await llama.loadModel({modelPath: file, gpuLayers: 0});
const context = await model.createContext({contextSize: Number(contextSize), batchSize: Number(contextSize), threads: 1, sequences: 1, flashAttention: false,
    experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32"
});
const sequence = context.getSequence();
const name = "stories260K";
const stats = {running: 0, tokens: 0};

// One answer at a time: there is one sequence.
let last = Promise.resolve();
function alone(work) {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
}

class Refused extends Error {}

const tokenize = (text) => [model.tokens.bos, ...model._model.tokenize(text, false)];
const detokenize = (tokens) => model._model.detokenize(Uint32Array.from(tokens), false);

// Log-probabilities from logits: x - log(sum(exp(x))).
function logSoftmax(logits) {
    let max = -Infinity, sum = 0;
    for (const x of logits.values())
        max = Math.max(max, x);
    for (const x of logits.values())
        sum += Math.exp(x - max);
    const log = max + Math.log(sum);
    return [...logits].map(([token, x]) => ({token, logprob: Math.min(0, x - log)})).sort((a, b) => b.logprob - a.logprob || a.token - b.token);
}

// mulberry32: a small generator, the same for the same seed.
function random(seed) {
    let a = seed >>> 0;
    return () => {
        a = (a + 0x6D2B79F5) | 0;
        let t = Math.imul(a ^ (a >>> 15), 1 | a);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

// draw picks from an ordered distribution after temperature, top-k and top-p.
function draw(order, r, next) {
    if (r.temperature === 0)
        return order[0];
    let some = r.top_k > 0 ? order.slice(0, r.top_k) : order;
    const max = some[0].logprob;
    let weights = some.map(({logprob}) => Math.exp((logprob - max) / r.temperature));
    let total = weights.reduce((a, b) => a + b, 0);
    if (r.top_p < 1) {
        let sum = 0, n = 0;
        while (n < weights.length && sum < r.top_p * total)
            sum += weights[n++];
        weights = weights.slice(0, n);
        total = sum;
    }
    let at = next() * total;
    for (let i = 0; i < weights.length; i++)
        if ((at -= weights[i]) < 0)
            return some[i];
    return some[weights.length - 1];
}

async function evaluate(tokens, every) {
    const ask = {generateNext: {logits: true}};
    const out = await sequence.controlledEvaluate(tokens.map((t, i) => every || i + 1 === tokens.length ? [t, ask] : t));
    return out.filter((o) => o != null).map(({next}) => logSoftmax(next.logits));
}

const bytesOf = (text) => [...Buffer.from(text)];

// generate yields {text, token, logprob, top} and returns {reason, usage}.
async function* generate(prompt, r, gone) {
    if (prompt.length + r.max_tokens > context.contextSize)
        throw new Refused(`This model's maximum context length is ${context.contextSize} tokens: the prompt has ${prompt.length}, and ${r.max_tokens} are asked for`);
    await sequence.clearHistory();
    const next = random(r.seed ?? Math.floor(Math.random() * 2 ** 32));
    const all = [...prompt];
    let before = detokenize(all), feed = prompt, made = 0, said = "", reason = "length";
    while (made < r.max_tokens && !gone()) {
        const [order] = await evaluate(feed, false);
        const {token, logprob} = draw(order, r, next);
        made++;
        stats.tokens++;
        if (model.isEogToken(token)) {
            reason = "stop";
            break;
        }
        all.push(token);
        feed = [token];
        const after = detokenize(all);
        let text = after.slice(before.length);
        before = after;
        const top = order.slice(0, r.top_logprobs ?? 0);
        const stop = (r.stop ?? []).map((s) => (said + text).indexOf(s)).filter((i) => i >= 0);
        if (stop.length > 0) {
            const end = Math.min(...stop);
            yield {text: (said + text).slice(said.length, Math.max(said.length, end)), token, logprob, top};
            reason = "stop";
            break;
        }
        said += text;
        yield {text, token, logprob, top};
    }
    return {reason, usage: {prompt_tokens: prompt.length, completion_tokens: made, total_tokens: prompt.length + made}};
}

const tokenText = (token) => model._model.detokenize(Uint32Array.from([token]), true);
function entry(piece) {
    const one = ({token, logprob}) => ({id: token, token: tokenText(token), logprob, bytes: bytesOf(tokenText(token))});
    return {...one(piece), top_logprobs: piece.top.map(one)};
}

function settings(body) {
    const r = {temperature: 1, top_p: 1, top_k: 0, max_tokens: 16, ...body};
    r.stop = typeof r.stop === "string" ? [r.stop] : r.stop;
    if (r.model !== name)
        throw new Refused(`the model is ${name}`);
    return r;
}

async function chat(body, req, res) {
    const r = settings(body);
    const prompt = tokenize(r.messages.map((m) => m.content).join("\n"));
    let left = false;
    res.on("close", () => { left = true; });
    const head = {id: "llama-1", created: Math.floor(Date.now() / 1000), model: name};
    const pieces = generate(prompt, r, () => left);
    let text = "";
    const logs = [];
    const begin = () => res.headersSent || res.writeHead(200, {"content-type": "text/event-stream"});
    const say = (o) => { begin(); res.write(`data: ${JSON.stringify(o)}\n\n`); };
    for (;;) {
        const {value, done} = await pieces.next();
        if (left)
            return;
        if (!done) {
            text += value.text;
            const logprobs = r.logprobs ? {content: [entry(value)]} : null;
            if (r.stream)
                say({...head, object: "chat.completion.chunk", choices: [{index: 0, delta: {content: value.text}, logprobs, finish_reason: null}]});
            else if (logprobs)
                logs.push(logprobs.content[0]);
            continue;
        }
        if (r.stream) {
            say({...head, object: "chat.completion.chunk", choices: [{index: 0, delta: {}, finish_reason: value.reason}]});
            if (r.stream_options?.include_usage)
                say({...head, object: "chat.completion.chunk", choices: [], usage: value.usage});
            res.end("data: [DONE]\n\n");
            return;
        }
        return {...head, object: "chat.completion", usage: value.usage, choices: [{
            index: 0, message: {role: "assistant", content: text}, logprobs: r.logprobs ? {content: logs} : null, finish_reason: value.reason
        }]};
    }
}

async function completion(body) {
    const r = settings(body);
    const prompt = tokenize(r.prompt);
    const tokens = [], logprobs = [];
    if (r.echo) {
        await sequence.clearHistory();
        const rows = await evaluate(prompt, true);
        prompt.forEach((token, i) => {
            tokens.push(tokenText(token));
            logprobs.push(i === 0 ? null : rows[i - 1].find((e) => e.token === token).logprob);
        });
    }
    const pieces = generate(prompt, {...r, top_logprobs: 0}, () => false);
    let text = r.echo ? r.prompt : "";
    for (;;) {
        const {value, done} = await pieces.next();
        if (done)
            return {id: "llama-1", object: "text_completion", model: name, usage: value.usage, choices: [{
                index: 0, text, finish_reason: value.reason, logprobs: r.logprobs == null ? null : {tokens, token_logprobs: logprobs}
            }]};
        text += value.text;
        tokens.push(tokenText(value.token));
        logprobs.push(value.logprob);
    }
}

// scored is what llama.cpp's server says of one token: log-probabilities before biases, of the token that the biases choose and the likeliest.
async function scored(body) {
    if (body.n_predict !== 1 || body.temperature !== 0)
        throw new Refused("n_predict is 1 and temperature 0 here");
    const prompt = Array.isArray(body.prompt) ? body.prompt : tokenize(body.prompt);
    await sequence.clearHistory();
    const [order] = await evaluate(prompt, false);
    const bias = new Map(body.logit_bias ?? []);
    let best = order[0], most = -Infinity;
    for (const e of order) {
        const x = e.logprob + (bias.get(e.token) ?? 0);
        if (x > most)
            [best, most] = [e, x];
    }
    stats.tokens++;
    return {content: tokenText(best.token), model: name, completion_probabilities: [entry({...best, top: order.slice(0, body.n_probs ?? 0)})]};
}

const send = (res, status, o) => {
    res.writeHead(status, {"content-type": "application/json"});
    res.end(JSON.stringify(o));
};

const server = createServer(async (req, res) => {
    try {
        const chunks = [];
        for await (const c of req)
            chunks.push(c);
        switch (`${req.method} ${req.url}`) {
            case "GET /v1/models": return send(res, 200, {object: "list", data: [{id: name, object: "model", owned_by: "llamacpp", meta: {n_ctx_train: model.trainContextSize}}]});
            case "GET /props": return send(res, 200, {default_generation_settings: {n_ctx: context.contextSize}});
            case "GET /stats": return send(res, 200, stats);
            case "POST /tokenize": {
                const {content, add_special} = JSON.parse(Buffer.concat(chunks).toString());
                return send(res, 200, {tokens: add_special ? tokenize(content) : [...model._model.tokenize(content, false)]});
            }
            case "POST /completion": {
                const body = JSON.parse(Buffer.concat(chunks).toString());
                return send(res, 200, await alone(() => scored(body)));
            }
            case "POST /v1/chat/completions":
            case "POST /v1/completions": {
                const body = JSON.parse(Buffer.concat(chunks).toString());
                if (body.tools)
                    throw new Refused("this server has no tools");
                stats.running++;
                try {
                    const out = await alone(() => req.url === "/v1/completions" ? completion(body) : chat(body, req, res));
                    if (out)
                        send(res, 200, out);
                } finally {
                    stats.running--;
                }
                return;
            }
        }
        send(res, 404, {error: {message: "no such route", type: "not_found_error"}});
    } catch (err) {
        if (res.headersSent)
            return res.destroy();
        send(res, err instanceof Refused || err instanceof SyntaxError ? 400 : 500, {error: {message: String(err?.message ?? err), type: "invalid_request_error"}});
    }
});
server.listen(0, "127.0.0.1", () => process.stdout.write(JSON.stringify({port: server.address().port}) + "\n"));
process.stdin.on("end", () => process.exit(0)).resume();
