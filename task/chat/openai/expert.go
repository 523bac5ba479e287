package openai

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/openai/backend"
)

// Name of the expert in the registry.
const Name = "openai"

const route = "/chat/completions" // behind the backend's /v1

// Expert implements task.StreamingExpert, task.Pinner and io.Closer.
type Expert struct {
	params  chat.Params
	served  chat.Served
	version [32]byte
	pool    *backend.Pool
}

// New probes the backends and serves what at least one of them can. It looks at them again as long as ctx lives.
func New(ctx context.Context, cfg task.ExpertConfig) (*Expert, error) {
	params, err := chat.DecodeParams(cfg.Params)
	if err != nil {
		return nil, err
	}
	o, err := decodeOptions(cfg.Options, cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	if o.Serves == "" && len(params.Models) == 1 {
		o.Serves = params.Models[0].Pin
	}
	var served chat.Served
	if o.Serves != "" || len(params.Models) > 0 {
		if served, err = params.Serve(o.Serves, o.Root); err != nil {
			return nil, fmt.Errorf(`%w; say which with --expert-options '{"serves":"name@version"}'`, err)
		}
	}
	limits := o.limits()
	limits.MaxAnswer = chat.MaxResponseBytes
	pool, err := backend.Open(ctx, o.Backends, limits, cfg.Log)
	if err != nil {
		return nil, err
	}
	e := &Expert{params: params, served: served, pool: pool}
	if e.served.Name == "" {
		e.served.Name = clipModel(firstModel(pool))
	}
	e.version = versionOf(e.served)
	return e, nil
}

// firstModel is the name that the first server which is up has for its model.
func firstModel(p *backend.Pool) string {
	for _, s := range p.Servers() {
		if s.Capabilities() != nil {
			return s.Model()
		}
	}
	return ""
}

func clipModel(name string) string {
	if len(name) > chat.MaxModelBytes {
		return strings.ToValidUTF8(name[:chat.MaxModelBytes], "")
	}
	return name
}

// versionOf is the root of the files where it is known. Else it stands for a name alone, and says nothing of any content.
func versionOf(s chat.Served) [32]byte {
	if s.Root != [32]byte{} {
		return s.Root
	}
	return sha256.Sum256([]byte("agon/chat/unpinned/1\n" + s.String()))
}

// Name implements task.Expert.
func (e *Expert) Name() string { return e.served.String() }

// Version implements task.Expert: what receipts carry as the model's version.
func (e *Expert) Version() [32]byte { return e.version }

// Pinned implements task.Pinner. The files are with the servers, not here.
func (e *Expert) Pinned() (task.Pinned, bool) {
	return task.Pinned{Version: e.served.String(), Root: e.served.Root}, e.served.Version != ""
}

// Close implements io.Closer.
func (e *Expert) Close() error { return e.pool.Close() }

// Streams implements task.StreamingExpert.
func (e *Expert) Streams(body []byte) bool { return chat.WantsStream(body) }

// accept reads a request and says what a server must be able to do.
func (e *Expert) accept(body []byte, stream bool) (chat.Request, backend.Need, error) {
	r, err := chat.DecodeRequest(body, e.params)
	if err != nil {
		return r, backend.Need{}, err
	}
	if err := e.served.Check(r.Model); err != nil {
		return r, backend.Need{}, err
	}
	r.Stream, r.Options = stream, nil
	if stream {
		r.Options = &chat.StreamOptions{IncludeUsage: true}
	}
	for i := range r.Messages {
		if r.Messages[i].Role == chat.RoleDeveloper {
			r.Messages[i].Role = chat.RoleSystem // the older word, which every server knows
		}
	}
	return r, backend.Need{Streaming: stream, Logprobs: r.Logprobs, TopLogprobs: r.TopLogprobs}, nil
}

// ask is the request as a server gets it.
func ask(r chat.Request, s *backend.Server) ([]byte, error) {
	r.Model = s.Model()
	return json.Marshal(r)
}

// Answer implements task.Expert.
func (e *Expert) Answer(ctx context.Context, body []byte) ([]byte, error) {
	r, need, err := e.accept(body, false)
	if err != nil {
		return nil, err
	}
	var out chat.Response
	err = e.pool.Do(ctx, need, func(ctx context.Context, s *backend.Server) (bool, error) {
		body, err := ask(r, s)
		if err != nil {
			return false, err
		}
		raw, err := s.Post(ctx, route, body)
		if err != nil {
			return false, err
		}
		// Nothing of a bad answer was handed on, so another server may try.
		if out, err = chat.DecodeResponse(raw, r); err != nil {
			return false, s.Malformed(err)
		}
		return false, nil
	})
	if err != nil {
		return nil, toTask(err)
	}
	if err := e.fits(out.Usage); err != nil {
		return nil, err
	}
	out.ID, out.Object, out.Created, out.Model = newID(), chat.ObjectCompletion, time.Now().Unix(), e.served.String()
	out.Choices[0].Message.Role, out.Choices[0].Message.Name = chat.RoleAssistant, ""
	return json.Marshal(out)
}

// fits refuses what is longer than the subnet allows. Only the server can count the prompt's tokens.
func (e *Expert) fits(u chat.Usage) error {
	if u.TotalTokens <= e.params.MaxContext {
		return nil
	}
	return &task.BadRequest{Field: "messages", Reason: fmt.Sprintf("prompt and answer have %d tokens, want at most %d; shorten the conversation or max_tokens", u.TotalTokens, e.params.MaxContext)}
}

// toTask says an error in the task's words. What only the operator can mend stays as it is, for the log.
func toTask(err error) error {
	if lack, ok := errors.AsType[*backend.LackError](err); ok {
		return &task.BadRequest{Field: lack.Field, Reason: "no server of this miner can do that; leave it out, or ask another miner"}
	}
	failed, ok := errors.AsType[*backend.Error](err)
	switch {
	case errors.Is(err, backend.ErrFull), errors.Is(err, backend.ErrNoneUp), errors.Is(err, backend.ErrClosed), errors.Is(err, backend.ErrBusy):
		return fmt.Errorf("%w: %w", task.ErrOverloaded, err)
	case ok && errors.Is(err, backend.ErrRefused):
		return &task.BadRequest{Reason: "the model's server refused it: " + failed.Detail}
	}
	return err
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
		About: `any OpenAI-compatible server (vLLM, SGLang, llama.cpp, Ollama) at expert-endpoint; options {"serves": "name@version", "backends": [{"url": "..."}]}`,
		New: func(ctx context.Context, cfg task.ExpertConfig) (task.Expert, error) {
			return New(ctx, cfg)
		},
	}
}
