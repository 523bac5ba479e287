package keeper

import (
	"context"
	"encoding/binary"
	"errors"

	"cosmossdk.io/collections"

	"github.com/agon-chain/agon/x/stake/types"
)

// The bytes of a column, by uid: stake has 8 bytes for each uid, big-endian; accrued has 16, incentive before dividends.
const (
	stakeWidth   = 8
	accruedWidth = 16
)

// accrued is what epochs credited to one uid, in alpha base units.
type accrued struct{ incentive, dividends uint64 }

func (a accrued) isZero() bool { return a == accrued{} }

// packAccrued lays out a column of accrued alpha.
func packAccrued(column []accrued) []byte {
	out := make([]byte, 0, len(column)*accruedWidth)
	for _, a := range column {
		out = binary.BigEndian.AppendUint64(out, a.incentive)
		out = binary.BigEndian.AppendUint64(out, a.dividends)
	}
	return out
}

func accruedAt(column []byte, uid uint32) accrued {
	b := column[int(uid)*accruedWidth:]
	return accrued{incentive: binary.BigEndian.Uint64(b), dividends: binary.BigEndian.Uint64(b[8:])}
}

func stakeAt(column []byte, uid uint32) uint64 {
	return binary.BigEndian.Uint64(column[int(uid)*stakeWidth:])
}

// column reads a packed column and checks that it is whole entries; a subnet without neurons has an empty one.
func column(ctx context.Context, of collections.Map[uint32, []byte], netuid uint32, width int) ([]byte, error) {
	b, err := of.Get(ctx, netuid)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(b)%width != 0 {
		return nil, types.ErrColumn.Wrapf("netuid %d has a column of %d bytes, want a multiple of %d", netuid, len(b), width)
	}
	return b, nil
}

// cell reads a packed column for a change at uid, which may be one past the end: the column then grows by a zero entry.
func cell(ctx context.Context, of collections.Map[uint32, []byte], netuid, uid uint32, width int) ([]byte, error) {
	b, err := column(ctx, of, netuid, width)
	if err != nil {
		return nil, err
	}
	entries := len(b) / width
	if int64(uid) > int64(entries) || uid > types.MaxNetuid {
		return nil, types.ErrColumn.Wrapf("netuid %d has %d uids, uid %d is beyond them", netuid, entries, uid)
	}
	grown := make([]byte, max(len(b), (int(uid)+1)*width))
	copy(grown, b)
	return grown, nil
}

// endColumn cuts a packed column so that it has count entries; one without any is deleted.
func endColumn(ctx context.Context, of collections.Map[uint32, []byte], netuid, count uint32, width int) error {
	if count == 0 {
		return of.Remove(ctx, netuid)
	}
	b, err := column(ctx, of, netuid, width)
	if err != nil {
		return err
	}
	if end := int(count) * width; end < len(b) {
		return of.Set(ctx, netuid, b[:end])
	}
	return nil
}

func (k *Keeper) setStakeAt(ctx context.Context, netuid, uid uint32, alpha uint64) error {
	b, err := cell(ctx, k.StakeColumns, netuid, uid, stakeWidth)
	if err != nil {
		return err
	}
	binary.BigEndian.PutUint64(b[int(uid)*stakeWidth:], alpha)
	return k.StakeColumns.Set(ctx, netuid, b)
}

func (k *Keeper) setAccruedAt(ctx context.Context, netuid, uid uint32, a accrued) error {
	b, err := cell(ctx, k.AccruedColumns, netuid, uid, accruedWidth)
	if err != nil {
		return err
	}
	at := b[int(uid)*accruedWidth:]
	binary.BigEndian.PutUint64(at, a.incentive)
	binary.BigEndian.PutUint64(at[8:], a.dividends)
	return k.AccruedColumns.Set(ctx, netuid, b)
}

// accruedOf is what epochs credited to a uid and what no position has yet.
func (k *Keeper) accruedOf(ctx context.Context, netuid, uid uint32) (accrued, error) {
	b, err := column(ctx, k.AccruedColumns, netuid, accruedWidth)
	if err != nil {
		return accrued{}, err
	}
	if int(uid) >= len(b)/accruedWidth {
		return accrued{}, types.ErrColumn.Wrapf("netuid %d has %d uids, uid %d is beyond them", netuid, len(b)/accruedWidth, uid)
	}
	return accruedAt(b, uid), nil
}

// StakeColumn returns, by uid, the alpha behind each hotkey in base units: what positions hold and what epochs have
// credited since. It has as many entries as the subnet has neurons and costs two reads. For the root it is nagon, by seat.
func (k *Keeper) StakeColumn(ctx context.Context, netuid uint32) ([]uint64, error) {
	if netuid != types.RootNetuid {
		if _, err := k.GetPool(ctx, netuid); err != nil {
			return nil, err
		}
	}
	stake, err := column(ctx, k.StakeColumns, netuid, stakeWidth)
	if err != nil {
		return nil, err
	}
	credit, err := column(ctx, k.AccruedColumns, netuid, accruedWidth)
	if err != nil {
		return nil, err
	}
	n := len(stake) / stakeWidth
	if len(credit)/accruedWidth != n {
		return nil, types.ErrColumn.Wrapf("netuid %d has %d uids in the stake column and %d in the accrued column", netuid, n, len(credit)/accruedWidth)
	}
	out := make([]uint64, n)
	for i := range out {
		uid := uint32(i)
		a := accruedAt(credit, uid)
		out[i] = stakeAt(stake, uid) + a.incentive + a.dividends // together at most the supply, which mint bounds to 63 bits
	}
	return out, nil
}
