package keeper

import (
	"context"
	"encoding/binary"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// Root stake is kept as stake in a subnet is, under netuid 0, with seats for uids: as many hotkeys have one as the parameter
// root_seats says, so that an epoch reads one bounded column whatever is staked at the root.

// seatWidth is the width of an entry of a subnet's column of seats: the uid that the seat's hotkey holds there, and one; 0
// where it holds none. A column ends with its last entry that is not 0.
const seatWidth = 4

// claimSeat gives a hotkey a seat if it has none: a free one, or that of the hotkey with the least root stake, the latest
// seat among equals, if there is more behind the newcomer. ErrNoSeat where there is not.
func (k *Keeper) claimSeat(ctx context.Context, hotkey sdk.AccAddress) error {
	_, seated, err := k.registration(ctx, types.RootNetuid, hotkey)
	if err != nil || seated {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	stakes, err := k.StakeColumn(ctx, types.RootNetuid)
	if err != nil {
		return err
	}
	if len(stakes) < int(params.RootSeats) {
		return k.takeSeat(ctx, uint32(len(stakes)), hotkey, "")
	}
	seat := weakest(stakes)
	h, err := k.hotkeyStake(ctx, types.RootNetuid, hotkey)
	if err != nil {
		return err
	}
	if h.Alpha <= stakes[seat] {
		return types.ErrNoSeat.Wrapf("all %d seats are taken and %s would have %d nagon behind it, a seat asks for more than %d; stake more, or back a hotkey that agond query stake root-seats lists", len(stakes), hotkey, h.Alpha, stakes[seat])
	}
	loser, err := k.Seats.Get(ctx, seat)
	if err != nil {
		return err
	}
	if err := k.leaveSeat(ctx, seat, loser); err != nil {
		return err
	}
	return k.takeSeat(ctx, seat, hotkey, sdk.AccAddress(loser).String())
}

// weakest is the seat with the least stake, the latest among equals.
func weakest(stakes []uint64) uint32 {
	seat := 0
	for i, s := range stakes {
		if s <= stakes[seat] {
			seat = i
		}
	}
	return uint32(seat)
}

func (k *Keeper) takeSeat(ctx context.Context, seat uint32, hotkey sdk.AccAddress, left string) error {
	owner, err := k.subnet.OwnerOf(ctx, hotkey)
	if err != nil {
		return err
	}
	if err := k.Seats.Set(ctx, seat, hotkey); err != nil {
		return err
	}
	if err := k.register(ctx, types.RootNetuid, seat, hotkey, owner); err != nil {
		return err
	}
	if err := k.setAccruedAt(ctx, types.RootNetuid, seat, accrued{}); err != nil {
		return err
	}
	if err := k.showSeat(ctx, seat, hotkey, true); err != nil {
		return err
	}
	return emit(ctx, &types.EventSeatTaken{Seat: seat, Hotkey: hotkey.String(), Left: left})
}

// leaveSeat settles who loses a seat. What is behind it stays its backers': they can take it back at any time.
func (k *Keeper) leaveSeat(ctx context.Context, seat uint32, hotkey sdk.AccAddress) error {
	if err := k.showSeat(ctx, seat, hotkey, false); err != nil {
		return err
	}
	return k.vacate(ctx, types.RootNetuid, seat, hotkey)
}

// showSeat notes in each subnet that a hotkey is registered in which uid belongs to its seat, or that none does.
func (k *Keeper) showSeat(ctx context.Context, seat uint32, hotkey sdk.AccAddress, held bool) error {
	netuids, err := k.registeredIn(ctx, hotkey)
	if err != nil {
		return err
	}
	for _, netuid := range netuids {
		if netuid == types.RootNetuid {
			continue
		}
		uid, _, err := k.registration(ctx, netuid, hotkey)
		if err != nil {
			return err
		}
		if err := k.setSeatUID(ctx, netuid, seat, uid, held); err != nil {
			return err
		}
	}
	return nil
}

// followSeat notes that a hotkey with a seat has come to hold a uid, or holds it no more.
func (k *Keeper) followSeat(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress, held bool) error {
	seat, seated, err := k.registration(ctx, types.RootNetuid, hotkey)
	if err != nil || !seated || netuid == types.RootNetuid {
		return err
	}
	return k.setSeatUID(ctx, netuid, seat, uid, held)
}

func (k *Keeper) setSeatUID(ctx context.Context, netuid, seat, uid uint32, held bool) error {
	b, err := column(ctx, k.SeatUIDs, netuid, seatWidth)
	if err != nil {
		return err
	}
	end := (int(seat) + 1) * seatWidth
	if !held && len(b) < end {
		return nil
	}
	grown := make([]byte, max(len(b), end))
	copy(grown, b)
	entry := uint32(0)
	if held {
		entry = uid + 1
	}
	binary.BigEndian.PutUint32(grown[end-seatWidth:], entry)
	// One state has one form, whatever led to it: the column ends with its last entry.
	for len(grown) > 0 && binary.BigEndian.Uint32(grown[len(grown)-seatWidth:]) == 0 {
		grown = grown[:len(grown)-seatWidth]
	}
	if len(grown) == 0 {
		return k.SeatUIDs.Remove(ctx, netuid)
	}
	return k.SeatUIDs.Set(ctx, netuid, grown)
}

// seatUIDs returns, by seat, the uid that its hotkey holds in a subnet, or none.
func (k *Keeper) seatUIDs(ctx context.Context, netuid uint32, seats, none int) ([]int, error) {
	b, err := column(ctx, k.SeatUIDs, netuid, seatWidth)
	if err != nil {
		return nil, err
	}
	if len(b)/seatWidth > seats {
		return nil, types.ErrColumn.Wrapf("netuid %d has uids of %d seats, there are %d", netuid, len(b)/seatWidth, seats)
	}
	out := make([]int, seats)
	for seat := range out {
		out[seat] = none
		if seat < len(b)/seatWidth {
			if entry := binary.BigEndian.Uint32(b[seat*seatWidth:]); entry > 0 {
				out[seat] = int(entry) - 1
			}
		}
	}
	return out, nil
}

// seatHotkeys returns the hotkeys of all seats.
func (k *Keeper) seatHotkeys(ctx context.Context) ([]sdk.AccAddress, error) {
	all, err := values(ctx, k.Seats)
	if err != nil {
		return nil, err
	}
	out := make([]sdk.AccAddress, len(all))
	for i, hotkey := range all {
		out[i] = hotkey
	}
	return out, nil
}

// initSeats loads the seats and what has accrued behind them. Subnets come after: their columns of seats follow.
func (k *Keeper) initSeats(ctx context.Context, gs *types.GenesisState) error {
	if len(gs.Seats) == 0 {
		return nil
	}
	credit := make([]accrued, len(gs.Seats))
	if len(gs.Accrued) > 0 && gs.Accrued[0].Netuid == types.RootNetuid {
		for seat := range credit {
			credit[seat] = accrued{incentive: gs.Accrued[0].Incentive[seat], dividends: gs.Accrued[0].Dividends[seat]}
		}
	}
	for i, text := range gs.Seats {
		hotkey, err := sdk.AccAddressFromBech32(text)
		if err != nil {
			return err
		}
		owner, err := k.subnet.OwnerOf(ctx, hotkey)
		if err != nil {
			return types.ErrInvalidGenesis.Wrapf("seats[%d]: %v", i, err)
		}
		if err := k.Seats.Set(ctx, uint32(i), hotkey); err != nil {
			return err
		}
		if err := k.register(ctx, types.RootNetuid, uint32(i), hotkey, owner); err != nil {
			return err
		}
	}
	return k.AccruedColumns.Set(ctx, types.RootNetuid, packAccrued(credit))
}

// exportAccrued is what has accrued under a netuid, by uid or seat, if there are any.
func (k *Keeper) exportAccrued(ctx context.Context, netuid uint32) (types.Accrued, bool, error) {
	b, err := column(ctx, k.AccruedColumns, netuid, accruedWidth)
	if err != nil {
		return types.Accrued{}, false, err
	}
	n := len(b) / accruedWidth
	a := types.Accrued{Netuid: netuid, Incentive: make([]uint64, n), Dividends: make([]uint64, n)}
	for uid := range n {
		at := accruedAt(b, uint32(uid))
		a.Incentive[uid], a.Dividends[uid] = at.incentive, at.dividends
	}
	return a, n > 0, nil
}

// checkSeats: seats, index and columns agree, in every subnet.
func (k *Keeper) checkSeats(ctx context.Context) error {
	hotkeys, err := k.seatHotkeys(ctx)
	if err != nil {
		return err
	}
	if len(hotkeys) > types.MaxRootSeats {
		return broken("%d seats at the root, at most %d", len(hotkeys), types.MaxRootSeats)
	}
	if err := k.checkColumnsOf(ctx, types.RootNetuid, hotkeys); err != nil {
		return err
	}
	netuids, _, err := k.markets(ctx)
	if err != nil {
		return err
	}
	const none = -1
	for _, netuid := range netuids {
		uids, err := k.seatUIDs(ctx, netuid, len(hotkeys), none)
		if err != nil {
			return err
		}
		for seat, hotkey := range hotkeys {
			want := none
			uid, registered, err := k.registration(ctx, netuid, hotkey)
			if err != nil {
				return err
			}
			if registered {
				want = int(uid)
			}
			if uids[seat] != want {
				return broken("seat %d has uid %d in netuid %d, its column says %d", seat, want, netuid, uids[seat])
			}
		}
	}
	return nil
}
