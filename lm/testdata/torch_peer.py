# What PyTorch says of a llama-architecture GGUF file, as JSON lines: a second engine, and the one that most miners' servers are built on.
#
#   python3 torch_peer.py MODEL [DEVICE [DTYPE [CONTEXT]]]
#
# DEVICE is cpu or cuda, DTYPE float32, bfloat16 or float16. As vLLM does, everything is computed and kept in DTYPE, logits too, but for the
# norms and the softmax of attention, which are float32 within. Needs torch and numpy and nothing else.
#
# The requests and answers are those of llamacpp.mjs beside it, of which this knows
#
#   {"do": "logits", "tokens": [1, 2], "last": true}  -> {"logits": [[...]]}: after each token, or the last one alone;
#                                                       with "batch": 1 the tokens go in one by one;
#                                                       with "more": true they follow those of the request before
#
# A request that fails answers {"error": "..."}. The first line is {"ready": true, "device": "...", "torch": "..."}.
import json
import mmap
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F

KINDS = {0: ("B", 1), 1: ("b", 1), 2: ("H", 2), 3: ("h", 2), 4: ("I", 4), 5: ("i", 4), 6: ("f", 4), 7: ("?", 1), 10: ("Q", 8), 11: ("q", 8), 12: ("d", 8)}
STRING, ARRAY = 8, 9


class GGUF:
    """The metadata and tensors of a file (ggml-org/ggml, docs/gguf.md)."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
        self.at = 0
        magic, version, tensors, pairs = self.take("<4sIQQ")
        if magic != b"GGUF" or version != 3:
            raise ValueError(f"{path} is no GGUF file of version 3")
        self.meta = {}
        for _ in range(pairs):
            name = self.string()
            self.meta[name] = self.value(self.take("<I")[0])
        places = {}
        for _ in range(tensors):
            name, (dims,) = self.string(), self.take("<I")
            shape = self.take(f"<{dims}Q")
            places[name] = (shape, *self.take("<IQ"))
        align = self.meta.get("general.alignment", 32)
        base = (self.at + align - 1) // align * align
        self.tensors = {name: self.tensor(base + offset, shape, kind) for name, (shape, kind, offset) in places.items()}

    def take(self, form):
        out = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return out

    def string(self):
        (n,) = self.take("<Q")
        self.at += n
        return self.data[self.at - n:self.at].decode("utf-8", "replace")

    def value(self, kind):
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            of, n = self.take("<IQ")
            return [self.value(of) for _ in range(n)]
        return self.take("<" + KINDS[kind][0])[0]

    def tensor(self, at, shape, kind):
        """Rows of float32: GGUF's first dimension is the one that lies together."""
        n = int(np.prod(shape))
        if kind == 0:
            out = np.frombuffer(self.data, "<f4", n, at)
        elif kind == 1:
            out = np.frombuffer(self.data, "<f2", n, at).astype(np.float32)
        elif kind == 8:  # q8_0: 32 numbers, a scale and a byte each
            b = np.frombuffer(self.data, np.dtype([("d", "<f2"), ("q", "i1", 32)]), n // 32, at)
            out = b["d"].astype(np.float32)[:, None] * b["q"]
        elif kind == 2:  # q4_0: 32 numbers, a scale and half a byte each, the low halves first
            b = np.frombuffer(self.data, np.dtype([("d", "<f2"), ("q", "u1", 16)]), n // 32, at)
            q = np.concatenate([b["q"] & 15, b["q"] >> 4], axis=1).astype(np.float32) - 8
            out = b["d"].astype(np.float32)[:, None] * q
        else:
            raise ValueError(f"tensors of type {kind} are not read here")
        return out.astype(np.float32).reshape(tuple(reversed(shape)))


class Llama:
    def __init__(self, path, device, dtype, context):
        g = GGUF(path)
        if g.meta["general.architecture"] != "llama":
            raise ValueError("the architecture is not llama")
        p = lambda name, other=None: g.meta.get("llama." + name, other)
        self.layers, self.heads, width = p("block_count"), p("attention.head_count"), p("embedding_length")
        self.kv_heads, self.size = p("attention.head_count_kv", self.heads), width // self.heads
        self.eps, self.context = p("attention.layer_norm_rms_epsilon", 1e-5), context
        self.device, self.dtype = device, dtype
        self.w = {name: torch.from_numpy(t.copy()).to(device, dtype) for name, t in g.tensors.items()}
        self.w.setdefault("output.weight", self.w["token_embd.weight"])
        turn = 1.0 / p("rope.freq_base", 10000.0) ** (torch.arange(0, self.size, 2, dtype=torch.float64) / self.size)
        angle = torch.arange(context, dtype=torch.float64)[:, None] * turn
        self.cos, self.sin = angle.cos().to(device, torch.float32), angle.sin().to(device, torch.float32)
        self.clear()

    def clear(self):
        self.kept, self.cache = 0, [None] * self.layers

    def norm(self, x, name):
        x32 = x.float()
        return (x32 * torch.rsqrt(x32.pow(2).mean(-1, keepdim=True) + self.eps)).to(self.dtype) * self.w[name]

    def rope(self, x):
        """Turns neighbours, as GGUF files of this architecture have them. x: heads, tokens, size."""
        n = x.shape[1]
        cos, sin = self.cos[self.kept:self.kept + n], self.sin[self.kept:self.kept + n]
        a, b = x[..., 0::2].float(), x[..., 1::2].float()
        return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2).to(self.dtype)

    def feed(self, tokens):
        """Logits after each token, which follow those that were fed before."""
        n = len(tokens)
        if self.kept + n > self.context:
            raise ValueError(f"{self.kept + n} tokens, at most {self.context}")
        x = self.w["token_embd.weight"][torch.tensor(tokens, device=self.device)]
        place = torch.arange(self.kept, self.kept + n, device=self.device)
        seen = torch.arange(self.kept + n, device=self.device)[None, :] <= place[:, None]
        split = lambda y, heads: y.view(n, heads, self.size).transpose(0, 1)
        for i in range(self.layers):
            w = lambda name: self.w[f"blk.{i}.{name}.weight"]
            h = self.norm(x, f"blk.{i}.attn_norm.weight")
            q, k, v = F.linear(h, w("attn_q")), F.linear(h, w("attn_k")), F.linear(h, w("attn_v"))
            q, k, v = self.rope(split(q, self.heads)), self.rope(split(k, self.kv_heads)), split(v, self.kv_heads)
            if self.kept:
                k, v = torch.cat([self.cache[i][0], k], 1), torch.cat([self.cache[i][1], v], 1)
            self.cache[i] = (k, v)
            each = self.heads // self.kv_heads
            k, v = k.repeat_interleave(each, 0), v.repeat_interleave(each, 0)
            a = (q.float() @ k.float().transpose(1, 2) / self.size**0.5).masked_fill(~seen, float("-inf")).softmax(-1).to(self.dtype) @ v
            x = x + F.linear(a.transpose(0, 1).reshape(n, -1), w("attn_output"))
            h = self.norm(x, f"blk.{i}.ffn_norm.weight")
            x = x + F.linear(F.silu(F.linear(h, w("ffn_gate"))) * F.linear(h, w("ffn_up")), w("ffn_down"))
        self.kept += n
        return F.linear(self.norm(x, "output_norm.weight"), self.w["output.weight"]).float()

    def logits(self, tokens, last, batch, more):
        if not more:
            self.clear()
        rows = torch.cat([self.feed(tokens[i:i + batch]) for i in range(0, len(tokens), batch)])
        return (rows[-1:] if last else rows).cpu().tolist()


def main(model, device="cpu", dtype="float32", context="512"):
    torch.backends.cuda.matmul.allow_tf32 = False
    if device == "cpu":
        torch.set_num_threads(1)
    m = Llama(model, device, getattr(torch, dtype), int(context))
    say = lambda o: print(json.dumps(o), flush=True)
    say({"ready": True, "device": torch.cuda.get_device_name() if device == "cuda" else "cpu", "torch": torch.__version__})
    for line in sys.stdin:
        try:
            r = json.loads(line)
            if r["do"] != "logits":
                raise ValueError(f"unknown request {r['do']}")
            with torch.inference_mode():
                say({"logits": m.logits(r["tokens"], r.get("last", False), r.get("batch") or len(r["tokens"]), r.get("more", False))})
        except Exception as err:  # the asker learns of it, whatever it is
            say({"error": str(err)})


main(*sys.argv[1:])
