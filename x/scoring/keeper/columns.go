package keeper

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"cosmossdk.io/collections"

	"github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
)

// A column is one value per uid of a mechanism, packed big-endian without header. An epoch reads and writes each column it needs once,
// whatever the number of neurons. A uid beyond a stored column has the value zero, so that a registration need not touch every
// column; zeros at the end are not stored, so that equal columns have equal bytes.

// column reads a packed column; a missing one is empty.
func (k *Keeper) column(ctx context.Context, at types.Place, c types.Column) ([]byte, error) {
	bz, err := k.columns.Get(ctx, collections.Join(uint64(at), uint32(c)))
	if errors.Is(err, collections.ErrNotFound) {
		return nil, nil
	}
	return bz, err
}

func (k *Keeper) setColumn(ctx context.Context, at types.Place, c types.Column, bz []byte) error {
	width := columnWidths[c]
	for len(bz) >= width && !slices.ContainsFunc(bz[len(bz)-width:], func(b byte) bool { return b != 0 }) {
		bz = bz[:len(bz)-width]
	}
	key := collections.Join(uint64(at), uint32(c))
	if len(bz) == 0 {
		return k.columns.Remove(ctx, key)
	}
	return k.columns.Set(ctx, key, bz)
}

func (k *Keeper) column64(ctx context.Context, at types.Place, c types.Column, n int) ([]uint64, error) {
	bz, err := k.column(ctx, at, c)
	if err != nil {
		return nil, err
	}
	out := make([]uint64, n)
	for uid := range min(n, len(bz)/8) {
		out[uid] = binary.BigEndian.Uint64(bz[8*uid:])
	}
	return out, nil
}

func (k *Keeper) column16(ctx context.Context, at types.Place, c types.Column, n int) ([]uint16, error) {
	bz, err := k.column(ctx, at, c)
	if err != nil {
		return nil, err
	}
	out := make([]uint16, n)
	for uid := range min(n, len(bz)/2) {
		out[uid] = binary.BigEndian.Uint16(bz[2*uid:])
	}
	return out, nil
}

func (k *Keeper) columnBool(ctx context.Context, at types.Place, c types.Column, n int) ([]bool, error) {
	bz, err := k.column(ctx, at, c)
	if err != nil {
		return nil, err
	}
	out := make([]bool, n)
	for uid := range min(n, len(bz)) {
		out[uid] = bz[uid] != 0
	}
	return out, nil
}

// Permits says, by uid, who may judge a subnet's neurons since its last epoch. It has as many entries as the subnet has neurons. Errors:
// ErrSubnetNotFound of x/subnet.
func (k *Keeper) Permits(ctx context.Context, netuid uint32) ([]bool, error) {
	subnet, err := k.subnet.GetSubnet(ctx, netuid)
	if err != nil {
		return nil, err
	}
	return k.columnBool(ctx, types.PlaceOf(netuid, 0), types.PermitColumn, int(subnet.NeuronCount))
}

func pack64(values []uint64) []byte {
	bz := make([]byte, 0, 8*len(values))
	for _, v := range values {
		bz = binary.BigEndian.AppendUint64(bz, v)
	}
	return bz
}

func pack16(values []uint16) []byte {
	bz := make([]byte, 0, 2*len(values))
	for _, v := range values {
		bz = binary.BigEndian.AppendUint16(bz, v)
	}
	return bz
}

func packBool(values []bool) []byte {
	bz := make([]byte, len(values))
	for i, v := range values {
		if v {
			bz[i] = 1
		}
	}
	return bz
}

// packRow packs a row of entries: uid and value, 2 bytes each.
func packRow(row []yuma.Entry) []byte {
	bz := make([]byte, 0, 4*len(row))
	for _, e := range row {
		bz = binary.BigEndian.AppendUint16(bz, e.UID)
		bz = binary.BigEndian.AppendUint16(bz, e.Value)
	}
	return bz
}

func unpackRow(bz []byte) []yuma.Entry {
	row := make([]yuma.Entry, len(bz)/4)
	for i := range row {
		row[i] = yuma.Entry{UID: binary.BigEndian.Uint16(bz[4*i:]), Value: binary.BigEndian.Uint16(bz[4*i+2:])}
	}
	return row
}

// columnWidths are the bytes that each column keeps per uid.
var columnWidths = [...]int{
	types.LastUpdateColumn: 8, types.PermitColumn: 1, types.ActiveColumn: 1, types.StakeWeightColumn: 2,
	types.ConsensusColumn: 2, types.IncentiveColumn: 2, types.DividendsColumn: 2, types.ValidatorTrustColumn: 2,
	types.EmissionColumn: 8,
}

// clearUID zeroes a uid's value in every column of a mechanism that reaches it, for the neuron that takes the uid over.
func (k *Keeper) clearUID(ctx context.Context, at types.Place, uid uint32) error {
	for c, width := range columnWidths {
		bz, err := k.column(ctx, at, types.Column(c))
		if err != nil {
			return err
		}
		from := int(uid) * width
		if from+width > len(bz) {
			continue
		}
		next := make([]byte, len(bz))
		copy(next, bz)
		clear(next[from : from+width])
		if err := k.setColumn(ctx, at, types.Column(c), next); err != nil {
			return err
		}
	}
	return nil
}

// setLastUpdate records the height of a validator's weights.
func (k *Keeper) setLastUpdate(ctx context.Context, at types.Place, uid uint32, height int64) error {
	bz, err := k.column(ctx, at, types.LastUpdateColumn)
	if err != nil {
		return err
	}
	next := make([]byte, max(len(bz), 8*int(uid+1)))
	copy(next, bz)
	binary.BigEndian.PutUint64(next[8*uid:], uint64(height))
	return k.setColumn(ctx, at, types.LastUpdateColumn, next)
}
