package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/crowdfund/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// transfer gives shares to another account. Both sides are paid what they are due first, so that what shares earned goes to
// who held them. It returns what was given and what the holder was paid.
func (k *Keeper) transfer(ctx context.Context, m *types.MsgTransferShares) (shares, alpha, refund uint64, err error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, 0, 0, err
	}
	holder, err := subnettypes.ParseAddress("holder", m.Holder)
	if err != nil {
		return 0, 0, 0, err
	}
	recipient, err := subnettypes.ParseAddress("recipient", m.Recipient)
	if err != nil {
		return 0, 0, 0, err
	}
	f, err := k.finalized(ctx, m.FundId)
	if err != nil {
		return 0, 0, 0, err
	}
	if k.bank.BlockedAddr(recipient) || m.Recipient == f.Account {
		return 0, 0, 0, errorsmod.Wrapf(types.ErrInvalidTransfer, "recipient is %s, which can claim nothing; name the account of a key", m.Recipient)
	}
	from, err := k.contribution(ctx, f.Id, holder)
	if err != nil {
		return 0, 0, 0, err
	}
	if shares = m.Shares; shares == 0 {
		shares = from.Amount
	}
	if shares > from.Amount {
		return 0, 0, 0, errorsmod.Wrapf(types.ErrInvalidTransfer, "shares is %d, %s has %d of fund %d", shares, m.Holder, from.Amount, f.Id)
	}
	to, found, err := k.contributionOrNew(ctx, f.Id, recipient)
	if err != nil {
		return 0, 0, 0, err
	}
	if !found {
		f.Contributors++
		to.Settled = true
	}
	if err := k.takeUp(ctx, &f); err != nil {
		return 0, 0, 0, err
	}
	if alpha, refund, err = k.settle(ctx, &f, &from); err != nil {
		return 0, 0, 0, err
	}
	if _, _, err := k.settle(ctx, &f, &to); err != nil {
		return 0, 0, 0, err
	}
	from.Amount -= shares
	to.Amount += shares
	if from.Amount == 0 {
		f.Contributors--
	}
	for _, c := range []types.Contribution{from, to} {
		c.Index, c.Claimed = f.Outcome.Index, 0
		if err := k.putContribution(ctx, c); err != nil {
			return 0, 0, 0, err
		}
	}
	if err := k.putFund(ctx, f); err != nil {
		return 0, 0, 0, err
	}
	return shares, alpha, refund, emit(ctx, &types.EventSharesTransferred{FundId: f.Id, Holder: m.Holder, Recipient: m.Recipient, Shares: shares})
}

// endLease gives all of the owner cut to the subnet's owner, who holds every share: nobody else loses by it. What the fund's account holds
// can be claimed as before.
func (k *Keeper) endLease(ctx context.Context, m *types.MsgEndLease) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	owner, err := subnettypes.ParseAddress("owner", m.Owner)
	if err != nil {
		return err
	}
	f, err := k.finalized(ctx, m.FundId)
	if err != nil {
		return err
	}
	s, err := k.subnet.GetSubnet(ctx, f.Outcome.Netuid)
	if err != nil {
		return err
	}
	if s.Owner != m.Owner {
		return errorsmod.Wrapf(subnettypes.ErrNotOwner, "netuid %d belongs to %s, not to %s", s.Netuid, s.Owner, m.Owner)
	}
	c, err := k.contribution(ctx, f.Id, owner)
	if err != nil {
		return err
	}
	if c.Amount != f.Raised {
		return errorsmod.Wrapf(types.ErrNotAllShares, "%s has %d of %d shares of fund %d; the others have to give theirs first", m.Owner, c.Amount, f.Raised, f.Id)
	}
	if err := k.subnet.EndLease(ctx, s.Netuid); err != nil {
		return err
	}
	f.Outcome.LeaseUntil = height(ctx)
	if f.Outcome.LeaseUntil == f.Outcome.OpenedAt {
		f.Outcome.LeaseUntil++ // a lease lasts a block at least; no epoch ends in this one
	}
	return k.putFund(ctx, f)
}
