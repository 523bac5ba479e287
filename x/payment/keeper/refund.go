package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// A miner that is found guilty has been paid for what it did not serve. What it loses and is not burned belongs first to those who paid it
// shortly before it was accused, in proportion, up to what they paid. What a claim leaves behind for that are two sums, by hours: of its
// channel, and of its miner.
//
// Only hours that were over when the case opened count. What a miner claims once it knows of the accusation says little: it could pay
// itself from accounts of its own until the verdict, and take back most of what it loses. Beforehand it would have to do so all the time,
// and every round costs it all parts but its own.

// FundRefunds opens a pot with what a case took from a miner and did not burn, from an account of the caller's. What its payers
// cannot get goes to the community pool.
func (k *Keeper) FundRefunds(ctx context.Context, caseID uint64, netuid uint32, miner sdk.AccAddress, openedAt int64, amount uint64, from sdk.AccAddress) error {
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	pot := types.Pot{CaseId: caseID, Netuid: netuid, Miner: miner.String(), Until: height(ctx) + int64(p.RefundPeriod)}
	if err := k.window(ctx, &pot, p, miner, openedAt); err != nil {
		return err
	}
	pot.Amount = min(amount, pot.Paid)
	pot.Left = pot.Amount
	if rest := amount - pot.Amount; rest > 0 {
		if err := k.community.FundCommunityPool(ctx, nagon(rest), from); err != nil {
			return err
		}
	}
	if pot.Amount == 0 {
		return nil
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, from, types.ModuleName, nagon(pot.Amount)); err != nil {
		return err
	}
	if err := k.putPot(ctx, pot); err != nil {
		return err
	}
	if err := k.refunded.Set(ctx, collections.Join(netuid, miner), pot.LastBucket); err != nil {
		return err
	}
	return emit(ctx, &types.EventPotOpened{Pot: pot})
}

// window sets which buckets of a miner's count and what it was paid in them. None counts in two pots.
func (k *Keeper) window(ctx context.Context, pot *types.Pot, p types.Params, miner sdk.AccAddress, openedAt int64) error {
	now := types.Bucket(openedAt)
	if now == 0 {
		return nil
	}
	pot.FirstBucket, pot.LastBucket = types.Bucket(openedAt-int64(p.RefundWindow)), now-1
	last, ok, err := found(k.refunded.Get(ctx, collections.Join(pot.Netuid, miner)))
	if err != nil {
		return err
	}
	if ok {
		pot.FirstBucket = max(pot.FirstBucket, last+1)
	}
	for b := pot.FirstBucket; b <= pot.LastBucket; b++ {
		sum, _, err := found(k.minerSums.Get(ctx, collections.Join3(b, pot.Netuid, miner)))
		if err != nil {
			return err
		}
		pot.Paid += sum
	}
	return nil
}

// GetPot returns a pot. Errors: ErrPotNotFound, also of one that has ended.
func (k *Keeper) GetPot(ctx context.Context, caseID uint64) (types.Pot, error) {
	p, err := k.pots.Get(ctx, caseID)
	if err != nil {
		return p, missing(err, types.ErrPotNotFound, "case %d; list them with agond query payment pots", caseID)
	}
	return p, nil
}

func (k *Keeper) putPot(ctx context.Context, p types.Pot) error {
	if err := k.pots.Set(ctx, p.CaseId, p); err != nil {
		return err
	}
	return k.potsDue.Set(ctx, collections.Join(uint64(p.Until), p.CaseId))
}

// paidIn is what was claimed from a channel in a pot's window and was not refunded yet. each is called for every sum of it.
func (k *Keeper) paidIn(ctx context.Context, p types.Pot, c types.Channel, each func(bucket, sum uint64) error) (uint64, error) {
	if c.Netuid != p.Netuid || c.Payee != p.Miner {
		return 0, nil
	}
	var paid uint64
	for b := p.FirstBucket; b <= p.LastBucket; b++ {
		sum, ok, err := found(k.channelSums.Get(ctx, collections.Join(b, c.Id)))
		if err != nil {
			return 0, err
		}
		if !ok {
			continue
		}
		paid += sum
		if each == nil {
			continue
		}
		if err := each(b, sum); err != nil {
			return 0, err
		}
	}
	return paid, nil
}

// claimRefund takes a channel's part of a pot into the channel's account. The sums that it is for are taken out, so that nobody gets it twice.
func (k *Keeper) claimRefund(ctx context.Context, m *types.MsgClaimRefund) (uint64, error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, err
	}
	p, err := k.GetPot(ctx, m.CaseId)
	if err != nil {
		return 0, err
	}
	if now := height(ctx); now > p.Until {
		return 0, errorsmod.Wrapf(types.ErrPotNotFound, "case %d: refunds could be taken until block %d, this is block %d", p.CaseId, p.Until, now)
	}
	c, err := k.GetChannel(ctx, m.Channel)
	if err != nil {
		return 0, err
	}
	miner, err := subnettypes.ParseHotkey("miner", p.Miner)
	if err != nil {
		return 0, err
	}
	paid, err := k.paidIn(ctx, p, c, func(bucket, sum uint64) error { return k.takeSum(ctx, bucket, c, miner, sum) })
	if err != nil {
		return 0, err
	}
	part := p.Part(paid)
	if part == 0 {
		return 0, errorsmod.Wrapf(types.ErrNothingToRefund, "channel %d paid miner %s of netuid %d %d nagon that count for case %d and were not refunded", c.Id, p.Miner, p.Netuid, paid, p.CaseId)
	}
	p.Left -= part
	if err := k.pots.Set(ctx, p.CaseId, p); err != nil {
		return 0, err
	}
	owner, err := subnettypes.ParseAddress("owner", c.Owner)
	if err != nil {
		return 0, err
	}
	a, err := k.AccountOf(ctx, owner)
	if err != nil {
		return 0, err
	}
	a.Balance += part
	if err := k.putAccount(ctx, a); err != nil {
		return 0, err
	}
	return part, emit(ctx, &types.EventRefunded{CaseId: p.CaseId, Channel: c.Id, Payer: c.Owner, Paid: paid, Refunded: part})
}

// takeSum removes what a channel paid in a bucket, from its miner's sum too.
func (k *Keeper) takeSum(ctx context.Context, bucket uint64, c types.Channel, miner sdk.AccAddress, sum uint64) error {
	if err := k.channelSums.Remove(ctx, collections.Join(bucket, c.Id)); err != nil {
		return err
	}
	key := collections.Join3(bucket, c.Netuid, miner)
	all, err := k.minerSums.Get(ctx, key)
	if err != nil {
		return missing(err, types.ErrBroken, "bucket %d has a sum of channel %d and none of its miner %s", bucket, c.Id, miner)
	}
	if all < sum {
		return types.ErrBroken.Wrapf("bucket %d: channel %d paid %d, its miner %s got %d", bucket, c.Id, sum, miner, all)
	}
	if all == sum {
		return k.minerSums.Remove(ctx, key)
	}
	return k.minerSums.Set(ctx, key, all-sum)
}
