package miner

import (
	"context"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/miner/till"
	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

func (o onChain) Price(ctx context.Context, netuid uint32, hotkey string) (wire.Price, error) {
	return askPrice(ctx, o.c.Payment(), netuid, hotkey)
}

func (o onChain) Channel(ctx context.Context, id uint64) (till.Channel, error) {
	return askChannel(ctx, o.c.Payment(), id)
}

func (o onChain) Height(ctx context.Context) (int64, error) { return o.c.Height(ctx) }

func askPrice(ctx context.Context, q paymenttypes.QueryClient, netuid uint32, hotkey string) (wire.Price, error) {
	r, err := q.Price(ctx, &paymenttypes.QueryPriceRequest{Netuid: netuid, Hotkey: hotkey})
	if err != nil {
		return wire.Price{}, fmt.Errorf("ask for the price of %s: %w", hotkey, err)
	}
	return wire.Price{PerRequest: r.Price.PerRequest, PerMillionInput: r.Price.PerMillionInput, PerMillionOutput: r.Price.PerMillionOutput}, nil
}

func askChannel(ctx context.Context, q paymenttypes.QueryClient, id uint64) (till.Channel, error) {
	r, err := q.Channel(ctx, &paymenttypes.QueryChannelRequest{Id: id})
	if chain.NotFound(err) {
		return till.Channel{}, fmt.Errorf("%w: %d", till.ErrNoChannel, id)
	}
	if err != nil {
		return till.Channel{}, fmt.Errorf("ask for channel %d: %w", id, err)
	}
	return readChannel(&r.Channel)
}

// readChannel is a channel of the chain's as a till knows it.
func readChannel(c *paymenttypes.Channel) (till.Channel, error) {
	out := till.Channel{
		ID: c.Id, Owner: c.Owner, Netuid: c.Netuid, Payee: c.Payee, Deposit: c.Deposit, Claimed: c.Claimed,
		Closed: c.State != paymenttypes.ChannelState_CHANNEL_STATE_OPEN, ExpiresAt: c.ExpiresAt, ClosingAt: c.ClosingAt,
	}
	if copy(out.VoucherKey[:], c.VoucherKey) != len(out.VoucherKey) || len(c.VoucherKey) != len(out.VoucherKey) {
		return till.Channel{}, fmt.Errorf("%w: voucher key of channel %d has %d bytes, want %d", chain.ErrMalformed, c.Id, len(c.VoucherKey), len(out.VoucherKey))
	}
	return out, nil
}

// tillChain is what a till needs: the chain's word, and claims through the hotkey's queue.
type tillChain struct {
	Chain
	queue  Queue
	signer sdk.AccAddress
}

func (c tillChain) Claim(ctx context.Context, claims []till.Claim) ([]till.Claimed, error) {
	msg := &paymenttypes.MsgClaim{Payee: c.signer.String(), Items: make([]paymenttypes.ClaimItem, len(claims))}
	for i := range claims {
		msg.Items[i] = paymenttypes.ClaimItem{Channel: claims[i].Channel, Cumulative: claims[i].Cumulative, Signature: claims[i].Signature[:]}
	}
	tx, err := c.queue.Submit(ctx, msg)
	if err != nil {
		return nil, err
	}
	var answer paymenttypes.MsgClaimResponse
	if err := chain.Response(tx, 0, &answer); err != nil {
		return nil, fmt.Errorf("claimed in transaction %s, but its answer cannot be read: %w", tx.Hash, err)
	}
	out := make([]till.Claimed, len(answer.Results))
	for i, r := range answer.Results {
		out[i] = till.Claimed{Channel: r.Channel, Paid: r.Paid, Total: r.Claimed}
		if r.Status != paymenttypes.ClaimStatus_CLAIM_STATUS_PAID && r.Status != paymenttypes.ClaimStatus_CLAIM_STATUS_NOTHING {
			out[i].Problem = r.Status.String()
		}
	}
	return out, nil
}
