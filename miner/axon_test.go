package miner

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/miner/hardware"
	"github.com/agon-chain/agon/wire"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func keeperFor(t *testing.T, f *fakeChain) *axonKeeper {
	t.Helper()
	o := testOptions(t, f, "http://127.0.0.1:9")
	want, err := makeAxon(o.Config, o.ServiceKey.Public(), nil, hardware.Report{Kind: "cpu"}, "x", [32]byte{1})
	require.NoError(t, err)
	f.neuron = &subnettypes.Neuron{Netuid: testNetuid, Uid: 2, Hotkey: o.Hotkey.String(), Owner: o.OwnerAddress.String()}
	return &axonKeeper{
		chain: f, queue: &fakeQueue{chain: f}, hotkey: o.Hotkey, signer: o.Hotkey, netuid: testNetuid, want: want, every: 2 * time.Millisecond,
		log: slog.New(slog.DiscardHandler), metrics: newMetrics(),
	}
}

func TestAxonKeeper(t *testing.T) {
	published := func(k *axonKeeper) error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- k.Run(ctx) }()
		for !k.current.Load() && ctx.Err() == nil {
			select {
			case err := <-done:
				return err
			case <-time.After(time.Millisecond):
			}
		}
		cancel()
		return <-done
	}
	t.Run("too-soon-is-tried-again", func(t *testing.T) {
		f := newFakeChain()
		k := keeperFor(t, f)
		f.refuse = []error{subnettypes.ErrAxonTooSoon, subnettypes.ErrServiceKeyTooSoon, errors.New("node restarts"), nil}
		require.ErrorIs(t, published(k), context.Canceled)
		require.NotNil(t, f.axon())
		require.Equal(t, 4, f.sentCount())
	})
	t.Run("a-key-that-was-swapped-publishes-nothing", func(t *testing.T) {
		f := newFakeChain()
		k := keeperFor(t, f)
		k.signer, f.swapped = addressOf(t, 91), addressOf(t, 92)
		err := k.reconcile(t.Context())
		require.ErrorIs(t, err, subnettypes.ErrKeySwapped)
		require.ErrorContains(t, err, "requests are answered")
		require.Zero(t, f.sentCount())
		require.False(t, k.current.Load())
		k.signer = addressOf(t, 92)
		require.NoError(t, k.reconcile(t.Context()))
		require.True(t, k.current.Load())
		serve, ok := f.sent[0][0].(*subnettypes.MsgServeAxon)
		require.True(t, ok)
		require.Equal(t, addressOf(t, 92).String(), serve.Hotkey, "the key signs, and the chain knows for whom")
		k.signer = addressOf(t, 91)
		require.ErrorIs(t, k.reconcile(t.Context()), subnettypes.ErrKeySwapped)
		require.True(t, k.current.Load(), "what is published is still right")
	})
	t.Run("a-grant-that-the-node-sees-late", func(t *testing.T) {
		f := newFakeChain()
		k := keeperFor(t, f)
		f.refuse = []error{chain.ErrNoFeeGrant, chain.ErrNoAccount, nil}
		require.ErrorIs(t, published(k), context.Canceled)
		require.NotNil(t, f.axon())
	})
	t.Run("no-funds-at-the-start-ends-it", func(t *testing.T) {
		f := newFakeChain()
		k := keeperFor(t, f)
		f.refuse = []error{chain.ErrInsufficientFunds, chain.ErrInsufficientFunds, chain.ErrInsufficientFunds}
		require.ErrorIs(t, published(k), chain.ErrInsufficientFunds)
	})
}

func TestSameAxon(t *testing.T) {
	base := func() *subnettypes.Axon {
		return &subnettypes.Axon{
			Url: "http://a:1", ServiceKey: []byte{1}, SealingKey: []byte{2}, Region: "r", Hardware: subnettypes.Hardware{Kind: "cpu"},
			Served: []subnettypes.Served{{Name: "n", Version: []byte{3}}},
		}
	}
	stored := base()
	stored.UpdatedAt, stored.ServiceKeySince, stored.PreviousServiceKey = 5, 4, []byte{9}
	require.True(t, sameAxon(stored, base()), "what the chain adds is no difference")
	require.False(t, sameAxon(nil, base()))
	for name, change := range map[string]func(*subnettypes.Axon){
		"url":         func(a *subnettypes.Axon) { a.Url = "http://a:2" },
		"service-key": func(a *subnettypes.Axon) { a.ServiceKey = []byte{8} },
		"sealing-key": func(a *subnettypes.Axon) { a.SealingKey = nil },
		"region":      func(a *subnettypes.Axon) { a.Region = "" },
		"hardware":    func(a *subnettypes.Axon) { a.Hardware.Count = 2 },
		"served-more": func(a *subnettypes.Axon) { a.Served = append(a.Served, a.Served[0]) },
		"served-name": func(a *subnettypes.Axon) { a.Served[0].Name = "m" },
		"version":     func(a *subnettypes.Axon) { a.Served[0].Version = []byte{4} },
	} {
		t.Run(name, func(t *testing.T) {
			a := base()
			change(a)
			require.False(t, sameAxon(stored, a))
		})
	}
}

func TestMakeAxonFitsTheChain(t *testing.T) {
	cfg := testConfig("http://203.0.113.7:8091")
	report := hardware.Report{Kind: "cpu", CPU: hardware.CPU{Model: "x", Threads: 1 << 30, Memory: 1 << 63}}
	a, err := makeAxon(cfg, wire.ServicePublic{1}, make([]byte, wire.SealingPublicSize), report, "name", [32]byte{})
	require.NoError(t, err, "what a machine reports is brought inside the chain's bounds")
	require.Equal(t, uint32(subnettypes.MaxHardwareCount), a.Hardware.Count)

	cfg.Served = "my model"
	a, err = makeAxon(cfg, wire.ServicePublic{1}, nil, report, "name", [32]byte{})
	require.NoError(t, err)
	require.Equal(t, "my model", a.Served[0].Name)

	cfg.Region = "a\nb"
	_, err = makeAxon(cfg, wire.ServicePublic{1}, nil, report, "name", [32]byte{})
	require.ErrorIs(t, err, ErrConfig)
}
