package validator_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/langid"
	"github.com/agon-chain/agon/task/langid/whatlang"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
)

// paragraphs are ours, written for these tests.
var paragraphs = map[string]string{
	"deu": "Der Gärtner gießt am frühen Morgen die jungen Bäume hinter dem Haus, weil es seit drei Wochen nicht mehr geregnet hat und die Blätter schon gelb werden.",
	"eng": "The gardener waters the young trees behind the house early in the morning, because there has been no rain for three weeks and the leaves are turning yellow.",
	"spa": "El jardinero riega por la mañana temprano los árboles jóvenes detrás de la casa, porque no ha llovido desde hace tres semanas y las hojas ya se ponen amarillas.",
	"tur": "Bahçıvan sabahın erken saatlerinde evin arkasındaki genç ağaçları suluyor, çünkü üç haftadır hiç yağmur yağmadı ve yapraklar çoktan sararmaya başladı bile artık.",
}

type material struct{}

func (material) Documents(context.Context, task.Part) ([]task.Document, error) {
	var docs []task.Document
	for l, text := range paragraphs {
		docs = append(docs, task.Document{ID: l + "/1", Label: l, Texts: []string{text}})
	}
	slices.SortFunc(docs, func(a, b task.Document) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	return docs, nil
}

var languages = []string{"deu", "eng", "spa", "tur"}

const testDeadline = 300 * time.Millisecond

// testTask is langid on our paragraphs, with a short deadline.
func testTask() task.Task {
	t := langid.Task()
	t.Deadline = testDeadline
	t.NewExaminer = func(ctx context.Context, c task.ExaminerConfig) (task.Examiner, error) {
		p := langid.DefaultParams()
		p.Languages, p.MinWords, p.MaxWords = languages, 3, 8
		return langid.NewExaminer(ctx, p, c.Seed, material{})
	}
	return t
}

// asked is what a miner saw.
type asked struct {
	from string
	body []byte
}

// testMiner is a real HTTP miner: it verifies requests and signs receipts.
type testMiner struct {
	hotkey string
	uid    uint16
	server *httptest.Server

	mu   sync.Mutex
	seen []asked
}

func (m *testMiner) callers() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]int{}
	for _, a := range m.seen {
		out[a.from]++
	}
	return out
}

type answerFunc func(ctx context.Context, body []byte) ([]byte, error)

func startMiner(t *testing.T, c *fakeChain, name string, answer answerFunc) *testMiner {
	return startMinerWith(t, c, chain.Neuron{Hotkey: address(name).String()}, answer, nil)
}

// startMinerWith takes what the chain knows of the miner, and what it answers beside its task, if anything.
func startMinerWith(t *testing.T, c *fakeChain, n chain.Neuron, answer answerFunc, beside func(wire.ServiceKey) http.HandlerFunc) *testMiner {
	m := &testMiner{hotkey: n.Hotkey}
	key := wire.NewServiceKey()
	public := key.Public()
	replay := wire.NewReplayCache(1000, 10000)
	var other http.HandlerFunc
	if beside != nil {
		other = beside(key)
	}
	m.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if other != nil && strings.HasPrefix(r.URL.Path, "/agon/") {
			other(w, r)
			return
		}
		received := time.UnixMilli(time.Now().UnixMilli())
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			wire.WriteError(w, err)
			return
		}
		req, err := wire.Verify(r, body, time.Now(), wire.RequestPolicy{ChainID: testChain, To: m.hotkey, Netuid: testNetuid, Replay: replay})
		if err != nil {
			wire.WriteError(w, err)
			return
		}
		m.mu.Lock()
		m.seen = append(m.seen, asked{req.From, body})
		m.mu.Unlock()
		out, err := answer(r.Context(), body)
		if err != nil {
			wire.WriteError(w, wire.NewAPIError(503, "overloaded", "", err.Error()))
			return
		}
		rec := wire.Receipt{
			ChainIDHash: wire.ChainIDHash(testChain), Netuid: testNetuid, RequestHash: req.Hash, QuestionHash: req.QuestionHash, Tag: req.Tag,
			ResponseHash: wire.BodyHash(out), Status: 200, ReceivedAt: received, FinishedAt: time.UnixMilli(time.Now().UnixMilli()),
		}
		if err := rec.Sign(key); err != nil {
			wire.WriteError(w, err)
			return
		}
		rec.Set(w.Header())
		_, _ = w.Write(out)
	}))
	t.Cleanup(m.server.Close)
	n.URL, n.ServiceKey = m.server.URL, public[:]
	m.uid = c.add(n)
	return m
}

func expert(t *testing.T) answerFunc {
	x, err := whatlang.New(languages)
	require.NoError(t, err)
	return x.Answer
}

func constant(context.Context, []byte) ([]byte, error) {
	return []byte(`{"language":"deu","confidence":1}`), nil
}

// late is right, but after everyone went home.
func late(right answerFunc) answerFunc {
	return func(ctx context.Context, body []byte) ([]byte, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(2 * testDeadline):
		}
		return right(ctx, body)
	}
}

func testConfig(home string) validator.Config {
	c := validator.DefaultConfig()
	c.Home, c.ChainID, c.Netuid, c.AllowPrivate, c.MetricsListen = home, testChain, testNetuid, true, ""
	c.CallerFunding = "5000" + params.BaseDenom
	return c
}

func newKeys(t *testing.T) *chain.Keyring {
	k, err := chain.NewMemoryKeyring()
	require.NoError(t, err)
	for _, name := range []string{chain.KeyOwner, chain.KeyHotkey} {
		_, _, err := k.Ensure(name)
		require.NoError(t, err)
	}
	return k
}

// startDaemon runs a validator until stop, which waits for it and closes its store.
func startDaemon(t *testing.T, c *fakeChain, keys *chain.Keyring, config validator.Config, strategy validator.Strategy, change ...func(*validator.Parts)) (*validator.Daemon, *validator.Store, func()) {
	hotkey, err := keys.Address(chain.KeyHotkey)
	require.NoError(t, err)
	owner, err := keys.Address(chain.KeyOwner)
	require.NoError(t, err)
	self := validator.Self{ChainID: testChain, Netuid: testNetuid, Hotkey: hotkey}
	store, err := validator.OpenStore(filepath.Join(config.Home, "data", "validator.db"), self)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	parts := validator.Parts{
		Self: self, Config: config, Network: view{c, self}, Heights: c, Hotkey: sender{c, hotkey, false}, Owner: sender{c, owner, false},
		Accounts: keys, Task: testTask(), Store: store, Strategy: strategy, Log: slog.New(slog.NewTextHandler(testWriter{t}, nil)),
	}
	for _, f := range change {
		f(&parts)
	}
	d, err := validator.New(ctx, parts)
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	return d, store, func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, store.Close())
	}
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}

func standing(d *validator.Daemon, miner string) task.Standing {
	for _, s := range validator.BookOf(d).Standings() {
		if string(s.Miner) == miner {
			return s
		}
	}
	return task.Standing{}
}

// TestExaminesRealMiners runs a whole daemon against miners over HTTP, and a chain that asks for proof of examination.
func TestExaminesRealMiners(t *testing.T) {
	present := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, present) }) // after the miners are closed
	c := newFakeChain(t, 20, exam.Params{ReceiptsPerMiner: 4, Openings: 8})
	right := expert(t)
	good := startMiner(t, c, "good", right)
	twin := startMiner(t, c, "twin", right)
	dull := startMiner(t, c, "constant", constant)
	tardy := startMiner(t, c, "late", late(right))
	dead := c.add(chain.Neuron{Hotkey: address("dead").String(), URL: "http://127.0.0.1:1", ServiceKey: bytes.Repeat([]byte{2}, 32)})
	keys := newKeys(t)
	hotkey, err := keys.Address(chain.KeyHotkey)
	require.NoError(t, err)
	uid := c.add(chain.Neuron{Hotkey: hotkey.String(), Stake: 1000})

	mining, stop := context.WithCancel(context.Background())
	defer stop()
	go c.mineEvery(mining, 100*time.Millisecond)
	config := testConfig(t.TempDir())
	d, _, end := startDaemon(t, c, keys, config, validator.Honest{})
	require.Eventually(t, func() bool { return len(c.revealed(hotkey)) >= 2 }, 40*time.Second, 50*time.Millisecond)

	row := map[uint32]uint32{}
	for _, w := range c.row(uid) {
		row[w.Uid] = w.Value
	}
	require.Contains(t, row, uint32(good.uid))
	require.Contains(t, row, uint32(twin.uid))
	for _, worthless := range []uint16{dull.uid, tardy.uid, dead, uid} {
		require.NotContains(t, row, uint32(worthless))
	}
	require.Empty(t, c.refusals)
	c.onlyOneHash()
	m := validator.MetricsOf(d)
	require.Positive(t, m.Questions("timeout"), "late answers are dropped")
	require.Positive(t, m.Questions("refused"))
	require.Positive(t, m.Questions("answered"))
	require.Less(t, standing(d, tardy.hotkey).Availability, 0.5)

	callers := good.callers()
	require.GreaterOrEqual(t, len(callers), 3, "questions come from several accounts")
	require.NotContains(t, callers, hotkey.String(), "the hotkey never asks")
	before := standing(d, good.hotkey)
	end()

	// The next start has the same scores, the same callers, and goes on.
	d, store, end := startDaemon(t, c, keys, config, validator.Honest{})
	after := standing(d, good.hotkey)
	require.GreaterOrEqual(t, after.Asked, before.Asked)
	require.InDelta(t, before.Quality, after.Quality, 0.1)
	reveals := len(c.revealed(hotkey))
	require.Eventually(t, func() bool { return len(c.revealed(hotkey)) > reveals+1 }, 40*time.Second, 50*time.Millisecond)
	known, err := store.Callers()
	require.NoError(t, err)
	require.Len(t, known, config.Callers)
	end()
	c.onlyOneHash()
	require.Empty(t, c.refusals)
	report, err := validator.ReadScores(config.Home, 0)
	require.NoError(t, err)
	require.Len(t, report.Miners, 5)
	stop()
}

// TestNothingIsAskedBeforeItIsDurable looks into the store from inside the miner.
func TestNothingIsAskedBeforeItIsDurable(t *testing.T) {
	c := newFakeChain(t, 20, exam.Params{ReceiptsPerMiner: 4, Openings: 8})
	var mu sync.Mutex
	var store *validator.Store
	var wrong []string
	look := func(_ context.Context, body []byte) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		plan, _, err := store.PendingRound()
		if err != nil || plan == nil || !slices.ContainsFunc(plan.Questions, func(q task.Question) bool { return bytes.Equal(q.Body, body) }) {
			wrong = append(wrong, fmt.Sprintf("%s: %v", body, err))
		}
		return constant(context.Background(), body)
	}
	m := startMiner(t, c, "looker", look)
	keys := newKeys(t)
	hotkey, err := keys.Address(chain.KeyHotkey)
	require.NoError(t, err)
	c.add(chain.Neuron{Hotkey: hotkey.String(), Stake: 1000})
	mining, stop := context.WithCancel(context.Background())
	defer stop()
	mu.Lock()
	go c.mineEvery(mining, 100*time.Millisecond)
	_, s, end := startDaemon(t, c, keys, testConfig(t.TempDir()), validator.Honest{})
	store = s
	mu.Unlock()
	require.Eventually(t, func() bool { return len(m.callers()) >= 2 }, 20*time.Second, 20*time.Millisecond)
	end()
	require.Empty(t, wrong)
}

// TestStoppedInTheMiddleOfARound settles on the next start what had been answered, once.
func TestStoppedInTheMiddleOfARound(t *testing.T) {
	c := newFakeChain(t, 60, exam.Params{ReceiptsPerMiner: 4, Openings: 8})
	m := startMiner(t, c, "good", expert(t))
	other := startMiner(t, c, "other", expert(t))
	keys := newKeys(t)
	hotkey, err := keys.Address(chain.KeyHotkey)
	require.NoError(t, err)
	c.add(chain.Neuron{Hotkey: hotkey.String(), Stake: 1000})
	mining, stop := context.WithCancel(context.Background())
	defer stop()
	go c.mineEvery(mining, 50*time.Millisecond)
	config := testConfig(t.TempDir())
	d, store, end := startDaemon(t, c, keys, config, validator.Honest{})
	require.Eventually(t, func() bool {
		_, results, err := store.PendingRound()
		return err == nil && len(results) >= 3
	}, 20*time.Second, 5*time.Millisecond)
	require.Zero(t, standing(d, m.hotkey).Asked, "the round is not over")
	end()

	self := validator.Self{ChainID: testChain, Netuid: testNetuid, Hotkey: hotkey}
	store, err = validator.OpenStore(filepath.Join(config.Home, "data", "validator.db"), self)
	require.NoError(t, err)
	plan, results, err := store.PendingRound()
	require.NoError(t, err)
	require.NotNil(t, plan)
	require.GreaterOrEqual(t, len(results), 3)
	require.Less(t, len(results), len(plan.Questions))
	leaves, err := store.Leaves(3)
	require.NoError(t, err)
	require.NotEmpty(t, leaves, "receipts of the round cut short still count")
	for range 2 {
		book, err := validator.OpenScorebook(context.Background(), testTask(), task.ExaminerConfig{}, task.DefaultPolicy(), store, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		var total uint64
		for _, s := range book.Standings() {
			total += s.Asked
		}
		require.EqualValues(t, len(results), total)
	}
	require.NoError(t, store.Close())
	_ = other
}

func TestCallersWithoutFundsAskNobody(t *testing.T) {
	c := newFakeChain(t, 20, exam.Params{ReceiptsPerMiner: 4, Openings: 8})
	m := startMiner(t, c, "good", expert(t))
	keys := newKeys(t)
	hotkey, err := keys.Address(chain.KeyHotkey)
	require.NoError(t, err)
	c.add(chain.Neuron{Hotkey: hotkey.String(), Stake: 1000})
	mining, stop := context.WithCancel(context.Background())
	defer stop()
	go c.mineEvery(mining, 20*time.Millisecond)
	config := testConfig(t.TempDir())
	config.CallerFunding = ""
	_, store, end := startDaemon(t, c, keys, config, validator.Honest{})
	require.Never(t, func() bool { return len(m.callers()) > 0 }, 300*time.Millisecond, 20*time.Millisecond)
	// Funded from elsewhere, they begin.
	known, err := store.Callers()
	require.NoError(t, err)
	c.mu.Lock()
	for _, k := range known {
		c.balances[k.Address] = 1000
	}
	c.mu.Unlock()
	require.Eventually(t, func() bool { return len(m.callers()) > 0 }, 20*time.Second, 20*time.Millisecond)
	end()
}

func TestBadReceiptsAreDropped(t *testing.T) {
	c := newFakeChain(t, 20, exam.Params{ReceiptsPerMiner: 4, Openings: 8})
	m := startMiner(t, c, "liar", expert(t))
	stranger := wire.NewServiceKey().Public()
	c.neurons[m.uid].ServiceKey = stranger[:]
	startMiner(t, c, "good", expert(t))
	keys := newKeys(t)
	hotkey, err := keys.Address(chain.KeyHotkey)
	require.NoError(t, err)
	uid := c.add(chain.Neuron{Hotkey: hotkey.String(), Stake: 1000})
	mining, stop := context.WithCancel(context.Background())
	defer stop()
	go c.mineEvery(mining, 100*time.Millisecond)
	d, store, end := startDaemon(t, c, keys, testConfig(t.TempDir()), validator.Honest{})
	require.Eventually(t, func() bool { return len(c.row(uid)) > 0 }, 30*time.Second, 50*time.Millisecond)
	require.Positive(t, validator.MetricsOf(d).Questions("receipt"))
	for epoch := range uint64(8) {
		leaves, err := store.Leaves(epoch)
		require.NoError(t, err)
		for _, l := range leaves {
			require.NotEqual(t, m.uid, l.Leaf.Nonce.UID())
		}
	}
	require.Equal(t, []scoringtypes.Weight{{Uid: uint32(m.uid + 1), Value: 65535}}, c.row(uid))
	end()
}
