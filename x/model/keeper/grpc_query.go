package keeper

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// maxPage is the most entries that a page of a list holds, whatever is asked.
const maxPage = 100

type queryServer struct{ k *Keeper }

// NewQueryServer returns the service that reads the module's state.
func NewQueryServer(k *Keeper) types.QueryServer { return queryServer{k} }

// queryError gives a refusal the status that a client can act on.
func queryError(err error) error {
	switch {
	case errors.Is(err, types.ErrModelNotFound), errors.Is(err, types.ErrVersionNotFound), errors.Is(err, types.ErrRootNotFound):
		return status.Error(codes.NotFound, err.Error())
	case errors.Is(err, subnettypes.ErrInvalidAddress), errors.Is(err, types.ErrInvalidName), errors.Is(err, types.ErrInvalidHash):
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

func (q queryServer) Model(ctx context.Context, r *types.QueryModelRequest) (*types.QueryModelResponse, error) {
	m, err := q.k.GetModel(ctx, r.Model)
	if err != nil {
		return nil, queryError(err)
	}
	out := &types.QueryModelResponse{Model: m}
	o, err := q.k.offerOf(ctx, m.Name)
	switch {
	case err == nil:
		out.Offer = &o
	case !errors.Is(err, types.ErrOfferNotFound):
		return nil, err
	}
	return out, nil
}

func (q queryServer) Models(ctx context.Context, r *types.QueryModelsRequest) (*types.QueryModelsResponse, error) {
	all, page, err := query.CollectionPaginate(ctx, q.k.models, capped(r.Pagination), func(_ string, m types.Model) (types.Model, error) { return m, nil })
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryModelsResponse{Models: all, Pagination: page}, nil
}

func (q queryServer) Version(ctx context.Context, r *types.QueryVersionRequest) (*types.QueryVersionResponse, error) {
	v, err := q.k.VersionOf(ctx, r.Model, r.Version)
	if err != nil {
		return nil, queryError(err)
	}
	info, err := q.k.versionInfo(ctx, v)
	if err != nil {
		return nil, err
	}
	return &types.QueryVersionResponse{Info: info}, nil
}

func (q queryServer) Versions(ctx context.Context, r *types.QueryVersionsRequest) (*types.QueryVersionsResponse, error) {
	if _, err := q.k.GetModel(ctx, r.Model); err != nil {
		return nil, queryError(err)
	}
	all, page, err := query.CollectionPaginate(ctx, q.k.numbers, capped(r.Pagination),
		func(_ collections.Pair[string, uint32], id uint64) (types.VersionInfo, error) {
			v, err := q.k.GetVersion(ctx, id)
			if err != nil {
				return types.VersionInfo{}, err
			}
			return q.k.versionInfo(ctx, v)
		}, query.WithCollectionPaginationPairPrefix[string, uint32](r.Model))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryVersionsResponse{Versions: all, Pagination: page}, nil
}

func (q queryServer) VersionByRoot(ctx context.Context, r *types.QueryVersionByRootRequest) (*types.QueryVersionByRootResponse, error) {
	if len(r.Root) != hex.EncodedLen(len(content.Hash{})) {
		return nil, status.Errorf(codes.InvalidArgument, "root has %d characters, want %d hexadecimal digits", len(r.Root), hex.EncodedLen(len(content.Hash{})))
	}
	root, err := hex.DecodeString(r.Root)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "root: %s", err)
	}
	o, err := q.k.originals.Get(ctx, root)
	if err != nil {
		return nil, queryError(missing(err, types.ErrRootNotFound, "%x", root))
	}
	v, err := q.k.GetVersion(ctx, o.VersionId)
	if err != nil {
		return nil, err
	}
	info, err := q.k.versionInfo(ctx, v)
	if err != nil {
		return nil, err
	}
	return &types.QueryVersionByRootResponse{Info: info}, nil
}

// Files pages by position: the list is one value.
func (q queryServer) Files(ctx context.Context, r *types.QueryFilesRequest) (*types.QueryFilesResponse, error) {
	v, err := q.k.VersionOf(ctx, r.Model, r.Version)
	if err != nil {
		return nil, queryError(err)
	}
	f, err := q.k.files.Get(ctx, v.Id)
	if err != nil {
		return nil, err
	}
	page := capped(r.Pagination)
	if page.Reverse {
		return nil, status.Error(codes.InvalidArgument, "files are listed by path; leave reverse out")
	}
	from := min(page.Offset, uint64(len(f.Files)))
	if len(page.Key) > 0 {
		if len(page.Key) != 4 || page.Offset > 0 {
			return nil, status.Errorf(codes.InvalidArgument, "key has %d bytes and offset is %d, want the 4 bytes of next_key alone", len(page.Key), page.Offset)
		}
		from = min(uint64(binary.BigEndian.Uint32(page.Key)), uint64(len(f.Files)))
	}
	to := min(from+page.Limit, uint64(len(f.Files)))
	out := &types.QueryFilesResponse{Files: f.Files[from:to], Pagination: &query.PageResponse{}}
	if to < uint64(len(f.Files)) {
		out.Pagination.NextKey = binary.BigEndian.AppendUint32(nil, uint32(to))
	}
	if page.CountTotal {
		out.Pagination.Total = uint64(len(f.Files))
	}
	return out, nil
}

func (q queryServer) Lineage(ctx context.Context, r *types.QueryLineageRequest) (*types.QueryLineageResponse, error) {
	v, err := q.k.VersionOf(ctx, r.Model, r.Version)
	if err != nil {
		return nil, queryError(err)
	}
	depth := r.Depth
	if depth == 0 || depth > maxDepth {
		depth = maxDepth
	}
	all, more, err := q.k.lineage(ctx, v, depth)
	if err != nil {
		return nil, err
	}
	return &types.QueryLineageResponse{Ancestors: all, More: more}, nil
}

func (q queryServer) Bindings(ctx context.Context, r *types.QueryBindingsRequest) (*types.QueryBindingsResponse, error) {
	all, page, err := query.CollectionPaginate(ctx, q.k.bindings, capped(r.Pagination),
		func(_ placeKey, b types.Binding) (types.BindingInfo, error) { return q.k.bindingInfo(ctx, b) },
		under(collections.TriplePrefix[uint32, uint32, uint64](r.Netuid)))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &types.QueryBindingsResponse{Bindings: all, Pagination: page}, nil
}

func (q queryServer) BindingsOfNeuron(ctx context.Context, r *types.QueryBindingsOfNeuronRequest) (*types.QueryBindingsOfNeuronResponse, error) {
	all, err := q.k.bindingsOf(ctx, r.Netuid, r.Uid)
	if err != nil {
		return nil, err
	}
	out := &types.QueryBindingsOfNeuronResponse{}
	for _, b := range all {
		info, err := q.k.bindingInfo(ctx, b)
		if err != nil {
			return nil, err
		}
		out.Bindings = append(out.Bindings, info)
	}
	return out, nil
}

func (q queryServer) BindingsOfVersion(ctx context.Context, r *types.QueryBindingsOfVersionRequest) (*types.QueryBindingsOfVersionResponse, error) {
	v, err := q.k.VersionOf(ctx, r.Model, r.Version)
	if err != nil {
		return nil, queryError(err)
	}
	all, page, err := q.k.boundTo(ctx, r.Pagination, collections.TriplePrefix[uint64, uint32, uint32](v.Id))
	if err != nil {
		return nil, err
	}
	return &types.QueryBindingsOfVersionResponse{Bindings: all, Pagination: page}, nil
}

func (q queryServer) Resolve(ctx context.Context, r *types.QueryResolveRequest) (*types.QueryResolveResponse, error) {
	v, err := q.k.VersionOf(ctx, r.Model, r.Version)
	if err != nil {
		return nil, queryError(err)
	}
	info, err := q.k.versionInfo(ctx, v)
	if err != nil {
		return nil, err
	}
	all, page, err := q.k.boundTo(ctx, r.Pagination, collections.TripleSuperPrefix[uint64, uint32, uint32](v.Id, r.Netuid))
	if err != nil {
		return nil, err
	}
	return &types.QueryResolveResponse{Info: info, Bindings: all, Pagination: page}, nil
}

func (q queryServer) Reservations(ctx context.Context, r *types.QueryReservationsRequest) (*types.QueryReservationsResponse, error) {
	owner, err := subnettypes.ParseAddress("owner", r.Owner)
	if err != nil {
		return nil, queryError(err)
	}
	all, err := q.k.reservationsOf(ctx, owner)
	if err != nil {
		return nil, err
	}
	return &types.QueryReservationsResponse{Reservations: all}, nil
}

// under keeps a list to the keys that begin with a prefix.
func under[K any](prefix K) func(*query.CollectionsPaginateOptions[K]) {
	return func(o *query.CollectionsPaginateOptions[K]) { o.Prefix = &prefix }
}

// boundTo lists bindings by way of their version.
func (k *Keeper) boundTo(
	ctx context.Context, page *query.PageRequest, prefix collections.Triple[uint64, uint32, uint32],
) ([]types.BindingInfo, *query.PageResponse, error) {
	all, next, err := query.CollectionPaginate(ctx, k.byVersion, capped(page),
		func(key collections.Triple[uint64, uint32, uint32], _ collections.NoValue) (types.BindingInfo, error) {
			b, err := k.bindings.Get(ctx, collections.Join3(key.K2(), key.K3(), key.K1()))
			if err != nil {
				return types.BindingInfo{}, err
			}
			return k.bindingInfo(ctx, b)
		}, under(prefix))
	if err != nil {
		return nil, nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return all, next, nil
}

// versionInfo adds to a version what it is a copy of.
func (k *Keeper) versionInfo(ctx context.Context, v types.Version) (types.VersionInfo, error) {
	info := types.VersionInfo{Version: v}
	id, err := k.copyOf(ctx, v)
	if err != nil || id == 0 {
		return info, err
	}
	original, err := k.GetVersion(ctx, id)
	if err != nil {
		return info, err
	}
	name := named(original)
	info.CopyOf = &name
	return info, nil
}

// bindingInfo adds to a binding its version's name, and the chunk that its open challenge asks for.
func (k *Keeper) bindingInfo(ctx context.Context, b types.Binding) (types.BindingInfo, error) {
	v, err := k.GetVersion(ctx, b.VersionId)
	if err != nil {
		return types.BindingInfo{}, err
	}
	info := types.BindingInfo{Binding: b, Version: named(v)}
	if b.Challenge == nil {
		return info, nil
	}
	at, file, err := k.asked(ctx, b.VersionId, *b.Challenge)
	if err != nil {
		return info, err
	}
	info.Asked = &types.Asked{File: at.File, Path: file.Path, Leaf: at.Leaf, Chunk: at.Chunk}
	return info, nil
}
