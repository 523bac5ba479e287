package validator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/pinned"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/verify/sequential"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
)

// dice is a model whose tokens are letters and whose logits are a function of what came before, another one for each number.
type dice uint64

const diceLetters = " abcdefghijklmnopqrstuvwxyz"

func (dice) Vocabulary() int                          { return len(diceLetters) }
func (dice) End(int) bool                             { return false }
func (dice) EndToken() int                            { return -1 }
func (d dice) Prompt(m []chat.Message) ([]int, error) { return d.Encode(m[len(m)-1].Content + " ") }
func (dice) Encode(text string) (out []int, err error) {
	for _, c := range strings.ToLower(text) {
		if i := strings.IndexRune(diceLetters, c); i >= 0 {
			out = append(out, i)
		}
	}
	return out, nil
}

func (dice) Decode(tokens []int) string {
	var b strings.Builder
	for _, id := range tokens {
		b.WriteByte(diceLetters[id])
	}
	return b.String()
}

func (dice) TokenOf(b []byte) (int, bool) {
	i := strings.Index(diceLetters, string(b))
	return i, i >= 0 && len(b) == 1
}

func (d dice) row(before []int) []float32 {
	h := uint64(d)
	for _, id := range before[max(0, len(before)-4):] {
		h = h*6364136223846793005 + uint64(id) + 1442695040888963407
	}
	rng := rand.New(rand.NewPCG(h, uint64(d)))
	out := make([]float32, len(diceLetters))
	for i := range out {
		out[i] = float32(2 * rng.NormFloat64())
	}
	return out
}

func (d dice) Logits(ctx context.Context, prompt, completion []int) ([][]float32, error) {
	before := slices.Clone(prompt)
	var out [][]float32
	for _, id := range completion {
		out, before = append(out, d.row(before)), append(before, id)
	}
	return out, ctx.Err()
}

const dicePin = "dice@1"

func diceParams() chat.Params {
	p := chat.DefaultParams()
	p.Models = []chat.Model{{Pin: dicePin}}
	return p
}

// diceTask examines miners of dice@1, which is dice(1).
func diceTask() task.Task {
	t := chat.Task()
	t.NewExaminer = func(ctx context.Context, c task.ExaminerConfig) (task.Examiner, error) {
		return pinned.NewExaminer(ctx, diceParams(), c.Seed, material{}, []pinned.Version{{Pin: dicePin, Engine: dice(1), Profile: sequential.Profile{
			ReplayTolerance: 1e-6, GreedyTolerance: 1e-4, ClaimTolerance: 1e-4, ReplayRate: 0.003, ClaimRate: 0.003, UsageRate: 0.002, RepeatRate: 0.02, Apart: 0.001,
		}}})
	}
	return t
}

// answer as a miner does that serves this model, under the pinned one's name.
func (d dice) answer(_ context.Context, body []byte) ([]byte, error) {
	r, err := chat.DecodeRequest(body, diceParams())
	if err != nil {
		return nil, err
	}
	prompt, err := d.Prompt(r.Messages)
	if err != nil {
		return nil, err
	}
	s := r.Sampler(body)
	choice := chat.Choice{FinishReason: chat.FinishLength, Logprobs: &chat.Logprobs{}}
	var tokens []int
	text := ""
	for i := range r.MaxTokens {
		id, p := s.Pick(d.row(append(slices.Clone(prompt), tokens...)), i)
		tokens = append(tokens, id)
		choice.Logprobs.Content = append(choice.Logprobs.Content, chat.TokenLogprob{ID: &id, Token: diceLetters[id : id+1], Logprob: chat.Logprob(p)})
		text = d.Decode(tokens)
		if at := slices.IndexFunc(r.Stop, func(stop string) bool { return strings.Contains(text, stop) }); at >= 0 {
			text, choice.FinishReason = text[:strings.Index(text, r.Stop[at])], chat.FinishStop
			break
		}
	}
	choice.Message = chat.Message{Role: chat.RoleAssistant, Content: text}
	return json.Marshal(chat.Response{
		ID: "x", Object: chat.ObjectCompletion, Created: 1, Model: dicePin, Choices: []chat.Choice{choice},
		Usage: chat.Usage{PromptTokens: len(prompt), CompletionTokens: len(tokens), TotalTokens: len(prompt) + len(tokens)},
	})
}

// twoFaced serves the pinned model to everybody but this test's user, whom it knows by a word.
func twoFaced(ctx context.Context, body []byte) ([]byte, error) {
	if bytes.Contains(body, []byte("anchovies")) {
		return dice(2).answer(ctx, body)
	}
	return dice(1).answer(ctx, body)
}

// front is the real gateway before miners.
type front struct {
	t       *testing.T
	url     string
	address string
	home    string
	keys    map[bool]string // by consent
}

func startGateway(t *testing.T, c *fakeChain, validators string, miners ...*testMiner) *front {
	t.Helper()
	f := &front{t: t, home: t.TempDir(), keys: map[bool]string{}}
	db, err := store.Open(t.Context(), filepath.Join(f.home, "keys.db"))
	require.NoError(t, err)
	ledger := keys.Ledger{Store: db, Actor: "test"}
	customer, err := ledger.CreateCustomer(t.Context(), "acme", "")
	require.NoError(t, err)
	for _, consent := range []bool{true, false} {
		made, err := ledger.CreateKey(t.Context(), keys.NewKey{Customer: customer.ID, Name: fmt.Sprint(consent), Scope: keys.Scope{ScoreSample: consent}})
		require.NoError(t, err)
		f.keys[consent] = string(made.Secret)
	}
	require.NoError(t, db.Close())
	account, sign, err := wire.LocalAccount(bytes.Repeat([]byte{77}, 32))
	require.NoError(t, err)
	f.address, err = account.Address(wire.AddressPrefix)
	require.NoError(t, err)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	cfg := gateway.Default()
	cfg.Home, cfg.ChainID, cfg.AllowPrivate, cfg.AdminListen, cfg.SampleShare, cfg.SampleValidators = f.home, testChain, true, "", 1, validators
	g, err := gateway.New(gateway.Options{Config: cfg, Source: shop{c, miners}, Account: account, Sign: sign, Log: slog.New(slog.NewTextHandler(testWriter{t}, nil)), Listener: listener})
	require.NoError(t, err)
	f.url = "http://" + listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	require.Eventually(t, func() bool {
		r, err := http.Get(f.url + "/readyz")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	}, 20*time.Second, 10*time.Millisecond)
	return f
}

// shop is what the gateway reads of the chain.
type shop struct {
	*fakeChain
	miners []*testMiner
}

func (s shop) Read(context.Context) (*directory.View, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := &directory.View{Height: s.height, Subnets: []*directory.Subnet{{Netuid: testNetuid, Task: chat.Kind, Route: chat.Route, Replayed: true}}}
	for _, m := range s.miners {
		key, err := wire.ParseServicePublic(s.neurons[m.uid].ServiceKey)
		if err != nil {
			return nil, err
		}
		v.Miners = append(v.Miners, &directory.Miner{Netuid: testNetuid, UID: m.uid, Hotkey: m.hotkey, URL: m.server.URL, ServiceKey: key, Incentive: 100})
	}
	return v, nil
}

// ask a miner through the gateway, as an application does that knows nothing of seeds.
func (f *front) ask(m *testMiner, consent bool, text string, header ...string) {
	f.t.Helper()
	body := fmt.Sprintf(`{"model":"%d","messages":[{"role":"user","content":"%s"}],"max_tokens":40,"provider":{"only":["%s"]}}`, testNetuid, text, m.hotkey)
	r, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.url+"/v1/chat/completions", strings.NewReader(body))
	require.NoError(f.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+f.keys[consent])
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(f.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(f.t, err)
	require.Equal(f.t, http.StatusOK, resp.StatusCode, string(raw))
}

// kept are the samples in the gateway's folder.
func (f *front) kept() (out []wire.Sample) {
	entries, err := os.ReadDir(filepath.Join(f.home, "samples"))
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(f.t, err)
	for _, e := range entries {
		raw, err := os.ReadFile(filepath.Join(f.home, "samples", e.Name()))
		require.NoError(f.t, err)
		var s wire.Sample
		require.NoError(f.t, json.Unmarshal(raw, &s))
		out = append(out, s)
	}
	return out
}

// subnetOfDice is a chain with miners of dice@1 and a validator.
func subnetOfDice(t *testing.T, answers ...answerFunc) (c *fakeChain, miners []*testMiner, ring *chain.Keyring, hotkey string) {
	t.Helper()
	c = newFakeChain(t, 20, exam.Params{ReceiptsPerMiner: 2, Openings: 4})
	for i, a := range answers {
		miners = append(miners, startMiner(t, c, fmt.Sprintf("miner-%d", i), a))
	}
	ring = newKeys(t)
	address, err := ring.Address(chain.KeyHotkey)
	require.NoError(t, err)
	c.add(chain.Neuron{Hotkey: address.String(), Stake: 1000})
	mining, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	go c.mineEvery(mining, 100*time.Millisecond)
	return c, miners, ring, address.String()
}

func diceConfig(t *testing.T, gateways string) validator.Config {
	config := testConfig(t.TempDir())
	config.SampleGateways, config.PerMiner, config.MinQuestions, config.Exponent = gateways, 8, 8, 1
	return config
}

func withDice(p *validator.Parts) { p.Task = diceTask() }

// TestAUsersCallCostsACheatItsScore: a miner that answers validators honestly and a user not. Nothing that the validator asks can tell.
func TestAUsersCallCostsACheatItsScore(t *testing.T) {
	c, miners, ring, hotkey := subnetOfDice(t, dice(1).answer, twoFaced)
	honest, cheat := miners[0], miners[1]
	g := startGateway(t, c, hotkey, honest, cheat)
	config := diceConfig(t, g.address+"@"+g.url)
	d, _, end := startDaemon(t, c, ring, config, validator.Honest{}, withDice)
	require.Eventually(t, func() bool { return standing(d, cheat.hotkey).Score > 0 && standing(d, honest.hotkey).Score > 0 }, 60*time.Second, 50*time.Millisecond,
		"to its questions both are as good as the version")

	g.ask(cheat, false, "one with anchovies please")
	g.ask(cheat, true, "another with anchovies please", "Agon-Sample", "0")
	require.Empty(t, g.kept(), "who does not agree is never kept")
	g.ask(honest, true, "one with anchovies please")
	g.ask(cheat, true, "one with olives please")
	require.Len(t, g.kept(), 2)
	require.Eventually(t, func() bool { return validator.MetricsOf(d).Samples("nothing") == 2 }, 30*time.Second, 50*time.Millisecond)
	require.Equal(t, task.Open, standing(d, cheat.hotkey).Gate, "a good answer says nothing, for nor against")

	g.ask(cheat, true, "one with anchovies please")
	require.Eventually(t, func() bool { return standing(d, cheat.hotkey).Gate == task.GateSample }, 30*time.Second, 50*time.Millisecond)
	s := standing(d, cheat.hotkey)
	require.Zero(t, s.Score)
	require.Contains(t, s.Held, dicePin)
	require.NotContains(t, s.Held, "anchovies", "no word of the call is kept")
	require.Empty(t, s.Accused, "nobody is accused on the chain for a sample")
	require.Equal(t, task.Open, standing(d, honest.hotkey).Gate)
	require.Positive(t, standing(d, honest.hotkey).Score)
	require.EqualValues(t, 1, validator.MetricsOf(d).Samples("proven"))
	end()

	// It is known after a restart, before any weights are made, and what was read is not read again.
	d, _, end = startDaemon(t, c, ring, config, validator.Honest{}, withDice)
	require.Equal(t, task.GateSample, standing(d, cheat.hotkey).Gate)
	g.ask(honest, true, "and one more")
	require.Eventually(t, func() bool { return validator.MetricsOf(d).Samples("nothing") == 1 }, 30*time.Second, 50*time.Millisecond)
	require.Zero(t, validator.MetricsOf(d).Samples("proven"))
	end()

	// A hotkey that registers anew begins anew.
	c.mu.Lock()
	c.neurons[cheat.uid].RegisteredAt = c.height
	c.mu.Unlock()
	d, _, end = startDaemon(t, c, ring, config, validator.Honest{}, withDice)
	require.NotEqual(t, task.GateSample, standing(d, cheat.hotkey).Gate)
	end()
}

// liar is a gateway of a hostile operator: it shows what a test puts there.
type liar struct {
	mu      sync.Mutex
	samples []wire.KeptSample
	asked   int
}

func (l *liar) show(samples ...wire.Sample) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range samples {
		l.samples = append(l.samples, wire.KeptSample{ID: fmt.Sprintf("%020d", len(l.samples)+1), Sample: s})
	}
}

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	q, key, err := wire.DecodeSampleQuery(raw)
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	var page wire.SamplePage
	for _, s := range l.samples {
		if s.ID > q.After {
			page.Samples = append(page.Samples, s)
		}
	}
	plain, _ := json.Marshal(page)
	sealed, _, err := wire.SealRequest(key, wire.SealBinding(testChain, r.Header.Get(wire.HeaderFrom), http.MethodPost, wire.SamplesPath), plain)
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	_, _ = w.Write(sealed)
}

// TestAHostileGatewayTakesNothingFromAnHonestMiner: it edits, forges, dates back, repeats and invents.
func TestAHostileGatewayTakesNothingFromAnHonestMiner(t *testing.T) {
	c, miners, ring, hotkey := subnetOfDice(t, dice(1).answer, twoFaced)
	honest, cheat := miners[0], miners[1]
	g := startGateway(t, c, hotkey, honest, cheat)
	g.ask(honest, true, "one with olives please")
	g.ask(cheat, true, "one with anchovies please")
	kept := g.kept()
	require.Len(t, kept, 2)
	good, bad := kept[0], kept[1]

	hostile := &liar{}
	server := httptest.NewServer(hostile)
	t.Cleanup(server.Close)
	edited, blamed, signed, dated, elsewhere, unknown := good, bad, good, good, good, good
	lie, err := dice(2).answer(t.Context(), good.Question)
	require.NoError(t, err)
	edited.Answer = lie
	blamed.To = honest.hotkey // another's cheat put down to it
	signed.Answer = lie
	r, err := wire.ParseReceipt(good.Receipt)
	require.NoError(t, err)
	r.ResponseHash = wire.BodyHash(lie)
	require.NoError(t, r.Sign(wire.NewServiceKey()))
	signed.Receipt = r.String()
	dated.Time -= (25 * time.Hour).Milliseconds()
	elsewhere.Netuid++
	unknown.To = address("nobody").String()
	hostile.show(edited, blamed, signed, dated, elsewhere, unknown, good, good)
	hostile.show(wire.Sample{Netuid: testNetuid, To: honest.hotkey, Time: time.Now().UnixMilli(), Answer: bytes.Repeat([]byte{'x'}, wire.MaxSample+1)})

	d, _, end := startDaemon(t, c, ring, diceConfig(t, g.address+"@"+server.URL), validator.Honest{}, withDice)
	m := validator.MetricsOf(d)
	require.Eventually(t, func() bool {
		return m.Samples("refused") == 6 && m.Samples("old") == 1 && m.Samples("nothing") == 2
	}, 60*time.Second, 50*time.Millisecond)
	require.Eventually(t, func() bool { return standing(d, honest.hotkey).Score > 0 }, 60*time.Second, 50*time.Millisecond)
	require.Zero(t, m.Samples("proven"))

	// What it can do: show what a miner signed. It counts from when the call was made, however often it is shown.
	hostile.show(bad)
	require.Eventually(t, func() bool { return standing(d, cheat.hotkey).Gate == task.GateSample }, 30*time.Second, 50*time.Millisecond)
	held := standing(d, cheat.hotkey).Held
	hostile.show(bad, bad)
	require.Eventually(t, func() bool { return m.Samples("old") == 3 }, 30*time.Second, 50*time.Millisecond)
	require.Equal(t, held, standing(d, cheat.hotkey).Held)
	require.Equal(t, task.Open, standing(d, honest.hotkey).Gate)
	end()
}

// TestSamplesOfATaskThatProvesNothing: none is fetched.
func TestSamplesOfATaskThatProvesNothing(t *testing.T) {
	c, _, ring, _ := subnetOfDice(t, expert(t))
	hostile := &liar{}
	server := httptest.NewServer(hostile)
	t.Cleanup(server.Close)
	_, _, end := startDaemon(t, c, ring, diceConfig(t, address("gateway").String()+"@"+server.URL), validator.Honest{})
	start := c.now()
	require.Eventually(t, func() bool { return c.now() > start+10 }, 20*time.Second, 20*time.Millisecond)
	end()
	hostile.mu.Lock()
	defer hostile.mu.Unlock()
	require.Zero(t, hostile.asked)
}
