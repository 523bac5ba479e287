package validator_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agon-chain/agon/chain"
	pay "github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
)

// till pays for questions without a channel, and remembers what it paid.
type till struct {
	client *wire.Client
	prices map[string]wire.Price // by hotkey
	broke  map[string]bool       // miners to whom no channel can be opened

	mu      sync.Mutex
	paid    map[string]uint64 // by hotkey
	callers map[string]bool
	stopped bool
}

func (p *till) Price(_ context.Context, m pay.Payee) (wire.Price, error) {
	return p.prices[m.Hotkey], nil
}

func (p *till) Do(ctx context.Context, caller validator.Caller, call wire.Call, t pay.Terms) (*wire.Reply, pay.Paid, error) {
	if p.broke[call.To] {
		return nil, pay.Paid{}, fmt.Errorf("%w: in this test", pay.ErrChannel)
	}
	return p.pay(caller, call, t, func() (*wire.Reply, error) { return p.client.Do(ctx, call) })
}

func (p *till) Stream(ctx context.Context, caller validator.Caller, call wire.Call, t pay.Terms) (*wire.Reply, pay.Paid, error) {
	return p.pay(caller, call, t, func() (*wire.Reply, error) { return p.client.Stream(ctx, call, nil) })
}

func (p *till) pay(caller validator.Caller, call wire.Call, t pay.Terms, send func() (*wire.Reply, error)) (*wire.Reply, pay.Paid, error) {
	reply, err := send()
	paid := pay.Paid{Cost: min(t.MaxCost, 1000)}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paid[call.To] += paid.Cost
	p.callers[caller.Address] = true
	return reply, paid, err
}

func (p *till) Run(ctx context.Context) error {
	<-ctx.Done()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	return ctx.Err()
}

func (p *till) of(hotkey string) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.paid[hotkey]
}

// Miners with a price are paid like by users, within the budget; what the validator cannot pay is not asked, and no fault of the miner.
func TestQuestionsArePaidForWithinTheBudget(t *testing.T) {
	present := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, present) })
	c := newFakeChain(t, 1000, exam.Params{ReceiptsPerMiner: 4, Openings: 8}) // one epoch
	right := expert(t)
	free, priced, dear, unreachable := startMiner(t, c, "free", right), startMiner(t, c, "priced", right), startMiner(t, c, "dear", right), startMiner(t, c, "unreachable", right)
	keys := newKeys(t)
	hotkey, err := keys.Address(chain.KeyHotkey)
	require.NoError(t, err)
	c.add(chain.Neuron{Hotkey: hotkey.String(), Stake: 1000})
	client, err := wire.NewClient(wire.ClientOptions{ChainID: testChain, AllowPrivate: true, FreshConnections: true})
	require.NoError(t, err)
	p := &till{
		client: client, paid: map[string]uint64{}, callers: map[string]bool{}, broke: map[string]bool{unreachable.hotkey: true},
		prices: map[string]wire.Price{priced.hotkey: {PerRequest: 1000}, dear.hotkey: {PerRequest: 1_000_000}, unreachable.hotkey: {PerRequest: 1000}},
	}
	mining, stop := context.WithCancel(context.Background())
	defer stop()
	go c.mineEvery(mining, 20*time.Millisecond)
	config := testConfig(t.TempDir())
	config.QuestionBudget = "10000nagon"
	d, _, end := startDaemon(t, c, keys, config, validator.Honest{}, func(parts *validator.Parts) { parts.Payments = p })
	require.Eventually(t, func() bool { return p.of(priced.hotkey) == 10_000 && standing(d, free.hotkey).Asked > 10 }, 40*time.Second, 20*time.Millisecond)
	time.Sleep(500 * time.Millisecond)
	require.Equal(t, uint64(10_000), p.of(priced.hotkey), "not a nagon above the budget")
	require.Zero(t, p.of(dear.hotkey))
	require.Empty(t, dear.callers(), "who is too dear is not asked")
	require.Empty(t, unreachable.callers())
	require.Zero(t, standing(d, dear.hotkey).Asked, "what was not asked counts for nothing")
	require.Zero(t, standing(d, unreachable.hotkey).Asked)
	require.Greater(t, len(p.callers), 1, "each caller pays for itself")
	end()
	require.True(t, p.stopped)
}
