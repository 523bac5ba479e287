package miner

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

// priceKeeper keeps what the chain says of this miner's price equal to what it asks, so that payers know before they call.
type priceKeeper struct {
	chain   Chain
	queue   Queue
	hotkey  sdk.AccAddress
	signer  sdk.AccAddress
	netuid  uint32
	want    wire.Price
	every   time.Duration
	log     *slog.Logger
	metrics *metrics
}

// Run compares now and at every interval, and publishes where it differs, until the context ends. A miner that asks nothing compares once: what was
// published before has to go.
func (k *priceKeeper) Run(ctx context.Context) error {
	retry := min(firstRetry, k.every)
	for {
		err := k.reconcile(ctx)
		wait := k.every
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && k.want.Free():
			return nil
		case err == nil:
			retry = min(firstRetry, k.every)
		case k.want.Free():
			k.log.Debug("price on the chain could not be compared; trying again", "in", retry, "error", flat(err))
			wait, retry = retry, min(2*retry, k.every)
		default:
			k.log.Warn("price on the chain is not up to date; trying again", "in", retry, "error", flat(err))
			wait, retry = retry, min(2*retry, k.every)
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func (k *priceKeeper) reconcile(ctx context.Context) error {
	have, err := k.chain.Price(ctx, k.netuid, k.hotkey.String())
	if err != nil || have == k.want {
		return err
	}
	// A price needs a uid; that there is none is the endpoint's keeper's to say.
	if _, err := k.chain.Neuron(ctx, k.netuid, k.hotkey.String()); err != nil {
		if errors.Is(err, ErrNotRegistered) && k.want.Free() {
			return nil
		}
		return err
	}
	tx, err := k.queue.Submit(ctx, &paymenttypes.MsgSetPrice{
		Hotkey: k.signer.String(), Netuid: k.netuid, PerRequest: k.want.PerRequest, PerMillionInput: k.want.PerMillionInput, PerMillionOutput: k.want.PerMillionOutput,
	})
	if err != nil {
		k.metrics.priceUpdates.WithLabelValues("failed").Inc()
		return err
	}
	k.metrics.priceUpdates.WithLabelValues("published").Inc()
	k.log.Info("price published", "per_request", k.want.PerRequest, "per_million_input", k.want.PerMillionInput, "per_million_output", k.want.PerMillionOutput, "tx", tx.Hash)
	return nil
}

// maxOutput is the task's own bound of output tokens, by the parameter that tasks which count tokens call max_tokens; the protocol's where there is none.
func maxOutput(defaults, params json.RawMessage) uint32 {
	var p struct {
		MaxTokens uint32 `json:"max_tokens"`
	}
	for _, raw := range []json.RawMessage{defaults, params} {
		if len(raw) > 0 {
			_ = json.Unmarshal(raw, &p) // what the task cannot read keeps the expert from starting
		}
	}
	return cmp.Or(p.MaxTokens, wire.DefaultMaxOutput)
}
