package tokenizer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/tokenizer"
)

// No text takes more than about n log n steps: a request of 100 kB of anything costs its server little. A quadratic step would
// take minutes.
func TestLongTexts(t *testing.T) {
	for _, metadata := range [][]gguf.KV{
		pieces("\u2581a", "aa", "aaa", "\u2581", "\u2581\u2581"), byteLevel("default", "a a", "aa aa", "\u0120 \u0120"), byteLevel("gpt-2", "a a", "\u0120 \u0120"),
		byteLevel("llama-bpe", "a a", "\u0120 \u0120"), byteLevel("qwen2", "a a"),
	} {
		tok, err := load(t, metadata...)
		require.NoError(t, err)
		for _, unit := range []string{"a", " ", "\n ", " \n", "1", "'", "é", "\xff", "!\r", "a ", "<s>", "\u00a0"} {
			start := time.Now()
			ids := tok.Encode(strings.Repeat(unit, 100_000/len(unit)), tokenizer.Options{Special: true})
			require.NotEmpty(t, ids)
			require.Less(t, time.Since(start), 20*time.Second, "%q", unit)
		}
	}
}
