package miner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/miner/hardware"
	"github.com/agon-chain/agon/wire"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// firstRetry is the pause after a failed comparison or publication; it doubles up to the normal interval.
const firstRetry = 500 * time.Millisecond

// unpayableRetries is how often a missing grant is believed to be one that the node has not seen yet.
const unpayableRetries = 2

// makeAxon is what the chain should say of this miner.
func makeAxon(cfg Config, service wire.ServicePublic, sealing []byte, hw hardware.Report, name string, version [32]byte) (subnettypes.Axon, error) {
	if cfg.Served != "" {
		name = cfg.Served
	}
	s := hw.Summary()
	a := subnettypes.Axon{
		Url:        cfg.PublicURL,
		ServiceKey: service[:],
		SealingKey: sealing,
		Region:     cfg.Region,
		Hardware: subnettypes.Hardware{
			Kind: s.Kind, Model: s.Model,
			Count:  uint32(min(max(s.Count, 0), subnettypes.MaxHardwareCount)),
			Memory: min(s.Memory, subnettypes.MaxHardwareMemory),
		},
		Served: []subnettypes.Served{{Name: name, Version: version[:]}},
	}
	if err := a.ValidateNew(); err != nil {
		return subnettypes.Axon{}, fmt.Errorf("%w: what would be published: %w", ErrConfig, err)
	}
	return a, nil
}

// sameAxon compares what an operator sets, not what the chain adds.
func sameAxon(a, b *subnettypes.Axon) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Url != b.Url || a.Region != b.Region || a.Hardware != b.Hardware || len(a.Served) != len(b.Served) ||
		!bytes.Equal(a.ServiceKey, b.ServiceKey) || !bytes.Equal(a.SealingKey, b.SealingKey) {
		return false
	}
	for i := range a.Served {
		if a.Served[i].Name != b.Served[i].Name || !bytes.Equal(a.Served[i].Version, b.Served[i].Version) {
			return false
		}
	}
	return true
}

// axonKeeper keeps what the chain says of this miner's endpoint equal to what it is.
type axonKeeper struct {
	chain   Chain
	queue   Queue
	hotkey  sdk.AccAddress
	signer  sdk.AccAddress
	netuid  uint32
	want    subnettypes.Axon
	every   time.Duration
	log     *slog.Logger
	metrics *metrics

	uid     atomic.Int64 // -1: not registered
	current atomic.Bool
}

// Run compares now and at every interval, and publishes where it differs. Before the first success it returns what only the
// operator can mend: a missing fee grant, or an owner without funds. Later it goes on: callers know the endpoint already.
func (k *axonKeeper) Run(ctx context.Context) error {
	done, refused := false, 0
	retry := min(firstRetry, k.every)
	for {
		err := k.reconcile(ctx)
		wait := k.every
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			done, retry = true, min(firstRetry, k.every)
		case !done && unpayable(err) && refused == unpayableRetries:
			return fmt.Errorf("publish the endpoint: %w", err)
		default:
			if unpayable(err) {
				refused++
			}
			k.log.Warn("endpoint on the chain is not up to date; trying again", "in", retry, "error", flat(err))
			wait, retry = retry, min(2*retry, k.every)
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func (k *axonKeeper) reconcile(ctx context.Context) error {
	n, err := k.chain.Neuron(ctx, k.netuid, k.hotkey.String())
	if errors.Is(err, ErrNotRegistered) {
		k.uid.Store(-1)
		k.current.Store(false)
		k.metrics.registered.Set(0)
		return err
	}
	if err != nil {
		return err
	}
	k.uid.Store(int64(n.Uid))
	if _, err := k.chain.SignsFor(ctx, k.signer); errors.Is(err, subnettypes.ErrKeySwapped) {
		// Answers are signed by the service key, so callers are served all the same.
		k.current.Store(sameAxon(n.Axon, &k.want))
		return fmt.Errorf("requests are answered, but no change can be published: %w", err)
	}
	k.metrics.registered.Set(1)
	k.metrics.uid.Set(float64(n.Uid))
	if sameAxon(n.Axon, &k.want) {
		k.current.Store(true)
		return nil
	}
	k.current.Store(false)
	tx, err := k.queue.Submit(ctx, &subnettypes.MsgServeAxon{Hotkey: k.signer.String(), Netuid: k.netuid, Axon: k.want})
	if err != nil {
		k.metrics.axon.WithLabelValues("failed").Inc()
		return err
	}
	k.metrics.axon.WithLabelValues("published").Inc()
	k.current.Store(true)
	k.log.Info("endpoint published", "uid", n.Uid, "url", k.want.Url, "tx", tx.Hash, "height", tx.Height)
	return nil
}

// unpayable says whether an error is one that only the operator can mend.
func unpayable(err error) bool {
	return errors.Is(err, chain.ErrNoFeeGrant) || errors.Is(err, chain.ErrInsufficientFunds) || errors.Is(err, chain.ErrNoAccount)
}

// flat puts an error on one line.
func flat(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
