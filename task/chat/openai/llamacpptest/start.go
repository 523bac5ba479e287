package llamacpptest

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// Model is what the front calls the model that it serves.
const Model = "stories260K"

// Context is the context of the server that Start starts, in tokens.
const Context = 512

// root is the repository's, found from this file.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", "..")
}

// GGUF is the path of the model that the front serves, or skips the test. It lies beside the repository and is no part of it.
func GGUF(t testing.TB) string {
	t.Helper()
	file := filepath.Join(root(), "..", "shared", "models", Model+".gguf")
	if _, err := os.Stat(file); err != nil {
		t.Skipf("no model at ../shared/models/%s.gguf beside the repository", Model)
	}
	return file
}

// Start starts a server of that model and returns its base URL, with /v1. The server ends with the test.
func Start(t testing.TB) string {
	t.Helper()
	return StartFile(t, GGUF(t))
}

// StartFile starts a server of a file of the test's, which it calls Model too.
func StartFile(t testing.TB, file string) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node in PATH")
	}
	modules := filepath.Join(root(), ".agon", "llamacpp", "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "node-llama-cpp")); err != nil {
		t.Skip("no node-llama-cpp: fetch it with scripts/llamacpp.sh")
	}
	cmd := exec.Command(node, filepath.Join(root(), "task", "chat", "openai", "llamacpptest", "testdata", "front.mjs"), file, modules, strconv.Itoa(Context))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close() // the front ends with its stdin
		end := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		end.Stop()
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	var said struct {
		Port int `json:"port"`
	}
	if err := json.Unmarshal(line, &said); err != nil || said.Port == 0 {
		t.Fatalf("llama.cpp did not start: it said %q", line)
	}
	return "http://127.0.0.1:" + strconv.Itoa(said.Port) + "/v1"
}
