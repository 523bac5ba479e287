package payer

import (
	"context"
	"fmt"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

// pageOfChannels is how many channels one query asks for: the chain's most.
const pageOfChannels = 100

// FromClient is the chain as a node tells it.
func FromClient(c *chain.Client) Chain { return node{c} }

type node struct{ client *chain.Client }

func (n node) Height(ctx context.Context) (int64, error) { return n.client.Height(ctx) }

func (n node) Balance(ctx context.Context, owner string) (uint64, error) {
	r, err := n.client.Payment().Account(ctx, &paymenttypes.QueryAccountRequest{Owner: owner})
	if err != nil {
		return 0, fmt.Errorf("payment account %s: %w", owner, err)
	}
	return r.Account.Balance, nil
}

func (n node) Channels(ctx context.Context, owner string, payee Payee) ([]paymenttypes.Channel, error) {
	var out []paymenttypes.Channel
	page := &query.PageRequest{Limit: pageOfChannels}
	for {
		r, err := n.client.Payment().ChannelsOf(ctx, &paymenttypes.QueryChannelsOfRequest{Owner: owner, Pagination: page})
		if err != nil {
			return nil, fmt.Errorf("channels of %s: %w", owner, err)
		}
		for _, c := range r.Channels {
			if payee == (Payee{}) || (c.Netuid == uint32(payee.Netuid) && c.Payee == payee.Hotkey) {
				out = append(out, c)
			}
		}
		if r.Pagination == nil || len(r.Pagination.NextKey) == 0 {
			return out, nil
		}
		page = &query.PageRequest{Key: r.Pagination.NextKey, Limit: pageOfChannels}
	}
}

func (n node) Price(ctx context.Context, payee Payee) (wire.Price, error) {
	r, err := n.client.Payment().Price(ctx, &paymenttypes.QueryPriceRequest{Netuid: uint32(payee.Netuid), Hotkey: payee.Hotkey})
	if err != nil {
		return wire.Price{}, err
	}
	p := wire.Price{PerRequest: r.Price.PerRequest, PerMillionInput: r.Price.PerMillionInput, PerMillionOutput: r.Price.PerMillionOutput}
	return p, p.Validate()
}
