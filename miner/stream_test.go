package miner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/langid"
	"github.com/agon-chain/agon/wire"
)

// piecewise is an expert that streams what a function emits.
type piecewise struct {
	stub
	stream func(ctx context.Context, emit func([]byte) error) error
}

func (piecewise) Streams(body []byte) bool { return bytes.Contains(body, []byte(`"stream":true`)) }

func (p piecewise) Stream(ctx context.Context, _ []byte, emit func([]byte) error) error {
	return p.stream(ctx, emit)
}

func withPieces(f func(ctx context.Context, emit func([]byte) error) error) func(*Options) {
	return func(o *Options) {
		e := piecewise{stub: func(context.Context, []byte) ([]byte, error) { return []byte(`{"whole":true}`), nil }, stream: f}
		o.Experts = []task.ExpertSpec{{Task: langid.Kind, Name: "stub", New: func(context.Context, task.ExpertConfig) (task.Expert, error) { return e, nil }}}
		o.Config.Expert = "stub"
	}
}

const streamed = `{"text":"der alte Hund","stream":true}`

func (b *bench) askStream(c wire.Call, onEvent func([]byte) error) (*wire.Reply, error) {
	return b.client.Stream(context.Background(), c, onEvent)
}

func TestStreamIsFlushedInOrder(t *testing.T) {
	step := make(chan struct{})
	b := start(t, withPieces(func(_ context.Context, emit func([]byte) error) error {
		for i := range 3 {
			if err := emit(fmt.Appendf(nil, `{"n":%d}`, i)); err != nil {
				return err
			}
			<-step // the reader has it before the next one exists
		}
		return emit([]byte(`{"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":22}}`))
	}))
	var got []string
	reply, err := b.askStream(b.call(streamed), func(e []byte) error {
		got = append(got, string(e))
		if len(got) <= 3 {
			step <- struct{}{}
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{`{"n":0}`, `{"n":1}`, `{"n":2}`, `{"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":22}}`}, got)
	require.Equal(t, uint32(11), reply.Receipt.PromptTokens)
	require.Equal(t, uint32(22), reply.Receipt.OutputTokens)
	require.Equal(t, b.miner.state.Load().expert.Version(), reply.Receipt.ModelVersion)
	require.Equal(t, "no-store", reply.Header.Get("Cache-Control"))

	whole, err := b.ask(b.call(question))
	require.NoError(t, err)
	require.JSONEq(t, `{"whole":true}`, string(whole.Body), "who asks for no stream gets none")
}

func TestStreamSealed(t *testing.T) {
	b := start(t, withPieces(func(_ context.Context, emit func([]byte) error) error {
		return errors.Join(emit([]byte(`{"secret":1}`)), emit([]byte(`{"secret":2}`)))
	}))
	public, err := b.sealing.Public()
	require.NoError(t, err)
	sealed, opener, err := wire.SealRequest(public, wire.SealBinding(testChain, b.hotkey, http.MethodPost, langid.Route), []byte(streamed))
	require.NoError(t, err)
	call := b.call("")
	call.Body, call.ContentType, call.Opener = sealed, wire.ContentTypeSealed, opener
	var got []string
	reply, err := b.askStream(call, func(e []byte) error { got = append(got, string(e)); return nil })
	require.NoError(t, err)
	require.Equal(t, []string{`{"secret":1}`, `{"secret":2}`}, got)
	require.NotContains(t, string(reply.Body), "secret")
}

func TestStreamThatFails(t *testing.T) {
	one := func(emit func([]byte) error) { _ = emit([]byte(`{"n":0}`)) }
	for _, tc := range []struct {
		name   string
		f      func(ctx context.Context, emit func([]byte) error) error
		events int
		status int
		code   string
	}{
		{"before-the-first", func(context.Context, func([]byte) error) error {
			return &task.BadRequest{Field: "model", Reason: "no", Code: "model_not_served"}
		}, 0, 400, "model_not_served"},
		{"overloaded", func(context.Context, func([]byte) error) error { return fmt.Errorf("secret: %w", task.ErrOverloaded) }, 0, 503, "overloaded"},
		{"nothing-at-all", func(context.Context, func([]byte) error) error { return nil }, 0, 500, "internal_error"},
		{"midway", func(_ context.Context, emit func([]byte) error) error { one(emit); return errors.New("secret") }, 1, 500, "internal_error"},
		{"panic-midway", func(_ context.Context, emit func([]byte) error) error { one(emit); panic("secret") }, 1, 500, "internal_error"},
		{"panic-at-once", func(context.Context, func([]byte) error) error { panic("secret") }, 0, 500, "internal_error"},
		{"too-slow", func(ctx context.Context, emit func([]byte) error) error { one(emit); <-ctx.Done(); return ctx.Err() }, 1, 504, "timeout"},
		{"too-long", func(_ context.Context, emit func([]byte) error) error {
			for {
				if err := emit(bytes.Repeat([]byte("x"), 1000)); err != nil {
					return err
				}
			}
		}, 4, 500, "internal_error"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t, func(o *Options) {
				withPieces(tc.f)(o)
				o.Config.AnswerTimeout = 300 * time.Millisecond
			})
			for range 2 { // the second shows that the first did no harm
				events := 0
				reply, err := b.askStream(b.call(streamed), func([]byte) error { events++; return nil })
				api := isAPI(t, err, tc.status, tc.code)
				require.NotContains(t, api.Message, "secret")
				require.Equal(t, tc.events, events)
				require.NotNil(t, reply.Receipt, "a stream that failed is signed for")
				require.Equal(t, uint16(tc.status), reply.Receipt.Status)
			}
		})
	}
}

// endless emits until emit fails, and tells.
func endless(gone chan<- error) func(context.Context, func([]byte) error) error {
	return func(ctx context.Context, emit func([]byte) error) error {
		for {
			if err := emit(bytes.Repeat([]byte("x"), 100)); err != nil {
				gone <- err
				return err
			}
			select {
			case <-ctx.Done():
				gone <- ctx.Err()
				return ctx.Err()
			case <-time.After(time.Millisecond):
			}
		}
	}
}

func TestCallerLeavesAStream(t *testing.T) {
	gone := make(chan error, 1)
	b := start(t, func(o *Options) {
		withPieces(endless(gone))(o)
		o.Tasks[0].MaxResponseBytes = 1 << 30
		o.Config.MaxConcurrent, o.Config.MaxQueue = 1, 0
	})
	left := errors.New("left")
	n := 0
	_, err := b.askStream(b.call(streamed), func([]byte) error {
		if n++; n == 3 {
			return left
		}
		return nil
	})
	require.ErrorIs(t, err, left)
	select {
	case err := <-gone:
		require.Error(t, err)
	case <-time.After(5 * time.Second):
		t.Fatal("the expert goes on for nobody")
	}
	require.Eventually(t, func() bool { _, err := b.ask(b.call(question)); return err == nil }, 5*time.Second, 10*time.Millisecond, "its place is given back")
}

func TestMinerDiesInAStream(t *testing.T) {
	gone := make(chan error, 1)
	b := start(t, func(o *Options) {
		withPieces(endless(gone))(o)
		o.Tasks[0].MaxResponseBytes = 1 << 30
		o.Config.DrainTimeout = time.Millisecond
	})
	n := 0
	reply, err := b.askStream(b.call(streamed), func([]byte) error {
		if n++; n == 3 {
			b.stop()
		}
		return nil
	})
	require.ErrorIs(t, err, wire.ErrTruncated)
	require.Nil(t, reply.Receipt)
	require.NotEmpty(t, reply.Body, "what came is there, for what it is worth")
	<-gone
}

func TestDrainLetsAStreamEnd(t *testing.T) {
	var b *bench
	b = start(t, withPieces(func(_ context.Context, emit func([]byte) error) error {
		if err := emit([]byte(`{"n":0}`)); err != nil {
			return err
		}
		for !b.miner.stop.Load() {
			time.Sleep(time.Millisecond)
		}
		return emit([]byte(`{"n":1}`))
	}))
	reply, err := b.askStream(b.call(streamed), func(e []byte) error {
		if string(e) == `{"n":0}` {
			b.stop()
		}
		return nil
	})
	require.NoError(t, err)
	require.NotNil(t, reply.Receipt)
}

func TestSlowReaderLosesItsPlace(t *testing.T) {
	old := streamStall
	streamStall = 200 * time.Millisecond
	defer func() { streamStall = old }()
	gone := make(chan error, 1)
	b := start(t, func(o *Options) {
		withPieces(func(_ context.Context, emit func([]byte) error) error {
			for {
				if err := emit(bytes.Repeat([]byte("x"), 256<<10)); err != nil {
					gone <- err
					return err
				}
			}
		})(o)
		o.Tasks[0].MaxResponseBytes = 1 << 40
	})
	r := b.signed(streamed, wire.Header{})
	c, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, r.Write(c)) // and never read
	select {
	case err := <-gone:
		require.ErrorContains(t, err, "gone")
	case <-time.After(5 * time.Second):
		t.Fatal("who does not read keeps its place")
	}
}

func TestClosesTheExpert(t *testing.T) {
	closed := make(chan struct{})
	b := start(t, func(o *Options) {
		o.Experts = []task.ExpertSpec{{Task: langid.Kind, Name: "stub", New: func(context.Context, task.ExpertConfig) (task.Expert, error) {
			return closing{stub: func(context.Context, []byte) ([]byte, error) { return json.RawMessage(`{}`), nil }, closed: closed}, nil
		}}}
		o.Config.Expert = "stub"
	})
	_, err := b.ask(b.call(question))
	require.NoError(t, err)
	b.stop()
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Fatal("not closed")
	}
}

type closing struct {
	stub
	closed chan struct{}
}

func (c closing) Close() error { close(c.closed); return nil }
