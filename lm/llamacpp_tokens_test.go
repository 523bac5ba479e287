package lm_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/tokenizer"
)

// texts are random ones of characters that rules treat differently, and some of English.
func texts(r *rand.Rand, n int) []string {
	parts := strings.Split("a|b|B|the|The| the|ing|'s|'S|'ll|'|\"|1|12|345|6789| |  |   |\n|\n\n|\r\n|\t|.|,|!?|...|$|+|=|(|)|-|_|é|e\u0301|ß|Ж|中文|日本|😀|👩‍👩‍👧|²|Ⅷ|½|\u00a0|\u3000|\u0085|\u2028|\u200b|<s>|</s>|▁|ǅ|٣|한|http://x.y/z?q=1", "|")
	out := []string{"", "Once upon a time, there was a little girl named Lily. She didn't know what she'd do.", "x = y+1;\n\tif (x>10) { return 'a'; }\n"}
	for range n {
		var b strings.Builder
		for range 1 + r.IntN(15) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		out = append(out, b.String())
	}
	return out
}

// byteLevel is a model with a gpt2 vocabulary whose merges were learnt from some text by joining the commonest neighbours.
func byteLevel(t *testing.T, pre string) string {
	t.Helper()
	var tokens []string
	for b, next := 0, rune(0x100); b < 256; b++ {
		if b <= ' ' || b >= 0x7f && b <= 0xa0 || b == 0xad {
			tokens = append(tokens, string(next))
			next++
		} else {
			tokens = append(tokens, string(rune(b)))
		}
	}
	var symbols []string
	for _, text := range texts(rand.New(rand.NewPCG(9, 9)), 100) {
		for _, b := range []byte(strings.NewReplacer("<s>", " ", "</s>", " ").Replace(text)) {
			symbols = append(symbols, tokens[b])
		}
	}
	var merges []string
	for range 150 {
		count := map[[2]string]int{}
		var best [2]string
		for i := 0; i+1 < len(symbols); i++ {
			p := [2]string{symbols[i], symbols[i+1]}
			if slices.Contains(tokens, p[0]+p[1]) {
				continue // another pair has made it
			}
			count[p]++
			if count[p] > count[best] || count[p] == count[best] && p[0]+p[1] < best[0]+best[1] {
				best = p
			}
		}
		merges, tokens = append(merges, best[0]+" "+best[1]), append(tokens, best[0]+best[1])
		for i := 0; i+1 < len(symbols); i++ {
			if symbols[i] == best[0] && symbols[i+1] == best[1] {
				symbols[i] += symbols[i+1]
				symbols = slices.Delete(symbols, i+1, i+2)
			}
		}
	}
	kinds := make([]int32, len(tokens))
	for i := range kinds {
		kinds[i] = 1
	}
	tokens, kinds = append(tokens, "<s>", "</s>"), append(kinds, 3, 3)
	s := whole(gguf.F32)
	s.vocab = len(tokens)
	file := rewrite(t, s.file(t), func(kvs []gguf.KV, ts []gguf.Tensor) ([]gguf.KV, []gguf.Tensor) {
		kvs = slices.DeleteFunc(kvs, func(kv gguf.KV) bool { return strings.HasPrefix(kv.Key, "tokenizer.") })
		return append(kvs, gguf.KV{Key: "tokenizer.ggml.model", Value: "gpt2"}, gguf.KV{Key: "tokenizer.ggml.pre", Value: pre},
			gguf.KV{Key: "tokenizer.ggml.tokens", Value: tokens}, gguf.KV{Key: "tokenizer.ggml.token_type", Value: kinds},
			gguf.KV{Key: "tokenizer.ggml.merges", Value: merges}, gguf.KV{Key: "tokenizer.ggml.bos_token_id", Value: uint32(len(tokens) - 2)},
			gguf.KV{Key: "tokenizer.ggml.eos_token_id", Value: uint32(len(tokens) - 1)}), ts
	})
	path := filepath.Join(t.TempDir(), pre+".gguf")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	return path
}

func TestTokensAreThoseOfLlamaCpp(t *testing.T) {
	stories := storiesPath(t)
	for _, name := range []string{"llama", "default", "gpt-2", "llama-bpe", "qwen2"} {
		t.Run(name, func(t *testing.T) {
			path := stories
			if name != "llama" {
				path = byteLevel(t, name)
			}
			p := newPeer(t, path, "F32")
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			f, err := gguf.Read(bytes.NewReader(b), int64(len(b)))
			require.NoError(t, err)
			tok, err := tokenizer.Load(f)
			require.NoError(t, err)
			for i, text := range texts(rand.New(rand.NewPCG(1, 9)), 1000) {
				special := i%2 == 1
				got := tok.Encode(text, tokenizer.Options{Special: special})
				got = got[len(tok.Encode("", tokenizer.Options{})):] // theirs leaves the BOS to the caller
				want := p.tokenize(text, special)
				require.Equal(t, append([]int{}, want...), append([]int{}, got...), "%q special=%v", text, special)
			}
		})
	}
}
