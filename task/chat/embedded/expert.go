package embedded

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/engine"
)

// Name of the expert in the registry.
const Name = "gguf"

// Expert implements task.StreamingExpert and task.Pinner.
type Expert struct {
	params  chat.Params
	served  chat.Served
	version [32]byte
	path    string // of the version's files
	engine  *engine.Engine
	running *semaphore.Weighted
	inside  *semaphore.Weighted // running and waiting
}

// New loads the model.
func New(ctx context.Context, cfg task.ExpertConfig) (*Expert, error) {
	params, err := chat.DecodeParams(cfg.Params)
	if err != nil {
		return nil, err
	}
	o, err := decodeOptions(cfg.Options)
	if err != nil {
		return nil, err
	}
	if o.Serves == "" && len(params.Models) == 1 {
		o.Serves = params.Models[0].Pin
	}
	var served chat.Served
	if o.Serves != "" || len(params.Models) > 0 {
		if served, err = params.Serve(o.Serves, o.Root); err != nil {
			return nil, fmt.Errorf(`%w; say which with --expert-options '{"file":"...","serves":"name@version"}'`, err)
		}
	}
	path, err := checkRoot(ctx, o.File, served, cfg.Root)
	if err != nil {
		return nil, err
	}
	e, err := engine.Open(o.File, o.Template)
	if err != nil {
		return nil, err
	}
	if served.Name == "" {
		served.Name = nameOf(e.Model().Config.Name, o.File)
	}
	x := &Expert{
		params: params, served: served, version: served.Root, path: path, engine: e,
		running: semaphore.NewWeighted(int64(o.Concurrency)), inside: semaphore.NewWeighted(int64(o.Concurrency + o.Queue)),
	}
	if x.version == [32]byte{} {
		x.version = e.Model().Digest
	}
	if cfg.Log != nil {
		cfg.Log.Info("model loaded", "file", o.File, "serves", served.String(), "parameters", e.Model().Parameters, "context", min(e.Context(), params.MaxContext),
			"template", e.Template().Name(), "answers_at_once", o.Concurrency)
	}
	return x, nil
}

// checkRoot refuses to serve a file as a version that it is not: who tried would be found out, and lose what it has at stake. The
// version is the file alone, or all of its folder: which, is returned. Where the program finds no roots, the operator is believed.
func checkRoot(ctx context.Context, file string, s chat.Served, root task.RootFunc) (path string, err error) {
	if s.Root == [32]byte{} || root == nil {
		return file, nil
	}
	have, err := root(ctx, file)
	if err != nil || have == s.Root {
		return file, err
	}
	dir := filepath.Dir(file)
	if all, err := root(ctx, dir); err == nil && all == s.Root {
		return dir, nil
	}
	return "", fmt.Errorf("%w: %s has root %x, %s is pinned to %x: serve the files of that version", ErrOptions, file, have, s, s.Root)
}

// nameOf is the name in the file, or the file's own where it has none that can stand for a model.
func nameOf(name, file string) string {
	if name == "" || len(name) > chat.MaxModelBytes {
		name = strings.TrimSuffix(filepath.Base(file), ".gguf")
	}
	if len(name) > chat.MaxModelBytes {
		name = name[:chat.MaxModelBytes]
	}
	return strings.ToValidUTF8(name, "")
}

// Name implements task.Expert.
func (e *Expert) Name() string { return e.served.String() }

// Version implements task.Expert: the root of the version's files where it is known, else the SHA-256 of the file.
func (e *Expert) Version() [32]byte { return e.version }

// Pinned implements task.Pinner.
func (e *Expert) Pinned() (task.Pinned, bool) {
	return task.Pinned{Version: e.served.String(), Root: e.served.Root, Path: e.path}, e.served.Version != ""
}

// Streams implements task.StreamingExpert.
func (e *Expert) Streams(body []byte) bool { return chat.WantsStream(body) }

// generate answers a request when its turn comes.
func (e *Expert) generate(ctx context.Context, body []byte, emit func(chat.Request, engine.Piece) error) (chat.Request, chat.Response, error) {
	fail := func(err error) (chat.Request, chat.Response, error) { return chat.Request{}, chat.Response{}, err }
	r, err := chat.DecodeRequest(body, e.params)
	if err != nil {
		return fail(err)
	}
	if err := e.served.Check(r.Model); err != nil {
		return fail(err)
	}
	if !e.inside.TryAcquire(1) {
		return fail(fmt.Errorf("%w: the queue is full", task.ErrOverloaded))
	}
	defer e.inside.Release(1)
	if err := e.running.Acquire(ctx, 1); err != nil {
		return fail(err)
	}
	defer e.running.Release(1)
	var hand func(engine.Piece) error
	if emit != nil {
		hand = func(p engine.Piece) error { return emit(r, p) }
	}
	out, err := e.engine.Generate(ctx, r, body, e.params.MaxContext, hand)
	if err != nil {
		return fail(err)
	}
	if !r.Logprobs {
		out.Choices[0].Logprobs = nil
	}
	return r, out, nil
}

// Answer implements task.Expert.
func (e *Expert) Answer(ctx context.Context, body []byte) ([]byte, error) {
	_, out, err := e.generate(ctx, body, nil)
	if err != nil {
		return nil, err
	}
	out.ID, out.Created, out.Model = newID(), time.Now().Unix(), e.served.String()
	return json.Marshal(out)
}

// Stream implements task.StreamingExpert.
func (e *Expert) Stream(ctx context.Context, body []byte, emit func([]byte) error) error {
	id, created, began := newID(), time.Now().Unix(), false
	send := func(c chat.Chunk) error {
		c.ID, c.Object, c.Created, c.Model = id, chat.ObjectChunk, created, e.served.String()
		if !began && len(c.Choices) > 0 {
			c.Choices[0].Delta.Role, began = chat.RoleAssistant, true
		}
		data, err := json.Marshal(c)
		if err != nil {
			return err
		}
		return emit(data)
	}
	_, out, err := e.generate(ctx, body, func(r chat.Request, p engine.Piece) error {
		choice := chat.ChunkChoice{Delta: chat.Delta{Content: p.Text}}
		if r.Logprobs && len(p.Tokens) > 0 {
			choice.Logprobs = &chat.Logprobs{Content: p.Tokens}
		}
		if p.Text == "" && choice.Logprobs == nil {
			return nil
		}
		return send(chat.Chunk{Choices: []chat.ChunkChoice{choice}})
	})
	if err != nil {
		return err
	}
	if err := send(chat.Chunk{Choices: []chat.ChunkChoice{{FinishReason: &out.Choices[0].FinishReason}}}); err != nil {
		return err
	}
	return send(chat.Chunk{Choices: []chat.ChunkChoice{}, Usage: &out.Usage})
}

func newID() string {
	var b [12]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
	return "chatcmpl-" + hex.EncodeToString(b[:])
}

// Spec returns the expert for the registry.
func Spec() task.ExpertSpec {
	return task.ExpertSpec{
		Task:  chat.Kind,
		Name:  Name,
		About: `a GGUF file, computed here, with no other program; options {"file": "model.gguf", "serves": "name@version"}`,
		New: func(ctx context.Context, cfg task.ExpertConfig) (task.Expert, error) {
			return New(ctx, cfg)
		},
	}
}
