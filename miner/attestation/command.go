package attestation

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/agon-chain/agon/verify/attest"
)

var (
	// ErrCommand refuses a command that could not be run at all.
	ErrCommand = errors.New("attestation command cannot be used")
	// ErrFailed says that the command ran and gave no evidence.
	ErrFailed = errors.New("no evidence")
)

// Placeholder in an argument stands for the nonce, in hexadecimal.
const Placeholder = "{nonce}"

// EnvNonce is the environment variable that carries the nonce to the command, in hexadecimal.
const EnvNonce = "AGON_NONCE"

const (
	maxStderr = 512 // bytes of what a command that failed said
	// killWait is how long a command that was told to end may still hold its output open.
	killWait = 2 * time.Second
)

// Command is a program that prints evidence. Attest may be called by many goroutines, and runs the program once for each.
type Command struct {
	kind    string
	path    string
	args    []string
	timeout time.Duration
}

// NewCommand reads a command line of words between spaces, without quotes. The program is looked up now. Errors: [ErrCommand].
func NewCommand(kind, line string, timeout time.Duration) (*Command, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrCommand)
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCommand, err)
	}
	return &Command{kind: kind, path: path, args: words[1:], timeout: timeout}, nil
}

// Attest runs the program with a nonce, where an argument has the placeholder and in the environment, and takes what it prints as the document:
// one JSON value. For NVIDIA the bare bundle of tokens will do, which is an array. Errors: [ErrFailed], ctx's.
func (c *Command) Attest(ctx context.Context, nonce [32]byte) (attest.Evidence, error) {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	text := hex.EncodeToString(nonce[:])
	args := make([]string, len(c.args))
	for i, a := range c.args {
		args[i] = strings.ReplaceAll(a, Placeholder, text)
	}
	cmd := exec.CommandContext(limited, c.path, args...)
	cmd.Env = append(environment(os.Environ()), EnvNonce+"="+text)
	// A program may go on though nobody takes what it prints: too much ends it.
	out, said := &bounded{limit: attest.MaxDocument, full: cancel}, &bounded{limit: maxStderr}
	cmd.Stdout, cmd.Stderr = out, said
	// What the program starts must end with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = killWait
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return attest.Evidence{}, ctx.Err()
	case out.over:
		return attest.Evidence{}, fmt.Errorf("%w: %s printed more than %d bytes", ErrFailed, c.path, attest.MaxDocument)
	case limited.Err() != nil:
		return attest.Evidence{}, fmt.Errorf("%w: %s took longer than %s", ErrFailed, c.path, c.timeout)
	case err != nil:
		return attest.Evidence{}, fmt.Errorf("%w: %s: %w: %q", ErrFailed, c.path, err, said.kept.String())
	}
	document := bytes.TrimSpace(out.kept.Bytes())
	if !json.Valid(document) {
		return attest.Evidence{}, fmt.Errorf("%w: %s printed no JSON", ErrFailed, c.path)
	}
	if c.kind == attest.KindNVIDIA && document[0] == '[' {
		document = append(append([]byte(`{"eat":`), document...), '}')
	}
	return attest.Evidence{Kind: c.kind, Document: document}, nil
}

// environment leaves out this program's own settings, among which are passphrases and keys.
func environment(all []string) []string {
	var out []string
	for _, v := range all {
		if !strings.HasPrefix(v, "AGON_") {
			out = append(out, v)
		}
	}
	return out
}

// bounded keeps at most so many bytes and drops the rest. The buffer is a field and not embedded, since its ReadFrom knows no bound.
type bounded struct {
	kept  bytes.Buffer
	limit int
	over  bool
	full  func() // called at the first byte too many; optional
}

func (b *bounded) Write(p []byte) (int, error) {
	room := b.limit - b.kept.Len()
	if len(p) <= room {
		return b.kept.Write(p)
	}
	b.kept.Write(p[:room])
	if !b.over && b.full != nil {
		b.full()
	}
	b.over = true
	return len(p), nil
}
