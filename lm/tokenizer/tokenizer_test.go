package tokenizer_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/tokenizer"
)

func load(t testing.TB, metadata ...gguf.KV) (*tokenizer.Tokenizer, error) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, gguf.Write(&b, metadata, nil))
	f, err := gguf.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	require.NoError(t, err)
	return tokenizer.Load(f)
}

func key(name string, value any) gguf.KV { return gguf.KV{Key: "tokenizer.ggml." + name, Value: value} }

// pieces is a `llama` vocabulary: three special tokens, the bytes, and the given pieces with falling scores.
func pieces(list ...string) []gguf.KV {
	tokens, kinds := []string{"<unk>", "<s>", "</s>"}, []int32{2, 3, 3}
	for b := range 256 {
		tokens, kinds = append(tokens, fmt.Sprintf("<0x%02X>", b)), append(kinds, 6)
	}
	scores := make([]float32, len(tokens))
	for i, p := range list {
		tokens, kinds, scores = append(tokens, p), append(kinds, 1), append(scores, float32(-i/2)) // some have equal scores
	}
	return []gguf.KV{key("model", "llama"), key("tokens", tokens), key("scores", scores), key("token_type", kinds)}
}

// byteLevel is a `gpt2` vocabulary: the bytes, what the merges make, and two special tokens.
func byteLevel(pre string, merges ...string) []gguf.KV {
	tokens, kinds := []string{}, []int32{}
	for b := range 256 {
		r := rune(b)
		if b <= ' ' || b >= 0x7f && b <= 0xa0 || b == 0xad {
			n := 0
			for c := range b {
				if c <= ' ' || c >= 0x7f && c <= 0xa0 || c == 0xad {
					n++
				}
			}
			r = rune(0x100 + n)
		}
		tokens, kinds = append(tokens, string(r)), append(kinds, 1)
	}
	for _, m := range merges {
		tokens, kinds = append(tokens, strings.Replace(m, " ", "", 1)), append(kinds, 1)
	}
	tokens, kinds = append(tokens, "<|begin|>", "<|eot_id|>"), append(kinds, 3, 3)
	return []gguf.KV{
		key("model", "gpt2"), key("pre", pre), key("tokens", tokens), key("token_type", kinds), key("merges", merges),
		key("bos_token_id", uint32(len(tokens)-2)),
	}
}

func words(ids []int, t *tokenizer.Tokenizer) []string {
	var out []string
	for _, id := range ids {
		out = append(out, t.Text(id))
	}
	return out
}

// slow joins one pair at a time, looking at all of them each time.
func slow(symbols []string, score func(string, string) (float64, bool)) []string {
	symbols = slices.Clone(symbols)
	for {
		best, at := 0.0, -1
		for i := 0; i+1 < len(symbols); i++ {
			if s, ok := score(symbols[i], symbols[i+1]); ok && (at < 0 || s > best) {
				best, at = s, i
			}
		}
		if at < 0 {
			return symbols
		}
		symbols[at] += symbols[at+1]
		symbols = slices.Delete(symbols, at+1, at+2)
	}
}

func TestPiecesAgainstTheSlowWay(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		list := []string{"\u2581"} // every real vocabulary has the space
		for range 40 {
			p := ""
			for range 1 + r.IntN(4) {
				p += string([]rune("ab\u2581é")[r.IntN(4)])
			}
			if !slices.Contains(list, p) {
				list = append(list, p)
			}
		}
		tok, err := load(t, pieces(list...)...)
		require.NoError(t, err)
		text := ""
		for range r.IntN(40) {
			text += string([]rune("ab éc")[r.IntN(5)])
		}
		var want []string
		if text != "" {
			for _, p := range slow(strings.Split(strings.ReplaceAll(" "+text, " ", "\u2581"), ""), func(a, b string) (float64, bool) {
				i := slices.Index(list, a+b)
				return float64(-(i / 2)), i >= 0
			}) {
				if slices.Contains(list, p) {
					want = append(want, p)
					continue
				}
				for _, b := range []byte(p) {
					want = append(want, fmt.Sprintf("<0x%02X>", b))
				}
			}
		}
		ids := tok.Encode(text, tokenizer.Options{})
		require.Equal(t, append([]string{"<s>"}, want...), words(ids, tok), "%q", text)
		require.Equal(t, text, tok.DecodeWhole(ids))
	}
}

func TestBytesAgainstTheSlowWay(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		made := strings.Split("abcd", "")
		var merges []string
		for range 20 {
			a, b := made[r.IntN(len(made))], made[r.IntN(len(made))]
			if !slices.Contains(merges, a+" "+b) && !slices.Contains(made, a+b) {
				merges, made = append(merges, a+" "+b), append(made, a+b)
			}
		}
		tok, err := load(t, byteLevel("gpt-2", merges...)...)
		require.NoError(t, err)
		text := ""
		for range r.IntN(40) {
			text += string("abcd"[r.IntN(4)])
		}
		var want []string
		if text != "" {
			want = slow(strings.Split(text, ""), func(a, b string) (float64, bool) {
				i := slices.Index(merges, a+" "+b)
				return float64(-i), i >= 0
			})
		}
		require.Equal(t, want, words(tok.Encode(text, tokenizer.Options{}), tok), "%q", text)
	}
}

// Each kind of cutting words, on text where they differ.
func TestWords(t *testing.T) {
	for pre, c := range map[string]map[string][]string{
		"gpt-2": {
			"I'll  go 12345!": {"I", "'ll", "\u0120", "\u0120go", "\u012012345", "!"},
			"a\n\n b":         {"a", "\u010a\u010a", "\u0120b"},
			"it'S":            {"it", "'", "S"},
			"end  ":           {"end", "\u0120\u0120"},
		},
		"llama-bpe": {
			"I'LL go 12345!\n": {"I", "'LL", "\u0120go", "\u0120", "123", "45", "!\u010a"},
			"a \n\n  b":        {"a", "\u0120\u010a\u010a", "\u0120", "\u0120b"},
			"(word":            {"(word"},
		},
		"qwen2": {"x 123": {"x", "\u0120", "1", "2", "3"}},
		"default": {
			"a+b 12345": {"a", "+", "b", "\u0120", "123", "45"},
		},
	} {
		for text, want := range c {
			t.Run(pre, func(t *testing.T) {
				// A vocabulary in which every word becomes one token: each of its prefixes is a merge.
				var merges []string
				for _, w := range want {
					chars := strings.Split(w, "")
					for i := 1; i < len(chars); i++ {
						m := strings.Join(chars[:i], "") + " " + chars[i]
						if !slices.Contains(merges, m) {
							merges = append(merges, m)
						}
					}
				}
				tok, err := load(t, byteLevel(pre, merges...)...)
				require.NoError(t, err)
				require.Equal(t, want, words(tok.Encode(text, tokenizer.Options{Continue: true}), tok), "%q", text)
			})
		}
	}
}

func TestSpecialTokens(t *testing.T) {
	tok, err := load(t, append(pieces("\u2581a", "b", "\u2581"), key("add_eos_token", true))...)
	require.NoError(t, err)
	require.Equal(t, []string{"<s>", "\u2581a", "</s>", "\u2581", "b", "</s>"}, words(tok.Encode("a</s>b", tokenizer.Options{Special: true}), tok))
	plain := tok.Encode("a</s>b", tokenizer.Options{})
	require.Len(t, slices.DeleteFunc(slices.Clone(plain), func(id int) bool { return id != 2 }), 1, "only the EOS at the end")
	require.Equal(t, " a</s>b", tok.Decode(plain))
	require.Equal(t, []string{"b"}, words(tok.Encode("b", tokenizer.Options{Continue: true}), tok))
	require.True(t, tok.IsEnd(2))
	require.False(t, tok.IsEnd(1))

	tok, err = load(t, byteLevel("llama-bpe")...)
	require.NoError(t, err)
	ids := tok.Encode("<|eot_id|>", tokenizer.Options{Special: true})
	require.Equal(t, []string{"<|begin|>", "<|eot_id|>"}, words(ids, tok), "llama-bpe begins with the BOS unless told otherwise")
	require.True(t, tok.IsEnd(ids[1]))
}

func TestLoadRefuses(t *testing.T) {
	without := func(kvs []gguf.KV, name string) []gguf.KV {
		return slices.DeleteFunc(kvs, func(kv gguf.KV) bool { return kv.Key == "tokenizer.ggml."+name })
	}
	bad := pieces("a")
	bad[3].Value.([]int32)[10] = 7
	notByte := pieces("a")
	notByte[3].Value.([]int32)[259] = 6
	for name, c := range map[string]struct {
		metadata []gguf.KV
		says     string
	}{
		"no-model":         {without(pieces(), "model"), "tokenizer.ggml.model"},
		"other-model":      {append(without(pieces(), "model"), key("model", "bert")), "want llama or gpt2"},
		"no-scores":        {without(pieces(), "scores"), "tokenizer.ggml.scores"},
		"few-scores":       {append(without(pieces(), "scores"), key("scores", []float32{1})), "1 entries, want 259"},
		"no-tokens":        {append(without(pieces(), "tokens"), key("tokens", []string{})), "0 tokens"},
		"few-kinds":        {append(without(pieces(), "token_type"), key("token_type", []int32{1})), "1 entries"},
		"not-a-byte":       {notByte, `reads "a"`},
		"other-words":      {byteLevel("tekken"), "tekken"},
		"merge-of-one":     {byteLevel("gpt-2", "ab"), "want two parts"},
		"flag-of-a-number": {append(pieces(), key("add_bos_token", uint32(1))), "add_bos_token"},
		"token-twice":      {pieces("a", "a"), "both read"},
		"bytes-missing":    {[]gguf.KV{key("model", "gpt2"), key("tokens", []string{"a"}), key("merges", []string{})}, "byte 0x0 has no token"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, c.metadata...)
			require.ErrorIs(t, err, tokenizer.ErrVocabulary)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// FuzzRoundTrip: any bytes come back from their tokens, in every kind of vocabulary, and a stream of pieces gives the same
// text without ever ending within a character.
func FuzzRoundTrip(f *testing.F) {
	var all []*tokenizer.Tokenizer
	for _, metadata := range [][]gguf.KV{
		pieces("\u2581a", "ab", "\u2581", "é"), byteLevel("default", "a b"), byteLevel("gpt-2", "a b", "\u0120 a"), byteLevel("llama-bpe", "a b"), byteLevel("qwen2"),
	} {
		tok, err := load(f, metadata...)
		require.NoError(f, err)
		all = append(all, tok)
	}
	for _, s := range []string{"", " a b", "it's 1234 \n\n 😀\u00a0x", "\xff\xc3\x28\xf0\x9f", "<s></s><0x41>", "'", "'S'", "\u2581", "\u0085 \u3000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, tok := range all {
			ids := tok.Encode(text, tokenizer.Options{})
			want := text
			if i == 0 {
				want = strings.ReplaceAll(text, "\u2581", " ") // this vocabulary cannot tell them apart
			}
			require.Equal(t, want, tok.DecodeWhole(ids))
			var s tokenizer.Stream
			var out strings.Builder
			for _, id := range ids {
				piece := s.Push(tok.Piece(id))
				if utf8.ValidString(want) {
					require.True(t, utf8.ValidString(piece))
				}
				out.WriteString(piece)
			}
			out.WriteString(s.Flush())
			require.Equal(t, tok.Decode(ids), out.String())
		}
	})
}

// FuzzLoad reads whatever a file says of its vocabulary: it is refused as one, or its tokens and any text encode and decode without a panic, and whole
// vocabularies of bytes lose nothing.
func FuzzLoad(f *testing.F) {
	for _, metadata := range [][]gguf.KV{pieces("\u2581a", "ab"), byteLevel("gpt-2", "a b"), byteLevel("llama-bpe", "a b", "b c"), {key("model", "gpt2"), key("tokens", []string{"a"})}, {}} {
		var b bytes.Buffer
		require.NoError(f, gguf.Write(&b, metadata, nil))
		f.Add(b.Bytes(), "a b <s>\xff")
	}
	f.Fuzz(func(t *testing.T, b []byte, text string) {
		file, err := gguf.Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		tok, err := tokenizer.Load(file)
		if err != nil {
			require.ErrorIs(t, err, tokenizer.ErrVocabulary)
			return
		}
		for _, special := range []bool{false, true} {
			ids := tok.Encode(text, tokenizer.Options{Special: special})
			require.LessOrEqual(t, len(ids), 4*len(text)+8, "more tokens than bytes of marked spaces, and marks around them")
			for _, id := range ids {
				require.True(t, id >= 0 && id < tok.Size(), id)
			}
			_ = tok.DecodeWhole(ids)
		}
		var s tokenizer.Stream
		for id := -1; id <= min(tok.Size(), 1000); id++ {
			_ = s.Push(tok.Piece(id))
			_ = tok.IsEnd(id)
			_ = tok.Text(id)
		}
		_ = s.Flush()
	})
}

// A vocabulary made elsewhere gives English back, in fewer tokens than letters.
func TestForeignVocabulary(t *testing.T) {
	f, err := gguf.Open(filepath.Join("..", "..", "..", "shared", "models", "stories260K.gguf"))
	if os.IsNotExist(err) {
		t.Skipf("no foreign model to read: %v", err)
	}
	require.NoError(t, err)
	defer f.Close()
	tok, err := tokenizer.Load(f)
	require.NoError(t, err)
	const text = "Once upon a time, there was a little girl named Lily."
	ids := tok.Encode(text, tokenizer.Options{})
	require.Equal(t, text, tok.DecodeWhole(ids))
	require.Less(t, len(ids), len(text)/2)
}
