package keeper

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/backing"
	"github.com/agon-chain/agon/x/stake/types"
)

// RootSeats implements types.QueryServer.
func (s queryServer) RootSeats(ctx context.Context, _ *types.QueryRootSeatsRequest) (*types.QueryRootSeatsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	hotkeys, err := s.seatHotkeys(ctx)
	if err != nil {
		return nil, err
	}
	stakes, err := s.StakeColumn(ctx, types.RootNetuid)
	if err != nil {
		return nil, err
	}
	if len(stakes) != len(hotkeys) {
		return nil, types.ErrColumn.Wrapf("%d seats with %d stakes", len(hotkeys), len(stakes))
	}
	out := &types.QueryRootSeatsResponse{Most: params.RootSeats, Entry: params.MinStake}
	if len(stakes) >= int(params.RootSeats) {
		out.Entry = max(out.Entry, stakes[weakest(stakes)]+1)
	}
	for seat, hotkey := range hotkeys {
		t, err := s.take(ctx, params, hotkey)
		if err != nil {
			return nil, err
		}
		out.Seats = append(out.Seats, types.RootSeat{Seat: uint32(seat), Hotkey: hotkey.String(), Stake: stakes[seat], TakeBps: t.TakeBps})
	}
	return out, nil
}

// Children implements types.QueryServer.
func (s queryServer) Children(ctx context.Context, req *types.QueryChildrenRequest) (*types.QueryChildrenResponse, error) {
	hotkey, families, params, err := s.familiesOf(ctx, req.GetNetuid(), req.GetHotkey())
	if err != nil {
		return nil, err
	}
	out := &types.QueryChildrenResponse{}
	at, found := families.Find(hotkey)
	if !found {
		return out, nil
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	family := families.Families[at].At(height)
	out.Pending, out.PendingAt = family.Pending, family.PendingAt
	for _, c := range family.Children {
		child, err := sdk.AccAddressFromBech32(c.Hotkey)
		if err != nil {
			return nil, err
		}
		info := types.ChildInfo{Child: c}
		t, err := s.childTake(ctx, params, child)
		if err != nil {
			return nil, err
		}
		info.TakeBps = t.TakeBps
		_, registered, err := s.registration(ctx, families.Netuid, child)
		if err != nil {
			return nil, err
		}
		info.Counts = registered && !hasChildren(families, child, height)
		out.Children = append(out.Children, info)
	}
	return out, nil
}

// Parents implements types.QueryServer.
func (s queryServer) Parents(ctx context.Context, req *types.QueryParentsRequest) (*types.QueryParentsResponse, error) {
	hotkey, families, params, err := s.familiesOf(ctx, req.GetNetuid(), req.GetHotkey())
	if err != nil {
		return nil, err
	}
	t, err := s.childTake(ctx, params, hotkey)
	if err != nil {
		return nil, err
	}
	out := &types.QueryParentsResponse{TakeBps: t.TakeBps}
	in, err := s.backingInput(ctx, families.Netuid, everyFamily)
	if err != nil {
		return nil, queryError(err)
	}
	uid, err := s.holds(ctx, families.Netuid, hotkey)
	if err != nil || uid == backing.None {
		return out, err
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	if hasChildren(families, hotkey, height) {
		return out, nil // what is delegated to it stays with the parents
	}
	for _, stored := range families.Families {
		family := stored.At(height)
		parent, err := sdk.AccAddressFromBech32(family.Parent)
		if err != nil {
			return nil, err
		}
		d := backing.Delegation{Child: uid}
		if d.UID, err = s.holds(ctx, families.Netuid, parent); err != nil {
			return nil, err
		}
		if d.Seat, err = s.holds(ctx, types.RootNetuid, parent); err != nil {
			return nil, err
		}
		for _, c := range family.Children {
			if c.Hotkey != hotkey.String() {
				continue
			}
			d.Bps = c.Bps
			alpha, root := d.Counts(in)
			out.Parents = append(out.Parents, types.ParentInfo{Hotkey: family.Parent, Bps: c.Bps, Alpha: alpha, Root: root})
		}
	}
	return out, nil
}

func (s queryServer) familiesOf(ctx context.Context, netuid uint32, text string) (sdk.AccAddress, types.Families, types.Params, error) {
	hotkey, err := sdk.AccAddressFromBech32(text)
	if err != nil {
		return nil, types.Families{}, types.Params{}, status.Errorf(codes.InvalidArgument, "hotkey: %v", err)
	}
	if _, err := s.GetPool(ctx, netuid); err != nil {
		return nil, types.Families{}, types.Params{}, queryError(err)
	}
	params, err := s.Keeper.Params.Get(ctx)
	if err != nil {
		return nil, types.Families{}, types.Params{}, err
	}
	families, err := s.families(ctx, netuid)
	return hotkey, families, params, err
}
