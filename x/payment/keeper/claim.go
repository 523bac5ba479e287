package keeper

import (
	"context"
	"crypto/ed25519"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/payment/types"
)

// voucherGas is what verifying a voucher costs, as much as a signature of a transaction.
const voucherGas = 1_000

// claim pays what vouchers are worth. Each item stands for itself: one that cannot be paid says so and hinders no other.
func (k *Keeper) claim(ctx context.Context, m *types.MsgClaim) ([]types.ClaimResult, uint64, error) {
	if err := m.ValidateBasic(); err != nil {
		return nil, 0, err
	}
	payee, err := k.signer(ctx, "payee", m.Payee)
	if err != nil {
		return nil, 0, err
	}
	s := settlement{payee: payee}
	out := make([]types.ClaimResult, 0, len(m.Items))
	for _, item := range m.Items {
		r, err := k.claimItem(ctx, &s, item)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, r)
	}
	return out, s.paid, k.pay(ctx, s)
}

// claimItem pays one voucher, or says in the result and an event why it does not. An error is not the item's: the whole claim fails.
func (k *Keeper) claimItem(ctx context.Context, s *settlement, item types.ClaimItem) (types.ClaimResult, error) {
	r := types.ClaimResult{Channel: item.Channel}
	c, err := k.openOne(ctx, item.Channel)
	if err == nil {
		r.Claimed = c.Claimed
		err = mayClaim(ctx, c, s.payee, item.Cumulative, item.Signature)
	}
	switch {
	case errorsmod.IsOf(err, types.ErrChannelNotFound):
		r.Status = types.ClaimStatus_CLAIM_STATUS_UNKNOWN_CHANNEL
	case errorsmod.IsOf(err, types.ErrClosed):
		r.Status, r.Claimed = types.ClaimStatus_CLAIM_STATUS_CLOSED, c.Claimed
	case errorsmod.IsOf(err, types.ErrNotPayee):
		r.Status, r.Claimed = types.ClaimStatus_CLAIM_STATUS_NOT_PAYEE, 0
	case errorsmod.IsOf(err, types.ErrBadVoucher):
		r.Status = types.ClaimStatus_CLAIM_STATUS_BAD_SIGNATURE
	case err != nil:
		return r, err
	}
	if err != nil {
		return r, emit(ctx, &types.EventClaimRefused{Channel: item.Channel, Payee: s.payee.String(), Status: r.Status, Reason: err.Error()})
	}
	if c, r.Paid, err = k.settle(ctx, s, c, item.Cumulative); err != nil {
		return r, err
	}
	r.Status, r.Claimed = types.ClaimStatus_CLAIM_STATUS_PAID, c.Claimed
	if r.Paid == 0 {
		r.Status = types.ClaimStatus_CLAIM_STATUS_NOTHING
	}
	return r, nil
}

// mayClaim refuses a voucher that is not the payer's word to this payee. Errors: ErrNotPayee, ErrBadVoucher.
func mayClaim(ctx context.Context, c types.Channel, payee sdk.AccAddress, cumulative uint64, signature []byte) error {
	if c.Payee != payee.String() {
		return errorsmod.Wrapf(types.ErrNotPayee, "channel %d pays %s, not %s", c.Id, c.Payee, payee)
	}
	if n := len(signature); n != ed25519.SignatureSize {
		return errorsmod.Wrapf(types.ErrBadVoucher, "channel %d: signature of %d bytes, want %d", c.Id, n, ed25519.SignatureSize)
	}
	block := sdk.UnwrapSDKContext(ctx)
	block.GasMeter().ConsumeGas(voucherGas, "voucher")
	chain := wire.ChainIDHash(block.ChainID())
	v := wire.Voucher{ChainIDHash: chain, Channel: c.Id, Cumulative: cumulative, Signature: [ed25519.SignatureSize]byte(signature)}
	if err := v.Verify(c.Key(), chain); err != nil {
		return errorsmod.Wrapf(types.ErrBadVoucher, "channel %d, cumulative %d: not signed by the channel's voucher key for chain %s", c.Id, cumulative, block.ChainID())
	}
	return nil
}

// settle takes out of a channel what a voucher is worth beyond what was claimed: nothing if it is old, and no more than the channel holds.
func (k *Keeper) settle(ctx context.Context, s *settlement, c types.Channel, cumulative uint64) (types.Channel, uint64, error) {
	upTo := min(cumulative, c.Deposit)
	if upTo <= c.Claimed {
		return c, 0, nil
	}
	paid := upTo - c.Claimed
	parts, err := c.Terms.Split(paid)
	if err != nil {
		return c, 0, err
	}
	c.Claimed = upTo
	if err := k.channels.Set(ctx, c.Id, c); err != nil {
		return c, 0, err
	}
	if err := k.remember(ctx, s, c, paid); err != nil {
		return c, 0, err
	}
	s.add(c, paid, parts)
	return c, paid, emit(ctx, &types.EventClaimed{
		Channel: c.Id, Netuid: c.Netuid, Payee: c.Payee, Payer: c.Owner, Paid: paid, Claimed: c.Claimed, Parts: parts,
	})
}

// closeChannel ends a channel for its payee, after a last voucher if there is one: a payer that wants its rest now can ask the miner for it.
func (k *Keeper) closeChannel(ctx context.Context, m *types.MsgCloseChannel) (paid, returned uint64, err error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, 0, err
	}
	payee, err := k.signer(ctx, "payee", m.Payee)
	if err != nil {
		return 0, 0, err
	}
	c, err := k.openOne(ctx, m.Channel)
	if err != nil {
		return 0, 0, err
	}
	if c.Payee != payee.String() {
		return 0, 0, errorsmod.Wrapf(types.ErrNotPayee, "channel %d pays %s, not %s", c.Id, c.Payee, payee)
	}
	if len(m.Signature) > 0 {
		if err := mayClaim(ctx, c, payee, m.Cumulative, m.Signature); err != nil {
			return 0, 0, err
		}
		s := settlement{payee: payee}
		if c, paid, err = k.settle(ctx, &s, c, m.Cumulative); err != nil {
			return 0, 0, err
		}
		if err := k.pay(ctx, s); err != nil {
			return 0, 0, err
		}
	}
	returned, err = k.close(ctx, c, types.CloseCause_CLOSE_CAUSE_PAYEE)
	return paid, returned, err
}
