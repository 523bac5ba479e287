package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/miner"
	"github.com/agon-chain/agon/miner/hardware"
	"github.com/agon-chain/agon/miner/till"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/langid"
	"github.com/agon-chain/agon/task/langid/whatlang"
	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	testChain = "agon-test-1"
	chatNet   = 1
	langNet   = 2
)

func seed(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func addressOf(t testing.TB, b byte) sdk.AccAddress {
	t.Helper()
	key, _, err := wire.LocalAccount(seed(b))
	require.NoError(t, err)
	return key.AddressBytes()
}

// market is a chain in memory as gateway and miners see it: neurons, prices, accounts and channels.
type market struct {
	mu       sync.Mutex
	neurons  map[string]*subnettypes.Neuron // by hotkey
	extra    []*directory.Miner             // that no daemon stands behind
	models   map[string][]directory.Model   // by hotkey
	prices   map[string]wire.Price
	balances map[string]uint64
	channels []paymenttypes.Channel
	plain    bool // no versions are pinned, so that questions have no seed
	down     error
	height   int64
}

func newMarket() *market {
	return &market{
		neurons: map[string]*subnettypes.Neuron{}, models: map[string][]directory.Model{}, prices: map[string]wire.Price{}, balances: map[string]uint64{}, height: 100,
	}
}

func (m *market) set(f func(*market)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(m)
}

// Read is the view of a gateway.
func (m *market) Read(context.Context) (*directory.View, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return nil, m.down
	}
	v := &directory.View{Height: m.height, Subnets: []*directory.Subnet{
		{Netuid: chatNet, Title: "Small Talk", Task: chat.Kind, Route: chat.Route, Replayed: !m.plain},
		{Netuid: langNet, Title: "Languages", Task: langid.Kind, Route: langid.Task().Route},
	}}
	for hotkey, n := range m.neurons {
		if n.Axon == nil {
			continue
		}
		key, err := wire.ParseServicePublic(n.Axon.ServiceKey)
		if err != nil {
			return nil, err
		}
		v.Miners = append(v.Miners, &directory.Miner{
			Netuid: uint16(n.Netuid), UID: uint16(n.Uid), Hotkey: hotkey, URL: n.Axon.Url, ServiceKey: key, SealingKey: n.Axon.SealingKey, Region: n.Axon.Region,
			Incentive: 1000, Price: m.prices[hotkey], Models: m.models[hotkey],
		})
	}
	for _, x := range m.extra {
		c := *x
		v.Miners = append(v.Miners, &c)
	}
	return v, nil
}

// minerChain is the market as one miner asks it.
type minerChain struct {
	*market
	netuid uint32
	kind   string
}

func (c minerChain) Subnet(context.Context, uint32) (miner.Subnet, error) {
	return miner.Subnet{Netuid: c.netuid, TaskKind: c.kind}, nil
}

func (c minerChain) SignsFor(_ context.Context, key sdk.AccAddress) (sdk.AccAddress, error) {
	return key, nil
}

func (c minerChain) Neuron(_ context.Context, _ uint32, hotkey string) (subnettypes.Neuron, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *c.neurons[hotkey], nil
}
func (c minerChain) Judges(context.Context, uint32, string) (bool, error) { return false, nil }
func (c minerChain) Balance(context.Context, string) (uint64, error)      { return math.MaxUint64, nil }
func (c minerChain) FeeGrant(context.Context, sdk.AccAddress, sdk.AccAddress) (miner.FeeGrant, error) {
	return miner.FeeGrant{Exists: true, Left: math.MaxUint64}, nil
}

func (c minerChain) Price(_ context.Context, _ uint32, hotkey string) (wire.Price, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.prices[hotkey], nil
}

func (c minerChain) Channel(_ context.Context, id uint64) (till.Channel, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id == 0 || id > uint64(len(c.channels)) {
		return till.Channel{}, till.ErrNoChannel
	}
	ch := c.channels[id-1]
	return till.Channel{
		ID: ch.Id, Owner: ch.Owner, Netuid: ch.Netuid, Payee: ch.Payee, VoucherKey: [32]byte(ch.VoucherKey), Deposit: ch.Deposit, Claimed: ch.Claimed,
		ExpiresAt: ch.ExpiresAt, ClosingAt: ch.ClosingAt,
	}, nil
}
func (c minerChain) Height(context.Context) (int64, error) { return c.height, nil }

// payerChain is the market as a payer asks it.
type payerChain struct{ *market }

func (c payerChain) Height(context.Context) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.height, c.down
}

func (c payerChain) Balance(_ context.Context, owner string) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.balances[owner], nil
}

func (c payerChain) Channels(_ context.Context, owner string, payee payer.Payee) ([]paymenttypes.Channel, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []paymenttypes.Channel
	for _, ch := range c.channels {
		if ch.Owner == owner && (payee == (payer.Payee{}) || (ch.Netuid == uint32(payee.Netuid) && ch.Payee == payee.Hotkey)) {
			out = append(out, ch)
		}
	}
	return out, nil
}

func (c payerChain) Price(_ context.Context, payee payer.Payee) (wire.Price, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.prices[payee.Hotkey], nil
}

// queue applies messages to the market at once.
type queue struct {
	*market
	sender sdk.AccAddress
}

func (q *queue) Address() sdk.AccAddress { return q.sender }
func (q *queue) Run(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func (q *queue) Submit(_ context.Context, msgs ...sdk.Msg) (chain.TxResult, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := chain.TxResult{Hash: "AB", Height: q.height}
	for _, m := range msgs {
		r, err := q.deliver(m)
		if err != nil {
			return chain.TxResult{}, err
		}
		packed, err := codectypes.NewAnyWithValue(r)
		if err != nil {
			return chain.TxResult{}, err
		}
		out.Responses = append(out.Responses, packed)
	}
	return out, nil
}

func (q *queue) deliver(m sdk.Msg) (proto.Message, error) {
	switch m := m.(type) {
	case *subnettypes.MsgServeAxon:
		axon := m.Axon
		q.neurons[q.sender.String()].Axon = &axon
		return &subnettypes.MsgServeAxonResponse{}, nil
	case *paymenttypes.MsgSetPrice:
		q.prices[q.sender.String()] = wire.Price{PerRequest: m.PerRequest, PerMillionInput: m.PerMillionInput, PerMillionOutput: m.PerMillionOutput}
		return &paymenttypes.MsgSetPriceResponse{}, nil
	case *paymenttypes.MsgDeposit:
		q.balances[m.Owner] += m.Amount
		return &paymenttypes.MsgDepositResponse{Balance: q.balances[m.Owner]}, nil
	case *paymenttypes.MsgOpenChannel:
		ch := paymenttypes.Channel{
			Id: uint64(len(q.channels) + 1), Owner: m.Owner, Netuid: m.Netuid, Payee: m.Payee, VoucherKey: m.VoucherKey, Deposit: m.Deposit, OpenedAt: q.height,
			State: paymenttypes.ChannelState_CHANNEL_STATE_OPEN, ExpiresAt: q.height + int64(m.Blocks), Terms: paymenttypes.Terms{WithdrawDelay: 20, SweepGrace: 50},
		}
		if q.balances[m.Owner] < m.Deposit {
			return nil, fmt.Errorf("account has %d, needs %d", q.balances[m.Owner], m.Deposit)
		}
		q.balances[m.Owner] -= m.Deposit
		q.channels = append(q.channels, ch)
		return &paymenttypes.MsgOpenChannelResponse{Id: ch.Id, ExpiresAt: ch.ExpiresAt}, nil
	case *paymenttypes.MsgTopUp:
		ch := &q.channels[m.Channel-1]
		q.balances[ch.Owner] -= m.Amount
		ch.Deposit += m.Amount
		return &paymenttypes.MsgTopUpResponse{Deposit: ch.Deposit, ExpiresAt: ch.ExpiresAt}, nil
	case *paymenttypes.MsgClaim:
		out := &paymenttypes.MsgClaimResponse{}
		for _, item := range m.Items {
			ch := &q.channels[item.Channel-1]
			paid := min(item.Cumulative, ch.Deposit) - ch.Claimed
			ch.Claimed += paid
			out.Results = append(out.Results, paymenttypes.ClaimResult{Channel: ch.Id, Status: paymenttypes.ClaimStatus_CLAIM_STATUS_PAID, Paid: paid, Claimed: ch.Claimed})
		}
		return out, nil
	}
	return nil, fmt.Errorf("unexpected message %T", m)
}

// speaker is an expert of chats: it says numbered words, or does what a test wants. Its fields are set before it serves.
type speaker struct {
	name    string
	version wire.Hash
	before  func(ctx context.Context, body []byte) error // before the first word
	after   func(ctx context.Context, n int) error       // after n words of a stream
	refuses []string                                     // members that it does not know

	calls  atomic.Int64
	gone   atomic.Int64 // callers that left
	mu     sync.Mutex
	bodies [][]byte
}

func (s *speaker) Name() string      { return s.name }
func (s *speaker) Version() [32]byte { return s.version }
func (s *speaker) last() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.bodies) == 0 {
		return nil
	}
	return s.bodies[len(s.bodies)-1]
}

type asked struct {
	Model         string             `json:"model"`
	Messages      []chat.Message     `json:"messages"`
	MaxTokens     int                `json:"max_tokens"`
	MaxCompletion int                `json:"max_completion_tokens"`
	Stream        bool               `json:"stream"`
	Options       chat.StreamOptions `json:"stream_options"`
	Logprobs      bool               `json:"logprobs"`
	Tools         []json.RawMessage  `json:"tools"`
}

func (s *speaker) read(ctx context.Context, body []byte) (asked, error) {
	s.calls.Add(1)
	s.mu.Lock()
	s.bodies = append(s.bodies, bytes.Clone(body))
	s.mu.Unlock()
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return asked{}, &task.BadRequest{Reason: "not JSON"}
	}
	for _, name := range s.refuses {
		if _, there := members[name]; there {
			return asked{}, &task.BadRequest{Field: name, Reason: "is not supported; leave it out"}
		}
	}
	var a asked
	if err := json.Unmarshal(body, &a); err != nil {
		return asked{}, &task.BadRequest{Reason: err.Error()}
	}
	if a.MaxTokens == 0 {
		a.MaxTokens = max(a.MaxCompletion, 0)
	}
	if a.MaxTokens == 0 {
		a.MaxTokens = 3
	}
	if s.before != nil {
		if err := s.before(ctx, body); err != nil {
			if ctx.Err() != nil {
				s.gone.Add(1)
			}
			return asked{}, err
		}
	}
	return a, nil
}

func word(n int) string { return fmt.Sprintf("w%d ", n) }

func usage(a asked, out int) chat.Usage {
	in := 0
	for _, m := range a.Messages {
		in += len(strings.Fields(m.Content)) + 1
	}
	return chat.Usage{PromptTokens: in, CompletionTokens: out, TotalTokens: in + out}
}

func (s *speaker) Answer(ctx context.Context, body []byte) ([]byte, error) {
	a, err := s.read(ctx, body)
	if err != nil {
		return nil, err
	}
	if len(a.Tools) > 0 {
		return fmt.Appendf(nil, `{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,`+
			`"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Riga\"}"}}]},"logprobs":null,"finish_reason":"tool_calls"}],`+
			`"usage":{"prompt_tokens":4,"completion_tokens":2,"total_tokens":6}}`), nil
	}
	var text strings.Builder
	logs := &chat.Logprobs{}
	for i := range a.MaxTokens {
		text.WriteString(word(i))
		logs.Content = append(logs.Content, chat.TokenLogprob{Token: word(i), Logprob: -0.5})
	}
	if !a.Logprobs {
		logs = nil
	}
	said := text.String()
	if len(a.Messages) > 0 && strings.HasPrefix(a.Messages[0].Content, "say ") {
		said = strings.TrimPrefix(a.Messages[0].Content, "say ")
	}
	return json.Marshal(chat.Response{ID: "c1", Object: chat.ObjectCompletion, Created: 1, Model: s.name, Usage: usage(a, a.MaxTokens), Choices: []chat.Choice{{
		Message: chat.Message{Role: "assistant", Content: said}, Logprobs: logs, FinishReason: chat.FinishLength,
	}}})
}

func (s *speaker) Streams(body []byte) bool { return chat.WantsStream(body) }

func (s *speaker) Stream(ctx context.Context, body []byte, emit func([]byte) error) error {
	a, err := s.read(ctx, body)
	if err != nil {
		return err
	}
	send := func(c chat.Chunk) error {
		c.ID, c.Object, c.Created, c.Model = "c1", chat.ObjectChunk, 1, s.name
		raw, err := json.Marshal(c)
		if err != nil {
			return err
		}
		return emit(raw)
	}
	for i := range a.MaxTokens {
		c := chat.ChunkChoice{Delta: chat.Delta{Content: word(i)}}
		if a.Logprobs {
			c.Logprobs = &chat.Logprobs{Content: []chat.TokenLogprob{{Token: word(i), Logprob: -0.5}}}
		}
		if err := send(chat.Chunk{Choices: []chat.ChunkChoice{c}}); err != nil {
			s.gone.Add(1)
			return err
		}
		if s.after != nil {
			if err := s.after(ctx, i+1); err != nil {
				if ctx.Err() != nil {
					s.gone.Add(1)
				}
				return err
			}
		}
	}
	finish := chat.FinishLength
	if err := send(chat.Chunk{Choices: []chat.ChunkChoice{{FinishReason: &finish}}}); err != nil {
		return err
	}
	u := usage(a, a.MaxTokens)
	return send(chat.Chunk{Choices: []chat.ChunkChoice{}, Usage: &u})
}

// minerOf is a running daemon.
type minerOf struct {
	hotkey string
	url    string
	stop   func()
}

// mine runs a miner of the chat, with real sockets, signatures, receipts and a real till, until the test ends.
func (m *market) mine(t testing.TB, n byte, s *speaker, price wire.Price) *minerOf {
	t.Helper()
	spec := task.ExpertSpec{Task: chat.Kind, Name: "speaker", New: func(context.Context, task.ExpertConfig) (task.Expert, error) { return s, nil }}
	return m.run(t, n, chatNet, chat.Task(), spec, price)
}

// mineLanguages runs a miner of the other subnet.
func (m *market) mineLanguages(t testing.TB, n byte) *minerOf {
	t.Helper()
	return m.run(t, n, langNet, langid.Task(), whatlang.Spec(), wire.Price{})
}

func (m *market) run(t testing.TB, n byte, netuid uint32, tk task.Task, spec task.ExpertSpec, price wire.Price) *minerOf {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	hotkey := addressOf(t, n)
	m.set(func(m *market) {
		m.neurons[hotkey.String()] = &subnettypes.Neuron{Netuid: netuid, Uid: uint32(n), Hotkey: hotkey.String(), Owner: addressOf(t, 200).String()}
	})
	c := miner.Default()
	c.Home, c.ChainID, c.Netuid, c.Expert, c.PublicURL, c.MetricsListen = t.TempDir(), testChain, netuid, spec.Name, "http://"+l.Addr().String(), ""
	c.MaxSkew, c.CheckEvery, c.DrainTimeout, c.Rate, c.Burst = time.Millisecond, 100*time.Millisecond, time.Second, 100_000, 100_000
	c.PerRequest, c.PerMillionIn, c.PerMillionOut = price.PerRequest, price.PerMillionInput, price.PerMillionOutput
	service, err := wire.ServiceKeyFromSeed(seed(n))
	require.NoError(t, err)
	sealing, err := wire.SealingKeyFromSeed(seed(n))
	require.NoError(t, err)
	d, err := miner.New(miner.Options{
		Config: c, Chain: minerChain{m, netuid, tk.Kind}, Hotkey: hotkey, OwnerAddress: addressOf(t, 200), ServiceKey: service, SealingKey: sealing,
		HotkeyQueue: func(sdk.AccAddress) (miner.Queue, error) { return &queue{m, hotkey}, nil }, Tasks: []task.Task{tk}, Experts: []task.ExpertSpec{spec},
		Hardware: func(context.Context) hardware.Report { return hardware.Report{Kind: "cpu"} }, Log: slog.New(slog.DiscardHandler), Listener: l,
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	var once sync.Once
	stop := func() {
		once.Do(func() {
			cancel()
			require.NoError(t, <-done)
		})
	}
	t.Cleanup(stop)
	require.Eventually(t, func() bool {
		r, err := http.Get("http://" + l.Addr().String() + "/healthz")
		if err != nil {
			return false
		}
		r.Body.Close()
		m.mu.Lock()
		defer m.mu.Unlock()
		return r.StatusCode == http.StatusOK && m.neurons[hotkey.String()].Axon != nil && m.prices[hotkey.String()] == price
	}, 10*time.Second, 5*time.Millisecond)
	http.DefaultClient.CloseIdleConnections()
	return &minerOf{hotkey.String(), "http://" + l.Addr().String(), stop}
}

var errDown = errors.New("no node answers")
