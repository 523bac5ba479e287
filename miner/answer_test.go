package miner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/langid"
	"github.com/agon-chain/agon/wire"
)

func withStub(f stub) func(*Options) {
	return func(o *Options) { o.Experts, o.Config.Expert = []task.ExpertSpec{stubSpec(f)}, "stub" }
}

func TestReceiptIsAboutTheAnswer(t *testing.T) {
	b := start(t, nil)
	before := time.Now().Truncate(time.Millisecond)
	call := b.call(question)
	call.Tag = wire.RandomTag()
	reply, err := b.ask(call) // the client verifies signature, hashes, tag, chain and netuid
	require.NoError(t, err)
	r := reply.Receipt
	require.NotNil(t, r)
	require.Equal(t, call.Tag, r.Tag)
	require.Equal(t, uint16(200), r.Status)
	require.Equal(t, b.miner.state.Load().expert.Version(), r.ModelVersion)
	require.NotZero(t, r.ModelVersion)
	require.False(t, r.ReceivedAt.Before(before))
	require.False(t, r.FinishedAt.Before(r.ReceivedAt))
	require.False(t, r.FinishedAt.After(time.Now()))
}

func TestErrorsOfTheExpert(t *testing.T) {
	for _, tc := range []struct {
		name   string
		expert stub
		status int
		code   string
	}{
		{"panic", func(context.Context, []byte) ([]byte, error) { panic("boom: secret") }, 500, "internal_error"},
		{"own-failure", func(context.Context, []byte) ([]byte, error) { return nil, errors.New("secret path /models/x") }, 500, "internal_error"},
		{"overloaded", func(context.Context, []byte) ([]byte, error) {
			return nil, fmt.Errorf("secret: %w", task.ErrOverloaded)
		}, 503, "overloaded"},
		{"too-slow", func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done()
			return nil, errors.New("secret backend cut off")
		}, 504, "timeout"},
		{"too-long", func(context.Context, []byte) ([]byte, error) {
			return bytes.Repeat([]byte("x"), langid.MaxResponseBytes+1), nil
		}, 500, "internal_error"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := start(t, func(o *Options) {
				withStub(tc.expert)(o)
				if tc.status == http.StatusGatewayTimeout {
					o.Config.AnswerTimeout = 50 * time.Millisecond
				}
			})
			for range 2 { // the second shows that the first did no harm
				reply, err := b.ask(b.call(question))
				api := isAPI(t, err, tc.status, tc.code)
				require.NotContains(t, api.Message, "secret")
				require.NotNil(t, reply.Receipt, "an error on a genuine request is signed for")
				require.Equal(t, uint16(tc.status), reply.Receipt.Status)
			}
		})
	}
}

func TestUsageIsInTheReceipt(t *testing.T) {
	b := start(t, withStub(func(context.Context, []byte) ([]byte, error) {
		return []byte(`{"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":22,"total_tokens":33}}`), nil
	}))
	reply, err := b.ask(b.call(question))
	require.NoError(t, err)
	require.Equal(t, uint32(11), reply.Receipt.PromptTokens)
	require.Equal(t, uint32(22), reply.Receipt.OutputTokens)
	require.Equal(t, usage{}, readUsage([]byte(`{"usage":{"prompt_tokens":-1}}`)))
}

func TestBackPressure(t *testing.T) {
	busy, free := make(chan struct{}, 8), make(chan struct{})
	b := start(t, func(o *Options) {
		withStub(func(context.Context, []byte) ([]byte, error) { busy <- struct{}{}; <-free; return []byte(`{}`), nil })(o)
		o.Config.MaxConcurrent, o.Config.MaxQueue, o.Config.QueueWait = 1, 1, 100*time.Millisecond
	})
	done := make(chan error, 1)
	go func() { _, err := b.ask(b.call(question)); done <- err }()
	<-busy
	begin := time.Now()
	reply, err := b.ask(b.call(question))
	isAPI(t, err, 503, "overloaded")
	require.GreaterOrEqual(t, time.Since(begin), 90*time.Millisecond, "it waited for its turn")
	require.Equal(t, "1", reply.Header.Get("Retry-After"))
	require.NotNil(t, reply.Receipt)
	close(free)
	require.NoError(t, <-done)
	_, err = b.ask(b.call(question))
	require.NoError(t, err, "places are given back")
}

func TestSealedBodies(t *testing.T) {
	b := start(t, nil)
	public, err := b.sealing.Public()
	require.NoError(t, err)
	binding := wire.SealBinding(testChain, b.hotkey, http.MethodPost, langid.Route)
	seal := func(plain string, binding []byte) (wire.Call, *wire.ResponseOpener) {
		sealed, opener, err := wire.SealRequest(public, binding, []byte(plain))
		require.NoError(t, err)
		call := b.call("")
		call.Body, call.ContentType, call.Accept = sealed, wire.ContentTypeSealed, wire.ContentTypeSealed
		return call, opener
	}

	t.Run("answer", func(t *testing.T) {
		call, opener := seal(question, binding)
		reply, err := b.ask(call)
		require.NoError(t, err)
		require.Equal(t, wire.ContentTypeSealed, reply.Header.Get("Content-Type"))
		require.NotContains(t, string(reply.Body), "deu")
		plain, end, err := opener.Open(reply.Body)
		require.NoError(t, err)
		require.True(t, end)
		require.NoError(t, opener.Close())
		require.Contains(t, string(plain), `"deu"`)
	})
	t.Run("largest", func(t *testing.T) {
		call, _ := seal(`{"text":"`+strings.Repeat(" ", langid.MaxRequestBytes-11)+`"}`, binding)
		_, err := b.ask(call)
		isAPI(t, err, 400, "invalid_request") // opened, read, and found too long by the task, not by the body's limit
	})
	t.Run("bound-to-another-route", func(t *testing.T) {
		call, _ := seal(question, wire.SealBinding(testChain, b.hotkey, http.MethodPost, "/v1/other"))
		reply, err := b.ask(call)
		isAPI(t, err, 400, "bad_sealed_body")
		require.NotNil(t, reply.Receipt)
	})
	t.Run("not-sealed-at-all", func(t *testing.T) {
		call := b.call(question)
		call.ContentType = wire.ContentTypeSealed
		_, err := b.ask(call)
		isAPI(t, err, 400, "bad_sealed_body")
	})
	t.Run("error-tells-nothing-of-the-body", func(t *testing.T) {
		call, _ := seal(`{"my-secret":1}`, binding)
		reply, err := b.ask(call)
		isAPI(t, err, 400, "invalid_request")
		require.NotContains(t, string(reply.Body), "my-secret")
	})
}
