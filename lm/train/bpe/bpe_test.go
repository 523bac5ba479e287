package bpe

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/tokenizer"
	"github.com/stretchr/testify/require"
)

// opticks is a long English text that comes with Go.
func opticks(t testing.TB) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "src/testdata/Isaac.Newton-Opticks.txt"))
	require.NoError(t, err)
	return string(raw)
}

// obvious learns by counting all pairs anew for every merge, from a list of all words.
func obvious(text string, merges int) []string {
	var words [][]string
	Split(text, func(w string) {
		var tokens []string
		for i := range len(w) {
			tokens = append(tokens, w[i:i+1])
		}
		words = append(words, tokens)
	})
	ids := map[string]int{}
	for b := range 256 {
		ids[string([]byte{byte(b)})] = b
	}
	var out []string
	for range merges {
		count := map[[2]string]int{}
		for _, w := range words {
			for i := 1; i < len(w); i++ {
				count[[2]string{w[i-1], w[i]}]++
			}
		}
		var all [][2]string
		for p := range count {
			all = append(all, p)
		}
		sort.Slice(all, func(i, j int) bool {
			a, b := all[i], all[j]
			if count[a] != count[b] {
				return count[a] > count[b]
			}
			if ids[a[0]] != ids[b[0]] {
				return ids[a[0]] < ids[b[0]]
			}
			return ids[a[1]] < ids[b[1]]
		})
		best := all[0]
		ids[best[0]+best[1]] = 256 + len(out)
		out = append(out, printable(best[0])+" "+printable(best[1]))
		for i, w := range words {
			var next []string
			for j := 0; j < len(w); j++ {
				if j+1 < len(w) && w[j] == best[0] && w[j+1] == best[1] {
					next = append(next, w[j]+w[j+1])
					j++
				} else {
					next = append(next, w[j])
				}
			}
			words[i] = next
		}
	}
	return out
}

func TestTrainAgainstObvious(t *testing.T) {
	text := opticks(t)[10_000:60_000]
	v, err := Train([]string{text[:20_000], text[20_000:]}, 257+60)
	require.NoError(t, err)
	require.Equal(t, obvious(text[:20_000]+text[20_000:], 60), v.Merges())
	require.Equal(t, 257+60, v.Size())
	require.Len(t, v.Strings(), v.Size())
}

// Two pairs that spell the same are two merges and one token.
func TestPairsThatSpellTheSame(t *testing.T) {
	v := newVocabulary()
	ab, bc := v.add(pair{'a', 'b'}), v.add(pair{'b', 'c'})
	abc := v.add(pair{'a', bc})
	require.Equal(t, abc, v.add(pair{ab, 'c'}))
	require.Len(t, v.merges, 4)
	require.Equal(t, []int32{abc}, v.word("abc"), "ab comes first, then ab c")
	require.Len(t, v.text, 256+3)
}

func TestTokensDiffer(t *testing.T) {
	v, err := Train([]string{opticks(t)}, 1536)
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, s := range v.Strings() {
		require.False(t, seen[s], s)
		seen[s] = true
	}
}

// The engine's tokenizer, which reads the vocabulary out of a file, finds the same tokens.
func TestEncodesAsTheEngine(t *testing.T) {
	text := opticks(t)
	v, err := Train([]string{text[:200_000]}, 1000)
	require.NoError(t, err)
	engine := load(t, v)
	for _, s := range []string{
		text[200_000:260_000], "", " ", "  a", "a  b \n\n c\t", "It's we'll '' 'tis I'd've", "12 345,67 %", "naïve “quotes” — ½ Ⅷ",
		"日本語 текст\u00a0x", "\xff\xfe broken \xe2\x82", "a\u2003\u2003b", EndOfText,
	} {
		got := v.Encode(s)
		var want []int32
		for _, id := range engine.Encode(s, tokenizer.Options{}) {
			want = append(want, int32(id))
		}
		require.Equal(t, want, got, "%.80q", s)
		require.Equal(t, s, v.Decode(got))
	}
}

func load(t *testing.T, v *Vocabulary) *tokenizer.Tokenizer {
	t.Helper()
	types := make([]int32, v.Size())
	for i := range types {
		types[i] = 1
	}
	types[v.End()] = 3
	var file bytes.Buffer
	require.NoError(t, gguf.Write(&file, []gguf.KV{
		{Key: "tokenizer.ggml.model", Value: "gpt2"},
		{Key: "tokenizer.ggml.pre", Value: "gpt-2"},
		{Key: "tokenizer.ggml.tokens", Value: v.Strings()},
		{Key: "tokenizer.ggml.token_type", Value: types},
		{Key: "tokenizer.ggml.merges", Value: v.Merges()},
		{Key: "tokenizer.ggml.bos_token_id", Value: uint32(v.End())},
		{Key: "tokenizer.ggml.eos_token_id", Value: uint32(v.End())},
		{Key: "tokenizer.ggml.add_bos_token", Value: false},
	}, nil))
	f, err := gguf.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	require.NoError(t, err)
	engine, err := tokenizer.Load(f)
	require.NoError(t, err)
	return engine
}

func TestTrainRefusals(t *testing.T) {
	for _, size := range []int{0, MinSize - 1, MaxSize + 1} {
		_, err := Train([]string{"ab ab"}, size)
		require.ErrorIs(t, err, ErrTrain)
	}
	_, err := Train([]string{"ab ab"}, MinSize+5)
	require.ErrorContains(t, err, "give more text")
}

// GPT-2's pattern without its look-ahead, which Go's regexp lacks; texts here have no run of white space.
var pattern = regexp.MustCompile(`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s`)

func FuzzSplit(f *testing.F) {
	f.Add("We're 12 of 'em, don't\nyou see? ")
	f.Add("  two  \n\n")
	f.Add("\xff é½")
	f.Fuzz(func(t *testing.T, text string) {
		var words []string
		Split(text, func(w string) {
			require.NotEmpty(t, w)
			words = append(words, w)
		})
		require.Equal(t, text, strings.Join(words, ""))
		if ascii(text) && !regexp.MustCompile(`\s\s|\x0b`).MatchString(text) {
			require.Equal(t, pattern.FindAllString(text, -1), words)
		}
	})
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
