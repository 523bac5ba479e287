package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/agon-chain/agon/lm/sample"
)

// peer is a model file by llama.cpp, which another process runs and answers by JSON lines (lm/testdata/llamacpp.mjs). Calls
// take turns.
type peer struct {
	end   int
	batch int

	mu  sync.Mutex
	in  io.WriteCloser
	out *bufio.Scanner
}

// errNoPeer says that llama.cpp is not there.
var errNoPeer = errors.New("llama.cpp is not there: run scripts/llamacpp.sh, and install Node")

// startPeer starts llama.cpp with a model. It ends with ctx. batch is how many tokens go through it together.
func startPeer(ctx context.Context, file string, end, batch int) (*peer, error) {
	modules := filepath.Join(".agon", "llamacpp", "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "node-llama-cpp", "package.json")); err != nil {
		return nil, errNoPeer
	}
	cmd := exec.CommandContext(ctx, "node", filepath.Join("lm", "testdata", "llamacpp.mjs"), file, modules)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(errNoPeer, err)
	}
	p := &peer{end: end, batch: batch, in: in, out: bufio.NewScanner(out)}
	p.out.Buffer(nil, 64<<20)
	var hello struct{ Ready bool }
	if err := p.read(&hello); err != nil || !hello.Ready {
		return nil, fmt.Errorf("llama.cpp does not start with %s: %w", file, err)
	}
	return p, nil
}

func (p *peer) read(into any) error {
	if !p.out.Scan() {
		return fmt.Errorf("llama.cpp has ended: %w", errors.Join(p.out.Err(), io.ErrUnexpectedEOF))
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(p.out.Bytes(), &failed); err != nil {
		return err
	}
	if failed.Error != "" {
		return errors.New("llama.cpp: " + failed.Error)
	}
	return json.Unmarshal(p.out.Bytes(), into)
}

// rows asks for the logits after each token, or after the last one alone; with more, of tokens that follow those of the call
// before.
func (p *peer) rows(tokens []int, last, more bool) ([][]float32, error) {
	b, err := json.Marshal(map[string]any{"do": "logits", "tokens": tokens, "last": last, "more": more, "batch": p.batch})
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(p.in, "%s\n", b); err != nil {
		return nil, err
	}
	var a struct{ Logits [][]float32 }
	err = p.read(&a)
	return a.Logits, err
}

func (p *peer) generate(_ context.Context, prompt []int, s sample.Sampler, n int) (answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var a answer
	rows, err := p.rows(prompt, true, false)
	for i := range n {
		if err != nil {
			return a, err
		}
		id, logprob := s.Pick(rows[len(rows)-1], i)
		a.tokens, a.claimed = append(a.tokens, id), append(a.claimed, logprob)
		if id == p.end {
			a.ended = true
			break
		}
		if i+1 < n {
			rows, err = p.rows([]int{id}, true, true)
		}
	}
	return a, err
}

func (p *peer) logits(_ context.Context, prompt, completion []int) ([][]float32, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	rows, err := p.rows(append(append([]int(nil), prompt...), completion[:len(completion)-1]...), false, false)
	if err != nil {
		return nil, err
	}
	return rows[len(prompt)-1:], nil
}
