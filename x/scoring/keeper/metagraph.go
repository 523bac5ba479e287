package keeper

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/types"
)

// Metagraph returns all columns of a subnet or of one of its mechanisms in one response, so that a daemon sees one height and not a mixture of two.
func (s queryServer) Metagraph(ctx context.Context, req *types.QueryMetagraphRequest) (*types.QueryMetagraphResponse, error) {
	epoch, err := s.EpochOf(ctx, req.GetNetuid())
	if err != nil {
		return nil, asStatus(err)
	}
	subnet, err := s.subnet.GetSubnet(ctx, epoch.Netuid)
	if err == nil {
		err = subnet.CheckLive()
	}
	if err != nil {
		return nil, asStatus(err)
	}
	neurons, err := s.subnet.Neurons(ctx, epoch.Netuid)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	n := len(neurons)
	out := &types.QueryMetagraphResponse{
		Netuid: epoch.Netuid, Height: sdk.UnwrapSDKContext(ctx).BlockHeight(), Epoch: epoch,
		Hotkeys: make([][]byte, n), Owners: make([][]byte, n), Urls: make([]string, n),
		ServiceKeys: make([][]byte, n), RegisteredAt: make([]int64, n),
	}
	for uid, neuron := range neurons {
		if out.Hotkeys[uid], err = sdk.AccAddressFromBech32(neuron.Hotkey); err != nil {
			return nil, status.Error(codes.Internal, err.Error())
		}
		if out.Owners[uid], err = sdk.AccAddressFromBech32(neuron.Owner); err != nil {
			return nil, status.Error(codes.Internal, err.Error())
		}
		out.RegisteredAt[uid] = neuron.RegisteredAt
		if neuron.Axon != nil {
			out.Urls[uid], out.ServiceKeys[uid] = neuron.Axon.Url, neuron.Axon.ServiceKey
		}
	}
	if out.Stake, err = s.stake.EpochStake(ctx, epoch.Netuid); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	if req.Mechanism != nil {
		if *req.Mechanism >= epoch.Kept() {
			return nil, asStatus(hasMechanism(epoch, *req.Mechanism))
		}
		out.Columns, err = s.columnsOf(ctx, types.PlaceOf(epoch.Netuid, *req.Mechanism), n)
	} else {
		out.Columns, err = s.combinedColumns(ctx, epoch, n)
	}
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return out, nil
}

// combinedColumns are the columns of all mechanisms together, by the split that the last epoch paid by.
func (k *Keeper) combinedColumns(ctx context.Context, epoch types.Epoch, n int) (types.Columns, error) {
	columns := make([]types.Columns, epoch.Kept())
	for m := range columns {
		var err error
		if columns[m], err = k.columnsOf(ctx, types.PlaceOf(epoch.Netuid, uint32(m)), n); err != nil {
			return types.Columns{}, err
		}
	}
	return types.Combine(epoch.LastMechanismSplit, columns), nil
}

// columnsOf reads all columns of a mechanism, with the subnet's permits and stake weight.
func (k *Keeper) columnsOf(ctx context.Context, at types.Place, n int) (types.Columns, error) {
	out := types.Columns{Netuid: at.Netuid(), Mechanism: at.Mechanism(), LastUpdate: make([]int64, n)}
	first := types.PlaceOf(at.Netuid(), 0)
	last, err := k.column64(ctx, at, types.LastUpdateColumn, n)
	if err != nil {
		return out, err
	}
	for uid, height := range last {
		out.LastUpdate[uid] = int64(height)
	}
	if out.Emission, err = k.column64(ctx, at, types.EmissionColumn, n); err != nil {
		return out, err
	}
	if out.Permits, err = k.columnBool(ctx, first, types.PermitColumn, n); err != nil {
		return out, err
	}
	if out.Active, err = k.columnBool(ctx, at, types.ActiveColumn, n); err != nil {
		return out, err
	}
	for _, c := range []struct {
		at     types.Place
		column types.Column
		into   *[]uint32
	}{
		{first, types.StakeWeightColumn, &out.StakeWeight},
		{at, types.ConsensusColumn, &out.Consensus},
		{at, types.IncentiveColumn, &out.Incentive},
		{at, types.DividendsColumn, &out.Dividends},
		{at, types.ValidatorTrustColumn, &out.ValidatorTrust},
	} {
		values, err := k.column16(ctx, c.at, c.column, n)
		if err != nil {
			return out, err
		}
		*c.into = make([]uint32, n)
		for uid, v := range values {
			(*c.into)[uid] = uint32(v)
		}
	}
	return out, nil
}
