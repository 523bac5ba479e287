package cmd_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/embedded"
)

func storiesPath(t *testing.T) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "models", "stories260K.gguf")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no model made elsewhere to run: %v", err)
	}
	return path
}

// What run writes, score finds again, and text is what the tokens make.
func TestModelRunAndScore(t *testing.T) {
	file := storiesPath(t)
	type answer struct {
		Text   string
		Tokens []lm.Token
	}
	ask := func(args ...string) (a answer) {
		stdout, _, err := run(t, append(args, "--file", file, "--prompt", "Once upon a time", "--output", "json")...)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal([]byte(stdout), &a))
		return a
	}
	greedy := ask("model", "run", "--max-tokens", "12")
	require.Len(t, greedy.Tokens, 12)
	text := ""
	for _, tok := range greedy.Tokens {
		text += tok.Text
	}
	require.Equal(t, greedy.Text, text)
	require.Contains(t, text, "little")
	require.Equal(t, greedy.Tokens, ask("model", "score", "--completion", text).Tokens)
	require.Equal(t, greedy, ask("model", "run", "--max-tokens", "12", "--temperature", "0", "--seed", "5"))

	warm := []string{"model", "run", "--max-tokens", "40", "--temperature", "1.2", "--top-k", "50", "--top-p", "0.9", "--seed"}
	require.Equal(t, ask(append(warm, "7")...), ask(append(warm, "7")...))
	require.NotEqual(t, ask(append(warm, "7")...).Text, ask(append(warm, "8")...).Text)

	before, _, found := strings.Cut(text, "little")
	require.True(t, found)
	require.Equal(t, before, ask("model", "run", "--stop", "little").Text)
	stdout, _, err := run(t, "model", "run", "--file", file, "--prompt", "Once upon a time", "--max-tokens", "12")
	require.NoError(t, err)
	require.Equal(t, text+"\n", stdout)
}

func TestModelShow(t *testing.T) {
	file := storiesPath(t)
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	digest := sha256.Sum256(b)
	stdout, _, err := run(t, "model", "show", "--file", file, "--output", "json")
	require.NoError(t, err)
	var shown struct {
		SHA256     string
		Parameters int
		Config     lm.Config
		Tensors    []any
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &shown))
	require.Equal(t, hex.EncodeToString(digest[:]), shown.SHA256)
	require.Equal(t, 292800, shown.Parameters)
	require.Equal(t, 512, shown.Config.Vocabulary)
	require.Len(t, shown.Tensors, 48)
	stdout, _, err = run(t, "model", "show", "--file", file)
	require.NoError(t, err)
	require.Contains(t, stdout, "48 of f32")
}

func TestModelRefusals(t *testing.T) {
	dir := t.TempDir()
	text, other := filepath.Join(dir, "text.gguf"), filepath.Join(dir, "other.gguf")
	require.NoError(t, os.WriteFile(text, []byte("no model"), 0o600))
	w, err := os.Create(other)
	require.NoError(t, err)
	require.NoError(t, gguf.Write(w, []gguf.KV{{Key: "general.architecture", Value: "bert"}}, nil))
	require.NoError(t, w.Close())
	for name, c := range map[string]struct {
		args []string
		is   error
		says string
	}{
		"no-file":        {[]string{"run", "--prompt", "x"}, nil, `"file"`},
		"missing":        {[]string{"run", "--file", filepath.Join(dir, "none")}, os.ErrNotExist, "none"},
		"a-folder":       {[]string{"show", "--file", dir}, gguf.ErrFormat, "not a regular file"},
		"no-gguf":        {[]string{"score", "--file", text, "--completion", "x"}, gguf.ErrFormat, "begin with"},
		"other":          {[]string{"run", "--file", other}, lm.ErrModel, "backend"},
		"temperature":    {[]string{"run", "--file", other, "--temperature", "-1"}, sample.ErrParams, "temperature is -1"},
		"top-p":          {[]string{"run", "--file", other, "--top-p", "0"}, sample.ErrParams, "top_p"},
		"nothing-scored": {[]string{"score", "--file", other}, nil, "--completion is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, _, err := run(t, append([]string{"model"}, c.args...)...)
			require.Error(t, err)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			require.ErrorContains(t, err, c.says)
			require.Empty(t, stdout)
		})
	}
	t.Run("bad-output", func(t *testing.T) {
		_, _, err := run(t, "model", "run", "--file", storiesPath(t), "--max-tokens", "1", "--output", "xml")
		require.ErrorContains(t, err, "want text or json")
	})
	t.Run("too-little-memory", func(t *testing.T) {
		_, _, err := run(t, "model", "run", "--file", storiesPath(t), "--max-memory", "1")
		require.ErrorIs(t, err, lm.ErrTooLarge)
	})
	stdout, _, err := run(t, "model", "show", "--file", other)
	require.NoError(t, err)
	require.Contains(t, stdout, "not computed here")
}

// A seed draws from the command line what it draws of a chat request.
func TestModelRunDrawsAsChatDoes(t *testing.T) {
	file := storiesPath(t)
	e, err := embedded.New(t.Context(), task.ExpertConfig{Options: fmt.Appendf(nil, `{"file":%q}`, file)})
	require.NoError(t, err)
	for _, seed := range []string{"7", "-3"} {
		raw, err := e.Answer(t.Context(), fmt.Appendf(nil, `{"messages":[{"role":"user","content":"Once upon a time"}],"temperature":1.2,"top_k":50,"max_tokens":40,"seed":%s}`, seed))
		require.NoError(t, err)
		var out chat.Response
		require.NoError(t, json.Unmarshal(raw, &out))
		stdout, _, err := run(t, "model", "run", "--file", file, "--prompt", "Once upon a time", "--temperature", "1.2", "--top-k", "50", "--max-tokens", "40", "--seed="+seed)
		require.NoError(t, err)
		require.Equal(t, out.Choices[0].Message.Content+"\n", stdout)
	}
}
