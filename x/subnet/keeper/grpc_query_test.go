package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/x/subnet/keeper"
	"github.com/agon-chain/agon/x/subnet/types"
)

func (f *fixture) client() types.QueryClient {
	h := baseapp.NewQueryServerTestHelper(f.ctx, f.s.Registry)
	types.RegisterQueryServer(h, keeper.NewQueryServer(f.k))
	return types.NewQueryClient(h)
}

func TestQueries(t *testing.T) {
	f := rich(t)
	q := f.client()
	params, err := q.Params(f.ctx, &types.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, genesis().Params, params.Params)

	subnet, err := q.Subnet(f.ctx, &types.QuerySubnetRequest{Netuid: 2})
	require.NoError(t, err)
	require.Equal(t, f.subnet(2), subnet.Subnet)
	price, err := f.k.RegistrationPrice(f.ctx, 2)
	require.NoError(t, err)
	require.Equal(t, price, subnet.RegistrationPrice)
	require.Less(t, price, subnet.Subnet.RegistrationPrice, "the price of now, not the stored one")

	neuron, err := q.Neuron(f.ctx, &types.QueryNeuronRequest{Netuid: 1, Uid: 1})
	require.NoError(t, err)
	require.Equal(t, hotkey(9).String(), neuron.Neuron.Hotkey)
	require.Equal(t, "http://127.0.0.1:8091", neuron.Neuron.Axon.Url)

	held, err := q.Hotkey(f.ctx, &types.QueryHotkeyRequest{Hotkey: hotkey(0).String()})
	require.NoError(t, err)
	require.Equal(t, owner.String(), held.Owner)
	require.Len(t, held.Neurons, 2)
	require.EqualValues(t, 2, held.Neurons[1].Netuid)
	held, err = q.Hotkey(f.ctx, &types.QueryHotkeyRequest{Hotkey: hotkey(1).String()})
	require.NoError(t, err)
	require.Empty(t, held.Neurons, "replaced")
	require.Equal(t, owner.String(), held.Owner)

	cost, err := q.CreationCost(f.ctx, &types.QueryCreationCostRequest{})
	require.NoError(t, err)
	want, err := f.k.CreationCost(f.ctx)
	require.NoError(t, err)
	require.Equal(t, want, cost.Cost)

	identity, err := q.Identity(f.ctx, &types.QueryIdentityRequest{Address: other.String()})
	require.NoError(t, err)
	require.Equal(t, "Bob", identity.Identity.Name)
}

func TestQueriesRefuse(t *testing.T) {
	f := rich(t)
	q := f.client()
	code := func(_ any, err error) codes.Code { return status.Code(err) }
	require.Equal(t, codes.NotFound, code(q.Subnet(f.ctx, &types.QuerySubnetRequest{Netuid: 3})))
	require.Equal(t, codes.NotFound, code(q.Neuron(f.ctx, &types.QueryNeuronRequest{Netuid: 1, Uid: 3})))
	require.Equal(t, codes.NotFound, code(q.Neurons(f.ctx, &types.QueryNeuronsRequest{Netuid: 3})))
	require.Equal(t, codes.NotFound, code(q.Hotkey(f.ctx, &types.QueryHotkeyRequest{Hotkey: hotkey(77).String()})))
	require.Equal(t, codes.InvalidArgument, code(q.Hotkey(f.ctx, &types.QueryHotkeyRequest{Hotkey: "x"})))
	require.Equal(t, codes.NotFound, code(q.Identity(f.ctx, &types.QueryIdentityRequest{Address: poor.String()})))
	require.Equal(t, codes.InvalidArgument, code(q.Identity(f.ctx, &types.QueryIdentityRequest{})))
	bad := &query.PageRequest{Key: []byte{1}, Offset: 1}
	require.Equal(t, codes.InvalidArgument, code(q.Subnets(f.ctx, &types.QuerySubnetsRequest{Pagination: bad})))
	require.Equal(t, codes.InvalidArgument, code(q.Neurons(f.ctx, &types.QueryNeuronsRequest{Netuid: 1, Pagination: bad})))
}

// 105 neurons: no page holds more than 100, whatever is asked, and the pages together hold each uid once.
func TestPages(t *testing.T) {
	f := setup(t)
	netuid := f.create(func(h *types.Hyperparams) {
		h.MaxRegistrationsPerBlock, h.MaxRegistrationPrice = 64, h.MinRegistrationPrice
	})
	second := f.create(nil)
	f.register(second, hotkey(0))
	for i := range 105 {
		f.at(10 + int64(i))
		f.register(netuid, hotkey(byte(i)))
	}
	q := f.client()
	for _, limit := range []uint64{0, 100, 101, 1 << 40} {
		page, err := q.Neurons(f.ctx, &types.QueryNeuronsRequest{Netuid: netuid, Pagination: &query.PageRequest{Limit: limit}})
		require.NoError(t, err)
		require.Len(t, page.Neurons, 100)
		rest, err := q.Neurons(f.ctx, &types.QueryNeuronsRequest{Netuid: netuid, Pagination: &query.PageRequest{Key: page.Pagination.NextKey}})
		require.NoError(t, err)
		require.Len(t, rest.Neurons, 5)
		require.Empty(t, rest.Pagination.NextKey)
		for uid, n := range append(page.Neurons, rest.Neurons...) {
			require.EqualValues(t, uid, n.Uid)
			require.Equal(t, netuid, n.Netuid)
		}
	}
	page, err := q.Subnets(f.ctx, &types.QuerySubnetsRequest{Pagination: &query.PageRequest{Limit: 1, CountTotal: true}})
	require.NoError(t, err)
	require.Len(t, page.Subnets, 1)
	require.EqualValues(t, 2, page.Pagination.Total)
	all, err := q.Subnets(f.ctx, &types.QuerySubnetsRequest{})
	require.NoError(t, err)
	require.Len(t, all.Subnets, 2)
}
