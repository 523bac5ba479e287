package keeper

import (
	"context"
	"encoding/binary"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// A column is one value per subnet: what an epoch reads of all neurons, by uid, in cells of one width, big-endian.
const (
	heightCell = 8
	hotkeyCell = types.HotkeySize
	scoreCell  = 2
)

// readColumn returns a column's bytes, which are whole cells.
func readColumn(ctx context.Context, column collections.Map[uint32, []byte], netuid uint32, cell int) ([]byte, error) {
	b, err := column.Get(ctx, netuid)
	if err != nil {
		return nil, missing(err, types.ErrSubnetNotFound, "netuid %d; list them with agond query subnet subnets", netuid)
	}
	if len(b)%cell != 0 {
		return nil, errorsmod.Wrapf(types.ErrColumn, "column %s of netuid %d has %d bytes, want a multiple of %d", column.GetName(), netuid, len(b), cell)
	}
	return b, nil
}

// putCell writes the cell of a uid, which is one of the column's or the next.
func putCell(ctx context.Context, column collections.Map[uint32, []byte], netuid, uid uint32, cell []byte) error {
	b, err := readColumn(ctx, column, netuid, len(cell))
	if err != nil {
		return err
	}
	at := int(uid) * len(cell)
	switch {
	case at == len(b):
		b = append(b[:at:at], cell...)
	case at < len(b):
		b = append(append(b[:at:at], cell...), b[at+len(cell):]...)
	default:
		return errorsmod.Wrapf(types.ErrColumn, "column %s of netuid %d has %d cells, no place for uid %d", column.GetName(), netuid, len(b)/len(cell), uid)
	}
	return column.Set(ctx, netuid, b)
}

// putInColumns writes a new neuron's cells; its pruning score and what it has earned start at 0.
func (k *Keeper) putInColumns(ctx context.Context, n types.Neuron, hotkey sdk.AccAddress) error {
	if err := putCell(ctx, k.registeredAt, n.Netuid, n.Uid, binary.BigEndian.AppendUint64(nil, uint64(n.RegisteredAt))); err != nil {
		return err
	}
	if err := putCell(ctx, k.hotkeys, n.Netuid, n.Uid, hotkey); err != nil {
		return err
	}
	if err := putCell(ctx, k.earned, n.Netuid, n.Uid, make([]byte, earnedCell)); err != nil {
		return err
	}
	return putCell(ctx, k.pruning, n.Netuid, n.Uid, make([]byte, scoreCell))
}

// makeColumns writes the empty columns of a new subnet.
func (k *Keeper) makeColumns(ctx context.Context, netuid uint32) error {
	for _, column := range []collections.Map[uint32, []byte]{k.registeredAt, k.hotkeys, k.pruning, k.earned} {
		if err := column.Set(ctx, netuid, []byte{}); err != nil {
			return err
		}
	}
	return nil
}

// endColumns cuts a subnet's columns so that they have count cells.
func (k *Keeper) endColumns(ctx context.Context, netuid, count uint32) error {
	for _, c := range []struct {
		column collections.Map[uint32, []byte]
		cell   int
	}{{k.registeredAt, heightCell}, {k.hotkeys, hotkeyCell}, {k.pruning, scoreCell}, {k.earned, earnedCell}} {
		b, err := readColumn(ctx, c.column, netuid, c.cell)
		if err != nil {
			return err
		}
		if end := int(count) * c.cell; end < len(b) {
			if err := c.column.Set(ctx, netuid, b[:end]); err != nil {
				return err
			}
		}
	}
	return nil
}

// RegisteredAt returns the height at which each neuron was registered, by uid. Errors: ErrSubnetNotFound.
func (k *Keeper) RegisteredAt(ctx context.Context, netuid uint32) ([]uint64, error) {
	b, err := readColumn(ctx, k.registeredAt, netuid, heightCell)
	if err != nil {
		return nil, err
	}
	out := make([]uint64, len(b)/heightCell)
	for uid := range out {
		out[uid] = binary.BigEndian.Uint64(b[uid*heightCell:])
	}
	return out, nil
}

// Hotkeys returns the hotkey of each neuron, by uid. Errors: ErrSubnetNotFound.
func (k *Keeper) Hotkeys(ctx context.Context, netuid uint32) ([]sdk.AccAddress, error) {
	b, err := readColumn(ctx, k.hotkeys, netuid, hotkeyCell)
	if err != nil {
		return nil, err
	}
	out := make([]sdk.AccAddress, len(b)/hotkeyCell)
	for uid := range out {
		at := uid * hotkeyCell
		out[uid] = b[at : at+hotkeyCell : at+hotkeyCell]
	}
	return out, nil
}

// PruningScores returns the pruning score of each neuron, by uid. Errors: ErrSubnetNotFound.
func (k *Keeper) PruningScores(ctx context.Context, netuid uint32) ([]uint16, error) {
	b, err := readColumn(ctx, k.pruning, netuid, scoreCell)
	if err != nil {
		return nil, err
	}
	out := make([]uint16, len(b)/scoreCell)
	for uid := range out {
		out[uid] = binary.BigEndian.Uint16(b[uid*scoreCell:])
	}
	return out, nil
}

// SetPruningScores replaces the pruning scores of a subnet's neurons, by uid: the lowest outside immunity makes room for
// the next newcomer. Errors: ErrSubnetNotFound; ErrColumn unless there is one score for each neuron.
func (k *Keeper) SetPruningScores(ctx context.Context, netuid uint32, scores []uint16) error {
	s, err := k.GetSubnet(ctx, netuid)
	if err != nil {
		return err
	}
	if len(scores) != int(s.NeuronCount) {
		return errorsmod.Wrapf(types.ErrColumn, "netuid %d: got %d pruning scores, want %d (neuron_count)", netuid, len(scores), s.NeuronCount)
	}
	return k.pruning.Set(ctx, netuid, packScores(scores))
}

func packScores(scores []uint16) []byte {
	b := make([]byte, 0, len(scores)*scoreCell)
	for _, score := range scores {
		b = binary.BigEndian.AppendUint16(b, score)
	}
	return b
}
