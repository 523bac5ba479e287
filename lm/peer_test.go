package lm_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// peer is another engine with a model, asked by JSON lines (testdata/llamacpp.mjs, testdata/torch_peer.py).
type peer struct {
	t   testing.TB
	in  io.WriteCloser
	out *bufio.Scanner
}

// newPeer starts llama.cpp, or skips the test where it is not there. kv is the type of its cache: "F16", its own default, or "F32".
func newPeer(t testing.TB, model, kv string) *peer {
	t.Helper()
	modules := filepath.Join("..", ".agon", "llamacpp", "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "node-llama-cpp", "package.json")); err != nil {
		t.Skip("llama.cpp is not there to compare with: run scripts/llamacpp.sh")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("llama.cpp needs Node, which is not installed")
	}
	return startPeer(t, node, filepath.Join("testdata", "llamacpp.mjs"), model, modules, kv)
}

// newTorch starts PyTorch on the processor in float32, or skips the test where it is not there.
func newTorch(t testing.TB, model string) *peer {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import torch, numpy").Run(); err != nil {
		t.Skip("PyTorch is not there to compare with: install torch and numpy for python3")
	}
	return startPeer(t, "python3", filepath.Join("testdata", "torch_peer.py"), model)
}

func startPeer(t testing.TB, command ...string) *peer {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p := &peer{t, in, bufio.NewScanner(out)}
	p.out.Buffer(nil, 64<<20)
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait() // it is killed where the test has ended
	})
	var hello struct{ Ready bool }
	p.read(&hello)
	require.True(t, hello.Ready)
	return p
}

func (p *peer) read(into any) {
	p.t.Helper()
	require.True(p.t, p.out.Scan(), "the other engine has ended: %v", p.out.Err())
	var failed struct{ Error string }
	require.NoError(p.t, json.Unmarshal(p.out.Bytes(), &failed))
	require.Empty(p.t, failed.Error)
	require.NoError(p.t, json.Unmarshal(p.out.Bytes(), into))
}

func (p *peer) ask(request map[string]any, into any) {
	p.t.Helper()
	b, err := json.Marshal(request)
	require.NoError(p.t, err)
	_, err = fmt.Fprintf(p.in, "%s\n", b)
	require.NoError(p.t, err)
	p.read(into)
}

func (p *peer) logits(tokens []int, batch int) [][]float32 {
	p.t.Helper()
	var a struct{ Logits [][]float32 }
	p.ask(map[string]any{"do": "logits", "tokens": tokens, "batch": batch}, &a)
	require.Len(p.t, a.Logits, len(tokens))
	return a.Logits
}

func (p *peer) greedy(tokens []int, n int) []int {
	p.t.Helper()
	var a struct{ Tokens []int }
	p.ask(map[string]any{"do": "greedy", "tokens": tokens, "n": n}, &a)
	return a.Tokens
}

func (p *peer) tokenize(text string, special bool) []int {
	p.t.Helper()
	var a struct{ Tokens []int }
	p.ask(map[string]any{"do": "tokenize", "text": text, "special": special}, &a)
	return a.Tokens
}

// storiesPath is a small model made elsewhere, or the test is skipped.
func storiesPath(t testing.TB) string {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "models", "stories260K.gguf")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no model made elsewhere to compare on: %v", err)
	}
	return path
}
