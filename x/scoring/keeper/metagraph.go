package keeper

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/types"
)

// Metagraph returns all columns of a subnet in one response, so that a daemon sees one height and not a mixture of two.
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
	if out.Columns, err = s.columnsOf(ctx, epoch.Netuid, n); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return out, nil
}

// columnsOf reads all columns of a subnet.
func (k *Keeper) columnsOf(ctx context.Context, netuid uint32, n int) (types.Columns, error) {
	out := types.Columns{Netuid: netuid, LastUpdate: make([]int64, n)}
	last, err := k.column64(ctx, netuid, types.LastUpdateColumn, n)
	if err != nil {
		return out, err
	}
	for uid, height := range last {
		out.LastUpdate[uid] = int64(height)
	}
	if out.Emission, err = k.column64(ctx, netuid, types.EmissionColumn, n); err != nil {
		return out, err
	}
	if out.Permits, err = k.columnBool(ctx, netuid, types.PermitColumn, n); err != nil {
		return out, err
	}
	if out.Active, err = k.columnBool(ctx, netuid, types.ActiveColumn, n); err != nil {
		return out, err
	}
	for _, c := range []struct {
		column types.Column
		into   *[]uint32
	}{
		{types.StakeWeightColumn, &out.StakeWeight},
		{types.ConsensusColumn, &out.Consensus},
		{types.IncentiveColumn, &out.Incentive},
		{types.DividendsColumn, &out.Dividends},
		{types.ValidatorTrustColumn, &out.ValidatorTrust},
	} {
		values, err := k.column16(ctx, netuid, c.column, n)
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
