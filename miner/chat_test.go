package miner

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/lmtest"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/embedded"
	"github.com/agon-chain/agon/task/chat/openai"
	"github.com/agon-chain/agon/task/chat/openai/llamacpptest"
	"github.com/agon-chain/agon/wire"
)

// TestMinerInFrontOfLlamaCpp goes the whole way: a signed request over a socket, a miner, its expert, another socket, llama.cpp; and
// back, with a receipt.
func TestMinerInFrontOfLlamaCpp(t *testing.T) {
	url := llamacpptest.Start(t)
	root := strings.Repeat("ab", 32)
	b := start(t, func(o *Options) {
		f := o.Chain.(*fakeChain)
		f.subnet.TaskKind, f.subnet.TaskParams = chat.Kind, `{"models":[{"pin":"stories@260K","root":"`+root+`"}],"max_context":512,"max_tokens":256}`
		o.Tasks, o.Experts = []task.Task{chat.Task()}, []task.ExpertSpec{openai.Spec()}
		o.Config.Expert, o.Config.ExpertEndpoint = openai.Name, url
	})
	call := func(more string) wire.Call {
		c := b.call(fmt.Sprintf(`{"messages":[{"role":"user","content":"Once upon a time"}],"max_tokens":20,"temperature":0%s}`, more))
		c.Path = chat.Route
		return c
	}
	join := func(t *testing.T, c wire.Call, asked []byte) (chat.Response, *wire.Reply) {
		t.Helper()
		var j chat.Joiner
		reply, err := b.askStream(c, func(data []byte) error {
			piece, err := chat.DecodeChunk(data)
			require.NoError(t, err)
			return j.Add(piece)
		})
		require.NoError(t, err)
		r, err := chat.DecodeRequest(asked, chat.DefaultParams())
		require.NoError(t, err)
		out, err := j.Response(r)
		require.NoError(t, err)
		return out, reply
	}
	requireReceipt := func(t *testing.T, reply *wire.Reply) {
		t.Helper()
		require.Equal(t, bytes.Repeat([]byte{0xab}, 32), reply.Receipt.ModelVersion[:], "the root that the chain has")
		require.Equal(t, uint32(5), reply.Receipt.PromptTokens)
		require.Equal(t, uint32(20), reply.Receipt.OutputTokens)
	}
	const text = ", there was a little girl named Lily. She loved to play outsid"

	t.Run("pinned", func(t *testing.T) {
		for _, pin := range []string{"", `,"model":"stories@260K"`, `,"model":"` + root + `"`} {
			reply, err := b.ask(call(pin))
			require.NoError(t, err)
			out, err := chat.DecodeResponse(reply.Body, chat.Request{MaxTokens: 20})
			require.NoError(t, err)
			require.Equal(t, "stories@260K", out.Model)
			require.Equal(t, text, out.Choices[0].Message.Content)
			requireReceipt(t, reply)
		}
	})
	t.Run("another-version", func(t *testing.T) {
		for _, stream := range []string{"", `,"stream":true`} {
			reply, err := b.ask(call(`,"model":"stories@15M"` + stream))
			api := isAPI(t, err, 400, chat.CodeModelNotServed)
			require.Equal(t, "model", *api.Param)
			require.Contains(t, api.Message, "stories@260K")
			require.Equal(t, uint16(400), reply.Receipt.Status)
		}
	})
	t.Run("streamed", func(t *testing.T) {
		c := call(`,"stream":true`)
		out, reply := join(t, c, c.Body)
		require.Equal(t, text, out.Choices[0].Message.Content)
		requireReceipt(t, reply)
	})
	t.Run("streamed-and-sealed", func(t *testing.T) {
		public, err := b.sealing.Public()
		require.NoError(t, err)
		c := call(`,"stream":true,"logprobs":true`)
		asked := c.Body
		c.Body, c.Opener, err = wire.SealRequest(public, wire.SealBinding(testChain, b.hotkey, http.MethodPost, chat.Route), asked)
		require.NoError(t, err)
		c.ContentType = wire.ContentTypeSealed
		out, reply := join(t, c, asked)
		require.Equal(t, text, out.Choices[0].Message.Content)
		require.Len(t, out.Choices[0].Logprobs.Content, 20)
		require.NotContains(t, string(reply.Body), "Lily")
		requireReceipt(t, reply)
	})
	t.Run("published", func(t *testing.T) {
		require.Eventually(t, func() bool { return b.chain.axon() != nil }, 5*time.Second, 5*time.Millisecond)
		require.Equal(t, "stories@260K", b.chain.axon().Served[0].Name)
		require.Equal(t, bytes.Repeat([]byte{0xab}, 32), b.chain.axon().Served[0].Version)
	})
}

// TestMinerWithAModelOfItsOwn needs no other program: the model is one of random weights.
func TestMinerWithAModelOfItsOwn(t *testing.T) {
	file := lmtest.File(t, lmtest.Made{})
	b := start(t, func(o *Options) {
		o.Chain.(*fakeChain).subnet.TaskKind = chat.Kind
		o.Tasks, o.Experts = []task.Task{chat.Task()}, []task.ExpertSpec{embedded.Spec()}
		o.Config.Expert, o.Config.ExpertOptions = embedded.Name, fmt.Sprintf(`{"file":%q,"serves":"made@1"}`, file)
	})
	asked := []byte(`{"model":"made@1","messages":[{"role":"user","content":"hello"}],"max_tokens":30,"seed":4,"stream":true,"logprobs":true}`)
	r, err := chat.DecodeRequest(asked, chat.DefaultParams())
	require.NoError(t, err)
	c := b.call(string(asked))
	c.Path = chat.Route
	var j chat.Joiner
	reply, err := b.askStream(c, func(data []byte) error {
		piece, err := chat.DecodeChunk(data)
		require.NoError(t, err)
		return j.Add(piece)
	})
	require.NoError(t, err)
	joined, err := j.Response(r)
	require.NoError(t, err)
	require.Equal(t, uint32(joined.Usage.CompletionTokens), reply.Receipt.OutputTokens)
	require.Equal(t, uint32(joined.Usage.PromptTokens), reply.Receipt.PromptTokens)

	c.Body = bytes.Replace(asked, []byte(`,"stream":true`), nil, 1)
	whole, err := b.ask(c)
	require.NoError(t, err)
	out, err := chat.DecodeResponse(whole.Body, r)
	require.NoError(t, err)
	require.Equal(t, joined.Choices, out.Choices)
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, wire.BodyHash(raw), whole.Receipt.ModelVersion, "of a version that nobody pinned: the file's SHA-256")
}
