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

// peer is a model file by an engine that is not ours, which another process runs and answers by JSON lines (lm/testdata). Calls
// take turns.
type peer struct {
	name  string
	end   int
	batch int

	mu  sync.Mutex
	in  io.WriteCloser
	out *bufio.Scanner
}

// errNoPeer says that an engine is not there.
var errNoPeer = errors.New("not there")

// llamaCpp is the command that runs llama.cpp, on the processor or by cuda or vulkan on a GPU.
func llamaCpp(file, gpu string) ([]string, error) {
	modules := filepath.Join(".agon", "llamacpp", "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "node-llama-cpp", "package.json")); err != nil {
		return nil, fmt.Errorf("llama.cpp is %w: run scripts/llamacpp.sh, and install Node", errNoPeer)
	}
	return []string{"node", filepath.Join("lm", "testdata", "llamacpp.mjs"), file, modules, "F16", "512", gpu}, nil
}

// torch is the command that runs PyTorch on a device in a precision.
func torch(file, device, dtype string) []string {
	return []string{"python3", filepath.Join("lm", "testdata", "torch_peer.py"), file, device, dtype}
}

// startPeer starts a command and waits until it has the model. It ends with ctx. batch is how many tokens go through it together.
func startPeer(ctx context.Context, name string, command []string, end, batch int) (*peer, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
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
		return nil, fmt.Errorf("%s is %w: %w", name, errNoPeer, err)
	}
	p := &peer{name: name, end: end, batch: batch, in: in, out: bufio.NewScanner(out)}
	p.out.Buffer(nil, 64<<20)
	var hello struct {
		Ready  bool
		Device string
	}
	if err := p.read(&hello); err != nil || !hello.Ready {
		return nil, fmt.Errorf("%s does not start: %w", name, errors.Join(errNoPeer, err))
	}
	fmt.Fprintf(os.Stderr, "%s runs on %s\n", name, hello.Device)
	return p, nil
}

func (p *peer) read(into any) error {
	if !p.out.Scan() {
		return fmt.Errorf("%s has ended: %w", p.name, errors.Join(p.out.Err(), io.ErrUnexpectedEOF))
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(p.out.Bytes(), &failed); err != nil {
		return err
	}
	if failed.Error != "" {
		return fmt.Errorf("%s: %s", p.name, failed.Error)
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
