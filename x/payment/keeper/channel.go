package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// openChannel sets a part of an account's balance aside for a miner.
func (k *Keeper) openChannel(ctx context.Context, m *types.MsgOpenChannel) (types.Channel, error) {
	if err := m.ValidateBasic(); err != nil {
		return types.Channel{}, err
	}
	a, err := k.operate(ctx, m.Owner, m.Signer)
	if err != nil {
		return types.Channel{}, err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return types.Channel{}, err
	}
	if m.Deposit < p.MinDeposit {
		return types.Channel{}, errorsmod.Wrapf(types.ErrInvalidAmount, "deposit is %d nagon, min_deposit is %d", m.Deposit, p.MinDeposit)
	}
	if a.Channels >= p.MaxChannels {
		return types.Channel{}, errorsmod.Wrapf(types.ErrTooManyChannels, "account of %s has %d open, max_channels is %d; end one with agond payment withdraw-request", a.Owner, a.Channels, p.MaxChannels)
	}
	expires, err := expiry(ctx, p, m.Blocks)
	if err != nil {
		return types.Channel{}, err
	}
	version, err := k.serves(ctx, m)
	if err != nil {
		return types.Channel{}, err
	}
	if err := spend(&a, m.Deposit); err != nil {
		return types.Channel{}, err
	}
	id, err := k.next.Get(ctx)
	if err != nil {
		return types.Channel{}, err
	}
	if err := k.next.Set(ctx, id+1); err != nil {
		return types.Channel{}, err
	}
	c := types.Channel{
		Id: id, Owner: m.Owner, Netuid: m.Netuid, Payee: m.Payee, VoucherKey: m.VoucherKey, Deposit: m.Deposit,
		State: types.ChannelState_CHANNEL_STATE_OPEN, OpenedAt: height(ctx), ExpiresAt: expires, VersionId: version, Terms: p.TermsOf(version),
	}
	a.Channels++
	if err := k.putAccount(ctx, a); err != nil {
		return types.Channel{}, err
	}
	if err := k.putChannel(ctx, c); err != nil {
		return types.Channel{}, err
	}
	return c, emit(ctx, &types.EventChannelOpened{Channel: c})
}

// expiry is the height after so many blocks from now. Errors: ErrInvalidChannel.
func expiry(ctx context.Context, p types.Params, blocks uint64) (int64, error) {
	if blocks > p.MaxChannelBlocks {
		return 0, errorsmod.Wrapf(types.ErrInvalidChannel, "blocks is %d, max_channel_blocks is %d; prolong it later with agond payment topup", blocks, p.MaxChannelBlocks)
	}
	return height(ctx) + int64(blocks), nil
}

// serves is the version whose owners get a part of what the channel pays: one that the payee is bound to. It is not the payer's to choose
// freely, who would name a model of its own, nor to leave out, which would rob the model's owner for the miner. Errors: ErrNotBound, and
// those of x/subnet.
func (k *Keeper) serves(ctx context.Context, m *types.MsgOpenChannel) (uint64, error) {
	if _, err := k.subnet.LiveSubnet(ctx, m.Netuid); err != nil {
		return 0, err
	}
	payee, err := subnettypes.ParseHotkey("payee", m.Payee)
	if err != nil {
		return 0, err
	}
	uid, err := k.subnet.UIDOf(ctx, m.Netuid, payee)
	if err != nil {
		return 0, err
	}
	bound, err := k.model.BoundVersions(ctx, m.Netuid, uid)
	if err != nil {
		return 0, err
	}
	switch {
	case m.VersionId == 0 && len(bound) == 0, slices.Contains(bound, m.VersionId):
		return m.VersionId, nil
	case m.VersionId == 0 && len(bound) == 1:
		return bound[0], nil
	case m.VersionId == 0:
		return 0, errorsmod.Wrapf(types.ErrNotBound, "version_id is 0, payee %s is bound to versions %v; name one", m.Payee, bound)
	}
	return 0, errorsmod.Wrapf(types.ErrNotBound, "version_id is %d, payee %s is bound to %v in netuid %d", m.VersionId, m.Payee, bound, m.Netuid)
}

// topUp adds to a channel, prolongs it, or both. Not while it closes: the payee has been told that it ends.
func (k *Keeper) topUp(ctx context.Context, m *types.MsgTopUp) (types.Channel, error) {
	if err := m.ValidateBasic(); err != nil {
		return types.Channel{}, err
	}
	c, a, err := k.operated(ctx, m.Channel, m.Signer)
	if err != nil {
		return c, err
	}
	if c.ClosingAt != 0 {
		return c, errorsmod.Wrapf(types.ErrClosing, "channel %d can be closed from block %d on; open another", c.Id, c.ClosingAt)
	}
	if m.Blocks > 0 {
		p, err := k.params.Get(ctx)
		if err != nil {
			return c, err
		}
		expires, err := expiry(ctx, p, m.Blocks)
		if err != nil {
			return c, err
		}
		c.ExpiresAt = max(c.ExpiresAt, expires)
	}
	if err := spend(&a, m.Amount); err != nil {
		return c, err
	}
	// A deposit only grows, and the same coins can come back to it many times.
	if m.Amount > types.MaxAmount-c.Deposit {
		return c, errorsmod.Wrapf(types.ErrInvalidAmount, "amount is %d, channel %d had %d put in of %d that it ever takes; open another", m.Amount, c.Id, c.Deposit, uint64(types.MaxAmount))
	}
	c.Deposit += m.Amount
	if err := k.putAccount(ctx, a); err != nil {
		return c, err
	}
	if err := k.channels.Set(ctx, c.Id, c); err != nil {
		return c, err
	}
	return c, emit(ctx, &types.EventChannelToppedUp{Channel: c.Id, Payee: c.Payee, Deposit: c.Deposit, ExpiresAt: c.ExpiresAt})
}

// close ends a channel: its rest goes back to its account. It stays for a while, for refunds.
func (k *Keeper) close(ctx context.Context, c types.Channel, cause types.CloseCause) (uint64, error) {
	owner, err := subnettypes.ParseAddress("owner", c.Owner)
	if err != nil {
		return 0, err
	}
	a, err := k.AccountOf(ctx, owner)
	if err != nil {
		return 0, err
	}
	if a.Channels == 0 {
		return 0, types.ErrBroken.Wrapf("channel %d is open, account of %s has none", c.Id, c.Owner)
	}
	rest := c.Rest()
	a.Balance += rest
	a.Channels--
	if err := k.putAccount(ctx, a); err != nil {
		return 0, err
	}
	c.State, c.Cause, c.ClosedAt = types.ChannelState_CHANNEL_STATE_CLOSED, cause, height(ctx)
	if err := k.channels.Set(ctx, c.Id, c); err != nil {
		return 0, err
	}
	if err := k.closed.Set(ctx, collections.Join(uint64(c.ClosedAt), c.Id)); err != nil {
		return 0, err
	}
	return rest, emit(ctx, &types.EventChannelClosed{
		Channel: c.Id, Netuid: c.Netuid, Payee: c.Payee, Payer: c.Owner, Cause: cause, Claimed: c.Claimed, Returned: rest,
	})
}
