package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/x/subnet/types"
)

// maxPage is the most entries that a page of a list holds, whatever is asked.
const maxPage = 100

type queryServer struct{ k *Keeper }

// NewQueryServer returns the service that reads the module's state.
func NewQueryServer(k *Keeper) types.QueryServer { return queryServer{k} }

// queryError gives a refusal the status that a client can act on.
func queryError(err error) error {
	for _, kind := range []error{
		types.ErrSubnetNotFound, types.ErrNeuronNotFound, types.ErrNotRegistered, types.ErrUnknownHotkey, types.ErrIdentityNotFound,
		types.ErrOfferNotFound, types.ErrNothingPending, types.ErrCommitmentNotFound, types.ErrOwnerSwapNotFound, types.ErrNoCollateral,
	} {
		if errors.Is(err, kind) {
			return status.Error(codes.NotFound, err.Error())
		}
	}
	if errors.Is(err, types.ErrInvalidAddress) {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	return err
}

// capped is the page to read: what is asked, of at most maxPage entries.
func capped(asked *query.PageRequest) *query.PageRequest {
	page := query.PageRequest{Limit: maxPage}
	if asked != nil {
		page = *asked
	}
	if page.Limit == 0 || page.Limit > maxPage {
		page.Limit = maxPage
	}
	return &page
}

func (q queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	p, err := q.k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	return &types.QueryParamsResponse{Params: p}, nil
}

func (q queryServer) Subnet(ctx context.Context, r *types.QuerySubnetRequest) (*types.QuerySubnetResponse, error) {
	s, err := q.k.GetSubnet(ctx, r.Netuid)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QuerySubnetResponse{Subnet: s, RegistrationPrice: registrationPrice(ctx, s)}, nil
}

func (q queryServer) RegistrationPrice(ctx context.Context, r *types.QueryRegistrationPriceRequest) (*types.QueryRegistrationPriceResponse, error) {
	s, err := q.k.GetSubnet(ctx, r.Netuid)
	if err != nil {
		return nil, queryError(err)
	}
	out := forecast(ctx, s)
	return &out, nil
}

func (q queryServer) PendingHyperparams(ctx context.Context, r *types.QueryPendingHyperparamsRequest) (*types.QueryPendingHyperparamsResponse, error) {
	p, err := q.k.PendingHyperparams(ctx, r.Netuid)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryPendingHyperparamsResponse{Pending: p}, nil
}

func (q queryServer) OwnershipOffer(ctx context.Context, r *types.QueryOwnershipOfferRequest) (*types.QueryOwnershipOfferResponse, error) {
	o, err := q.k.OfferOf(ctx, r.Netuid)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryOwnershipOfferResponse{Offer: o}, nil
}

func (q queryServer) Subnets(ctx context.Context, r *types.QuerySubnetsRequest) (*types.QuerySubnetsResponse, error) {
	subnets, page, err := query.CollectionPaginate(ctx, q.k.subnets, capped(r.Pagination),
		func(_ uint32, s types.Subnet) (types.Subnet, error) { return s, nil })
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QuerySubnetsResponse{Subnets: subnets, Pagination: page}, nil
}

func (q queryServer) Neuron(ctx context.Context, r *types.QueryNeuronRequest) (*types.QueryNeuronResponse, error) {
	n, err := q.k.GetNeuron(ctx, r.Netuid, r.Uid)
	if err != nil {
		return nil, queryError(err)
	}
	out := &types.QueryNeuronResponse{Neuron: n}
	info, err := q.k.collateralInfo(ctx, r.Netuid, r.Uid)
	switch {
	case err == nil:
		out.Collateral = &info
	case !errors.Is(err, types.ErrNoCollateral):
		return nil, err
	}
	return out, nil
}

func (q queryServer) Collateral(ctx context.Context, r *types.QueryCollateralRequest) (*types.QueryCollateralResponse, error) {
	hotkey, err := types.ParseHotkey("hotkey", r.Hotkey)
	if err != nil {
		return nil, queryError(err)
	}
	uid, err := q.k.UIDOf(ctx, r.Netuid, hotkey)
	if err != nil {
		return nil, queryError(err)
	}
	info, err := q.k.collateralInfo(ctx, r.Netuid, uid)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryCollateralResponse{Info: info}, nil
}

func (q queryServer) Collaterals(ctx context.Context, r *types.QueryCollateralsRequest) (*types.QueryCollateralsResponse, error) {
	earned, err := q.k.Earned(ctx, r.Netuid)
	if err != nil {
		return nil, queryError(err)
	}
	infos, page, err := query.CollectionPaginate(ctx, q.k.collaterals, capped(r.Pagination),
		func(key collections.Pair[uint32, uint32], c types.Collateral) (types.CollateralInfo, error) {
			vested := c.Vested(earned[key.K2()])
			return types.CollateralInfo{Collateral: c, Earned: earned[key.K2()], Vested: vested, Claimable: vested - c.Paid}, nil
		},
		query.WithCollectionPaginationPairPrefix[uint32, uint32](r.Netuid))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryCollateralsResponse{Infos: infos, Pagination: page}, nil
}

func (q queryServer) Neurons(ctx context.Context, r *types.QueryNeuronsRequest) (*types.QueryNeuronsResponse, error) {
	if _, err := q.k.GetSubnet(ctx, r.Netuid); err != nil {
		return nil, queryError(err)
	}
	neurons, page, err := query.CollectionPaginate(ctx, q.k.neurons, capped(r.Pagination),
		func(_ collections.Pair[uint32, uint32], n types.Neuron) (types.Neuron, error) { return n, nil },
		query.WithCollectionPaginationPairPrefix[uint32, uint32](r.Netuid))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryNeuronsResponse{Neurons: neurons, Pagination: page}, nil
}

func (q queryServer) Commitment(ctx context.Context, r *types.QueryCommitmentRequest) (*types.QueryCommitmentResponse, error) {
	hotkey, err := types.ParseHotkey("hotkey", r.Hotkey)
	if err != nil {
		return nil, queryError(err)
	}
	c, err := q.k.CommitmentOf(ctx, r.Netuid, hotkey)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryCommitmentResponse{Commitment: c}, nil
}

func (q queryServer) Commitments(ctx context.Context, r *types.QueryCommitmentsRequest) (*types.QueryCommitmentsResponse, error) {
	if _, err := q.k.GetSubnet(ctx, r.Netuid); err != nil {
		return nil, queryError(err)
	}
	commitments, page, err := query.CollectionPaginate(ctx, q.k.commitments, capped(r.Pagination),
		func(_ collections.Pair[uint32, uint32], c types.Commitment) (types.Commitment, error) { return c, nil },
		query.WithCollectionPaginationPairPrefix[uint32, uint32](r.Netuid))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryCommitmentsResponse{Commitments: commitments, Pagination: page}, nil
}

func (q queryServer) Hotkey(ctx context.Context, r *types.QueryHotkeyRequest) (*types.QueryHotkeyResponse, error) {
	hotkey, err := types.ParseHotkey("hotkey", r.Hotkey)
	if err != nil {
		return nil, queryError(err)
	}
	out := &types.QueryHotkeyResponse{}
	if out.Asked, err = q.k.signingKey(ctx, hotkey); err != nil {
		return nil, err
	}
	if hotkey, err = types.ParseHotkey("hotkey", out.Asked.Hotkey); err != nil {
		return nil, err
	}
	owner, err := q.k.OwnerOf(ctx, hotkey)
	if err != nil {
		return nil, queryError(err)
	}
	key, err := q.k.KeyOf(ctx, hotkey)
	if err != nil {
		return nil, err
	}
	if out.Signing, err = q.k.signingKey(ctx, key); err != nil {
		return nil, err
	}
	out.Hotkey, out.Owner = hotkey.String(), owner.String()
	held, err := q.k.uidsOf(ctx, hotkey)
	if err != nil {
		return nil, err
	}
	for _, at := range held {
		n, err := q.k.GetNeuron(ctx, at.K1(), at.K2())
		if err != nil {
			return nil, queryError(err)
		}
		out.Neurons = append(out.Neurons, n)
	}
	return out, nil
}

func (q queryServer) OwnerSwap(ctx context.Context, r *types.QueryOwnerSwapRequest) (*types.QueryOwnerSwapResponse, error) {
	owner, err := types.ParseAddress("owner", r.Owner)
	if err != nil {
		return nil, queryError(err)
	}
	s, err := q.k.OwnerSwapOf(ctx, owner)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryOwnerSwapResponse{Swap: s}, nil
}

func (q queryServer) CreationCost(ctx context.Context, _ *types.QueryCreationCostRequest) (*types.QueryCreationCostResponse, error) {
	cost, err := q.k.CreationCost(ctx)
	if err != nil {
		return nil, err
	}
	return &types.QueryCreationCostResponse{Cost: cost}, nil
}

func (q queryServer) Identity(ctx context.Context, r *types.QueryIdentityRequest) (*types.QueryIdentityResponse, error) {
	address, err := types.ParseAddress("address", r.Address)
	if err != nil {
		return nil, queryError(err)
	}
	if r.Hotkey {
		if address, err = q.k.KeyOf(ctx, address); err != nil {
			return nil, err
		}
	}
	id, err := q.k.IdentityOf(ctx, address)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryIdentityResponse{Identity: id}, nil
}
