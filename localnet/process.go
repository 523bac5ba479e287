package localnet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// grace is how long a program has after SIGTERM before it is killed.
const grace = 10 * time.Second

// ErrExited says that a program ended that should have gone on.
var ErrExited = errors.New("program ended")

// Process is one running program. Its output goes to a log file. It may be killed and started again.
type Process struct {
	// Name of the program in reports.
	Name string
	// Log is the path of its output.
	Log string

	path  string
	args  []string
	words int // of args that Exchange put in front
	lock  *os.File

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// newProcess describes a program; Start runs it.
func (n *Network) newProcess(name, log, path string, args ...string) *Process {
	return &Process{Name: name, Log: log, path: path, args: args, lock: n.lock}
}

// environment is this program's without the variables that stand for flags of the programs: what an operator has set for a
// node of his own must not reach this network's.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "AGON_") || strings.HasPrefix(variable, "AGOND_")
	})
}

// Start runs the program in a process group of its own, so that a Ctrl-C at the terminal reaches only who started it.
// Output is appended to the log.
func (p *Process) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(p.Log), 0o755); err != nil {
		return err
	}
	log, err := os.OpenFile(p.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	cmd := exec.Command(p.path, p.args...)
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithStarter(cmd.SysProcAttr)
	if p.lock != nil {
		cmd.ExtraFiles = []*os.File{p.lock}
	}
	started := make(chan error, 1)
	done := make(chan struct{})
	go func() { // ends with the program, whose end Stop and Kill wait for
		runtime.LockOSThread() // see endWithStarter
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			err = cmd.Wait()
		}
		log.Close()
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
		close(done)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	p.cmd, p.done, p.err = cmd, done, nil
	return nil
}

// Exchange has it be another program from its next start on, which gets some words before the arguments that it has: a later release, or a
// hostile build.
func (p *Process) Exchange(path string, words ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.path, p.args = path, slices.Concat(words, p.args[p.words:])
	p.words = len(words)
}

// Command is the program's command line, as a shell would take it.
func (p *Process) Command() string {
	words := []string{p.path}
	for _, arg := range p.args {
		if arg == "" || strings.ContainsAny(arg, " '\"$`\\") {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

// Exited says why the program ended, with the last line of its log, which is where the programs say what to do.
func (p *Process) Exited() error {
	p.mu.Lock()
	err := p.err
	p.mu.Unlock()
	return fmt.Errorf("%w: %s (%w): %s; its log is %s", ErrExited, p.Name, orNil(err), lastLine(p.Log), p.Log)
}

// orNil gives a clean exit a name.
func orNil(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// Stop asks the program to end and waits; after a grace it is killed. Stopping what has ended is nothing.
func (p *Process) Stop() {
	p.signal(syscall.SIGTERM)
	if !p.wait(grace) {
		p.Kill()
	}
}

// PID is the number of the program's process, while it runs; 0 before its first start.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.cmd.Process == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Kill ends the program without asking, as a power cut would, and waits for it.
func (p *Process) Kill() {
	p.signal(syscall.SIGKILL)
	p.wait(grace)
}

func (p *Process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.cmd.Process == nil {
		return
	}
	select {
	case <-p.done:
	default:
		// The group: a program's own children end with it.
		_ = syscall.Kill(-p.cmd.Process.Pid, s)
	}
}

func (p *Process) wait(most time.Duration) bool {
	done := p.Done()
	if done == nil {
		return true
	}
	select {
	case <-done:
		return true
	case <-time.After(most):
		return false
	}
}

// run runs a program to its end and returns what it printed to stdout; on failure the error carries its last line.
func run(ctx context.Context, path string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = environment()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", filepath.Base(path), args[0], err, lastOf(stderr.Bytes()))
	}
	return stdout.Bytes(), nil
}

// lastLine is the last line that a log has, or why there is none.
func lastLine(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > 4096 {
		_, _ = f.Seek(-4096, io.SeekEnd)
	}
	bz, err := io.ReadAll(f)
	if err != nil {
		return err.Error()
	}
	return lastOf(bz)
}

func lastOf(bz []byte) string {
	bz = bytes.TrimSpace(bz)
	if i := bytes.LastIndexByte(bz, '\n'); i >= 0 {
		bz = bz[i+1:]
	}
	return string(bz)
}
