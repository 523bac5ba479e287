package validator_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agon-chain/agon/chain"
	pay "github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
)

// streamed asks for every answer in events, and judges what the first event has.
type streamed struct{ task.Examiner }

func (e streamed) Questions(ctx context.Context, r task.Round) ([]task.Question, error) {
	all, err := e.Examiner.Questions(ctx, r)
	for i := range all {
		all[i].Stream = true
	}
	return all, err
}

func (e streamed) Judge(ctx context.Context, q task.Question, a task.Answer) (task.Judgement, error) {
	if !a.Dropped {
		in := bufio.NewScanner(bytes.NewReader(a.Body))
		for a.Body = nil; a.Body == nil && in.Scan(); {
			if data, ok := strings.CutPrefix(in.Text(), "data: "); ok {
				a.Body = []byte(data)
			}
		}
	}
	return e.Examiner.Judge(ctx, q, a)
}

// Ways in which a miner answers a question that asks for a stream.
const (
	wholeStream = iota
	cutStream   // the connection ends before the receipt
	failStream  // it gives up and signs for that
	oneBody     // an answer in one piece, signed
)

// startStreamer is startMiner for miners that answer in events.
func startStreamer(t *testing.T, c *fakeChain, name string, way int) *testMiner {
	m := &testMiner{hotkey: address(name).String()}
	key, right := wire.NewServiceKey(), expert(t)
	public := key.Public()
	m.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received := time.UnixMilli(time.Now().UnixMilli())
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		req, err := wire.Verify(r, body, time.Now(), wire.RequestPolicy{ChainID: testChain, To: m.hotkey, Netuid: testNetuid, Replay: wire.NewReplayCache(10, 10)})
		if err != nil {
			wire.WriteError(w, err)
			return
		}
		m.mu.Lock()
		m.seen = append(m.seen, asked{req.From, body})
		m.mu.Unlock()
		if r.Header.Get("Accept") != wire.ContentTypeStream {
			t.Errorf("%s was asked for %q", name, r.Header.Get("Accept"))
		}
		out, err := right(r.Context(), body)
		if err != nil {
			wire.WriteError(w, err)
			return
		}
		receipt := func(hash wire.Hash, status uint16) *wire.Receipt {
			rec := wire.Receipt{
				ChainIDHash: wire.ChainIDHash(testChain), Netuid: testNetuid, RequestHash: req.Hash, QuestionHash: req.QuestionHash, Tag: req.Tag, ResponseHash: hash,
				Status: status, ReceivedAt: received, FinishedAt: time.UnixMilli(time.Now().UnixMilli()),
			}
			if err := rec.Sign(key); err != nil {
				t.Error(err)
			}
			return &rec
		}
		if way == oneBody {
			receipt(wire.BodyHash(out), 200).Set(w.Header())
			_, _ = w.Write(out)
			return
		}
		w.Header().Set("Content-Type", wire.ContentTypeStream)
		events, status := wire.NewStreamWriter(w, nil), uint16(200)
		err = events.Event(out)
		switch way {
		case cutStream:
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case failStream:
			status = 503
			err = events.Fail(wire.NewAPIError(503, "overloaded", "", "no more"))
		default:
			if err == nil {
				err = events.End()
			}
		}
		if err == nil {
			err = events.Finish(receipt(events.Hash(), status))
		}
		if err != nil {
			t.Error(err)
		}
	}))
	m.server.Config.ErrorLog = nil
	t.Cleanup(m.server.Close)
	m.uid = c.add(chain.Neuron{Hotkey: m.hotkey, URL: m.server.URL, ServiceKey: public[:]})
	return m
}

// events is a till that is to be asked for streams alone. A call whose end it does not learn is in doubt, as with a real one.
type events struct {
	*till
	t *testing.T
}

func (p *events) Do(context.Context, validator.Caller, wire.Call, pay.Terms) (*wire.Reply, pay.Paid, error) {
	p.t.Error("a question that asks for events was asked in one piece")
	return nil, pay.Paid{}, pay.ErrClosed
}

func (p *events) Stream(ctx context.Context, caller validator.Caller, call wire.Call, t pay.Terms) (*wire.Reply, pay.Paid, error) {
	reply, err := p.client.Stream(ctx, call, nil)
	var paid pay.Paid
	switch {
	case err == nil:
		paid.Cost = t.MaxCost
	case reply == nil || reply.Receipt == nil:
		paid.Doubt = t.MaxCost
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paid[call.To] += paid.Cost
	p.callers[caller.Address] = true
	return reply, paid, err
}

// Questions that ask for events are paid like those in one piece and within the same budget, their signed ends count as receipts, and an answer that breaks off is
// none: it cost what its miner may count of it.
func TestStreamedQuestionsArePaidForWithinTheBudget(t *testing.T) {
	present := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, present) })
	c := newFakeChain(t, 1000, exam.Params{ReceiptsPerMiner: 4, Openings: 8}) // one epoch
	good, cut, fails, whole := startStreamer(t, c, "good", wholeStream), startStreamer(t, c, "cut", cutStream), startStreamer(t, c, "fails", failStream), startStreamer(t, c, "whole", oneBody)
	free := startStreamer(t, c, "free", wholeStream)
	keys := newKeys(t)
	hotkey, err := keys.Address(chain.KeyHotkey)
	require.NoError(t, err)
	c.add(chain.Neuron{Hotkey: hotkey.String(), Stake: 1000})
	client, err := wire.NewClient(wire.ClientOptions{ChainID: testChain, AllowPrivate: true, FreshConnections: true})
	require.NoError(t, err)
	p := &events{till: &till{client: client, paid: map[string]uint64{}, callers: map[string]bool{}, prices: map[string]wire.Price{}}, t: t}
	for _, m := range []*testMiner{good, cut, fails, whole} {
		p.prices[m.hotkey] = wire.Price{PerRequest: 1000}
	}
	mining, stop := context.WithCancel(context.Background())
	defer stop()
	go c.mineEvery(mining, 20*time.Millisecond)
	config := testConfig(t.TempDir())
	config.QuestionBudget = "20000nagon"
	d, _, end := startDaemon(t, c, keys, config, validator.Honest{}, func(parts *validator.Parts) {
		parts.Payments = p
		inner := parts.Task.NewExaminer
		parts.Task.NewExaminer = func(ctx context.Context, ec task.ExaminerConfig) (task.Examiner, error) {
			e, err := inner(ctx, ec)
			return streamed{e}, err
		}
	})
	count := func(m *testMiner) uint64 {
		n := 0
		for _, calls := range m.callers() {
			n += calls
		}
		return uint64(n)
	}
	// Of 20 questions that the budget pays, those that were answered and those in doubt are spent; one that failed with a signature, or was answered otherwise than it was
	// asked, cost nothing.
	require.Eventually(t, func() bool {
		return count(good)+count(cut) == 20 && standing(d, free.hotkey).Asked > 5
	}, 40*time.Second, 20*time.Millisecond)
	time.Sleep(300 * time.Millisecond)
	require.Equal(t, uint64(20), count(good)+count(cut), "not a question above the budget, and breaking off is no way around it")
	require.Equal(t, 1000*count(good), p.of(good.hotkey))
	for _, m := range []*testMiner{cut, fails, whole} {
		require.NotZero(t, count(m))
		require.Zero(t, p.of(m.hotkey))
	}
	end()
	store, err := validator.OpenStore(filepath.Join(config.Home, "data", "validator.db"), validator.Self{ChainID: testChain, Netuid: testNetuid, Hotkey: hotkey})
	require.NoError(t, err)
	defer store.Close()
	leaves, err := store.Leaves(3)
	require.NoError(t, err)
	got := map[uint16]uint64{}
	for _, l := range leaves {
		require.Equal(t, uint16(200), l.Leaf.Receipt.Status)
		got[l.Leaf.Nonce.UID()]++
	}
	require.NotZero(t, got[good.uid], "a stream's signed end is a receipt")
	require.Zero(t, got[cut.uid])
	require.Zero(t, got[fails.uid])
	require.NotZero(t, got[free.uid])
	require.Greater(t, standing(d, free.hotkey).Quality, 0.5)
	for _, m := range []*testMiner{cut, fails, whole} {
		require.Less(t, standing(d, m.hotkey).Availability, 0.5, m.hotkey)
	}
}
