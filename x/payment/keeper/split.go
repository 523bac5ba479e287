package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/payment/split"
	"github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	// maxHeirs bounds how many versions of a lineage a claim pays: what would go further back stays with the version that it reached.
	maxHeirs = 64
	// maxGenerations bounds how far back it goes.
	maxGenerations = 8
)

// settlement gathers what a transaction pays, so that each is paid once, however many vouchers there are.
type settlement struct {
	payee           sdk.AccAddress // hotkey
	paid            uint64         // all of it
	miner, protocol uint64
	subnets         []earned[uint32] // the subnet's part
	versions        []earned[uint64] // the model's part
	sums            []sum            // of the payee, in each subnet
}

// earned is what is due to something, in the order in which it first earned.
type earned[K comparable] struct {
	key  K
	part uint64
}

func due[K comparable](list []earned[K], key K, part uint64) []earned[K] {
	for i := range list {
		if list[i].key == key {
			list[i].part += part
			return list
		}
	}
	return append(list, earned[K]{key, part})
}

func (s *settlement) add(c types.Channel, paid uint64, p types.Parts) {
	s.paid += paid
	s.miner += p.Miner
	s.protocol += p.Protocol
	s.subnets = due(s.subnets, c.Netuid, p.Subnet)
	if p.Model > 0 {
		s.versions = due(s.versions, c.VersionId, p.Model)
	}
}

// pay sends what was gathered. The miner's part goes to the owner of the hotkey, never to the hotkey, whose key lies on a server.
func (k *Keeper) pay(ctx context.Context, s settlement) error {
	if s.paid == 0 {
		return nil
	}
	owner, err := k.subnet.OwnerOf(ctx, s.payee)
	if err != nil {
		return err
	}
	if err := k.putSums(ctx, s); err != nil {
		return err
	}
	pool := s.protocol
	send := func(to sdk.AccAddress, amount uint64) error {
		if amount == 0 {
			return nil
		}
		if k.bank.BlockedAddr(to) { // an account of a module's, whose book-keeping would not see it
			pool += amount
			return nil
		}
		return k.bank.SendCoinsFromModuleToAccount(ctx, types.ModuleName, to, nagon(amount))
	}
	if err := send(owner, s.miner); err != nil {
		return err
	}
	for _, e := range s.subnets {
		sub, err := k.subnet.GetSubnet(ctx, e.key)
		if err != nil {
			return err
		}
		if sub.CheckLive() != nil { // nobody keeps it any more
			pool += e.part
			continue
		}
		to, err := subnettypes.ParseAddress("owner", sub.Owner)
		if err != nil {
			return err
		}
		if err := send(to, e.part); err != nil {
			return err
		}
	}
	for _, e := range s.versions {
		if err := k.payModel(ctx, e.key, e.part, send); err != nil {
			return err
		}
	}
	return k.fundCommunity(ctx, pool)
}

// share is what a version of a lineage has to divide.
type share struct {
	version    uint64
	amount     uint64
	generation int
}

// payModel divides a model's part: of what comes to a version each parent gets its share, to divide in turn, and the owner of the model the
// rest. A copy earns for the version that it is a copy of. Owners are those of now, as a model is sold with what it earns.
func (k *Keeper) payModel(ctx context.Context, version, amount uint64, send func(sdk.AccAddress, uint64) error) error {
	line := []share{{version: version, amount: amount}}
	for i := 0; i < len(line); i++ {
		here := line[i]
		v, err := k.model.OriginalOf(ctx, here.version)
		if err != nil {
			return err
		}
		var shares []split.Share[uint64]
		if here.generation < maxGenerations {
			for _, p := range v.Parents {
				if len(line)+len(shares) >= maxHeirs {
					break
				}
				parent, err := k.model.VersionOf(ctx, p.Model, p.Version)
				if err != nil {
					return err
				}
				shares = append(shares, split.Share[uint64]{Party: parent.Id, Bps: p.ShareBps})
			}
		}
		s, err := split.New(v.Id, shares...)
		if err != nil {
			return types.ErrBroken.Wrapf("version %d: %s", v.Id, err)
		}
		parts := s.Of(here.amount)
		for _, p := range parts[1:] {
			if p.Amount > 0 {
				line = append(line, share{p.Party, p.Amount, here.generation + 1})
			}
		}
		model, err := k.model.GetModel(ctx, v.Model)
		if err != nil {
			return err
		}
		owner, err := subnettypes.ParseAddress("owner", model.Owner)
		if err != nil {
			return err
		}
		if err := send(owner, parts[0].Amount); err != nil {
			return err
		}
		if parts[0].Amount > 0 {
			if err := emit(ctx, &types.EventModelPaid{VersionId: v.Id, Model: v.Model, Owner: model.Owner, Amount: parts[0].Amount}); err != nil {
				return err
			}
		}
	}
	return nil
}

// fundCommunity gives the community pool something of what the module holds.
func (k *Keeper) fundCommunity(ctx context.Context, amount uint64) error {
	if amount == 0 {
		return nil
	}
	return k.community.FundCommunityPool(ctx, nagon(amount), account())
}
