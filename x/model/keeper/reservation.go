package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// maxExpiredPerBlock bounds the reservations, and the bars, that a block forgets. The rest counts as forgotten before it is.
const maxExpiredPerBlock = 64

// reserve claims a root whose hash, with its owner and a salt, is all that is shown.
func (k *Keeper) reserve(ctx context.Context, m *types.MsgReserveRoot) (int64, error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, err
	}
	owner, err := subnettypes.ParseAddress("owner", m.Owner)
	if err != nil {
		return 0, err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return 0, err
	}
	key := collections.Join(owner, m.Hash)
	if has, err := k.reservations.Has(ctx, key); err != nil {
		return 0, err
	} else if has {
		return 0, errorsmod.Wrapf(types.ErrReserved, "hash %x; publish with it, or take another salt", m.Hash)
	}
	all, err := k.reservationsOf(ctx, owner)
	if err != nil {
		return 0, err
	}
	if len(all) >= int(p.MaxReservations) {
		return 0, errorsmod.Wrapf(types.ErrTooManyReservations, "%s has %d, max_reservations is %d; one is used, or forgotten after reserve_blocks", m.Owner, len(all), p.MaxReservations)
	}
	now := height(ctx)
	r := types.Reservation{Owner: m.Owner, Hash: m.Hash, ReservedAt: now, ExpiresAt: now + int64(p.ReserveBlocks)}
	if r.Claim, err = k.number(ctx); err != nil {
		return 0, err
	}
	if err := k.putReservation(ctx, owner, r); err != nil {
		return 0, err
	}
	return r.ExpiresAt, emit(ctx, &types.EventRootReserved{Owner: r.Owner, Hash: r.Hash, ExpiresAt: r.ExpiresAt})
}

func (k *Keeper) putReservation(ctx context.Context, owner sdk.AccAddress, r types.Reservation) error {
	if err := k.reservations.Set(ctx, collections.Join(owner, r.Hash), r); err != nil {
		return err
	}
	return k.reservationsDue.Set(ctx, collections.Join3(r.ExpiresAt, owner, r.Hash))
}

// reservationsOf lists an account's reservations, at most MaxReservationsBound.
func (k *Keeper) reservationsOf(ctx context.Context, owner sdk.AccAddress) (out []types.Reservation, err error) {
	err = k.reservations.Walk(ctx, collections.NewPrefixedPairRange[sdk.AccAddress, []byte](owner), func(_ reservationKey, r types.Reservation) (bool, error) {
		out = append(out, r)
		return false, nil
	})
	return out, err
}

// claim is the number by which a root counts as its publisher's, and the height that it is of: those of the reservation which the salt
// opens, which is used up, or the next number and this height without a salt. Errors: ErrReservationNotFound, also once it has expired.
func (k *Keeper) claim(ctx context.Context, owner sdk.AccAddress, root content.Hash, salt []byte) (claim uint64, at int64, err error) {
	now := height(ctx)
	if len(salt) == 0 {
		claim, err = k.number(ctx)
		return claim, now, err
	}
	hash := content.ReserveHash(owner, root, salt)
	r, err := k.reservations.Get(ctx, collections.Join(owner, hash[:]))
	if err != nil {
		return 0, 0, missing(err, types.ErrReservationNotFound, "%s has none of %x; it binds the owner, the root and the salt. Publish without a salt, or reserve first", owner, hash)
	}
	if now > r.ExpiresAt {
		return 0, 0, errorsmod.Wrapf(types.ErrReservationNotFound, "that of %s expired at block %d, this is block %d; publish without its salt, or reserve again", owner, r.ExpiresAt, now)
	}
	// On a chain that was started anew at a lower height a reservation may lie ahead.
	return r.Claim, min(r.ReservedAt, now), k.endReservation(ctx, owner, r, true)
}

func (k *Keeper) endReservation(ctx context.Context, owner sdk.AccAddress, r types.Reservation, used bool) error {
	if err := k.reservations.Remove(ctx, collections.Join(owner, r.Hash)); err != nil {
		return err
	}
	if err := k.reservationsDue.Remove(ctx, collections.Join3(r.ExpiresAt, owner, r.Hash)); err != nil {
		return err
	}
	return emit(ctx, &types.EventReservationEnded{Owner: r.Owner, Hash: r.Hash, Used: used})
}

// forgetReservations removes those that have expired, at most so many. With none it costs one read.
func (k *Keeper) forgetReservations(ctx context.Context) error {
	type due = collections.Triple[int64, sdk.AccAddress, []byte]
	var keys []due
	err := k.reservationsDue.Walk(ctx, collections.NewPrefixUntilTripleRange[int64, sdk.AccAddress, []byte](height(ctx)-1), func(key due) (bool, error) {
		keys = append(keys, key)
		return len(keys) == maxExpiredPerBlock, nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		r := types.Reservation{Owner: key.K2().String(), Hash: key.K3(), ExpiresAt: key.K1()}
		if err := k.endReservation(ctx, key.K2(), r, false); err != nil {
			return err
		}
	}
	return nil
}
