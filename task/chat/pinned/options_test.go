package pinned_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat/openai/llamacpptest"
	"github.com/agon-chain/agon/task/chat/pinned"
	"github.com/agon-chain/agon/task/chat/remote"
)

func TestOptionsRefused(t *testing.T) {
	root := strings.Repeat("ab", 32)
	for name, c := range map[string]struct{ raw, says string }{
		"not-json":      {`x`, "backends"},
		"unknown-field": {`{"backends":[{"root":"` + root + `","urls":"x"}]}`, "urls"},
		"no-version":    {`{"backends":[{"url":"http://127.0.0.1:1"}]}`, "backends[0]: want root, or pin"},
		"both":          {`{"backends":[{"root":"` + root + `","pin":"m@1","url":"http://127.0.0.1:1"}]}`, "not both"},
		"no-root":       {`{"backends":[{"root":"ab","url":"http://127.0.0.1:1"}]}`, "backends[0].root"},
		"twice":         {`{"backends":[{"root":"` + root + `","url":"http://a"},{"root":"` + strings.ToUpper(root) + `","url":"http://b"}]}`, "has a backend already"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pinned.DecodeOptions(json.RawMessage(c.raw))
			require.ErrorIs(t, err, pinned.ErrOptions)
			require.ErrorContains(t, err, c.says)
		})
	}
	o, err := pinned.DecodeOptions(nil)
	require.NoError(t, err)
	require.Empty(t, o.Backends)
}

// A version that a server verifies needs no weights here: its vocabulary and its calibration are enough.
func TestExaminerOfAServer(t *testing.T) {
	file := llamacpptest.GGUF(t)
	url := llamacpptest.Start(t)
	dir, root := t.TempDir(), strings.Repeat("cd", 32)
	write := func(name string, b []byte) {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, b, 0o600))
	}
	for i := range 5 {
		write(filepath.Join("text", string(rune('a'+i))+".txt"), []byte("once upon a time there was a girl who liked to play outside"))
	}
	open := func(options string) error {
		_, err := pinned.Task().NewExaminer(t.Context(), task.ExaminerConfig{
			Params: json.RawMessage(`{"models":[{"pin":"stories@260K","root":"` + root + `"}]}`), DataDir: dir, Options: json.RawMessage(options),
		})
		return err
	}
	backend := `{"backends":[{"root":"` + root + `","url":"` + url + `","top":64}]}`
	err := open(backend)
	require.ErrorIs(t, err, task.ErrNoMaterial)
	require.ErrorContains(t, err, "agon-validator calibrate")
	p, err := json.Marshal(profile())
	require.NoError(t, err)
	write("models/stories@260K.profile.json", p)
	err = open(backend)
	require.ErrorIs(t, err, task.ErrNoMaterial)
	require.ErrorContains(t, err, "stories@260K.vocabulary.gguf")

	f, err := gguf.Open(file)
	require.NoError(t, err)
	defer f.Close()
	w, err := os.Create(filepath.Join(dir, "models", "stories@260K.vocabulary.gguf"))
	require.NoError(t, err)
	require.NoError(t, gguf.Write(w, f.Metadata, nil))
	require.NoError(t, w.Close())
	require.NoError(t, open(backend))

	require.ErrorIs(t, open(`{"backends":[{"pin":"stories@260K","url":"`+url+`"}]}`), task.ErrNoMaterial, "a version with a root is named by it: package lm is to verify this one, and has no file")
	require.ErrorIs(t, open(`{"backends":[{"root":"`+root+`","url":"`+url+`","way":"vllm"}]}`), remote.ErrServer)
}
